//! Verifies bearer tokens in axum, with [`verijot`]: strict, fast, and with an issuer's keys kept
//! up to date.
//!
//! An [`Authenticator`] in the router's state verifies the requests. A handler takes the verified
//! token as an argument, [`Bearer`], and [`Authenticator::require_scopes`] guards routes. The keys
//! come from [`IssuerKeys`]. Both types are from [`verijot_client`]; [`verijot`] alone decides
//! whether a token is valid.
//!
//! ```
//! use axum::{Router, routing::get};
//! use verijot_axum::verijot::{Audiences, Issuers, Policy, Verifier};
//! use verijot_axum::verijot::issuer::KeySource;
//! use verijot_axum::{Authenticator, Bearer, IssuerKeys};
//!
//! async fn me(bearer: Bearer) -> String {
//!     bearer.token.subject().unwrap_or("nobody").to_owned()
//! }
//!
//! let issuer = "https://issuer.example";
//! let policy = Policy::new(Issuers::only(issuer), Audiences::only("https://api.example"));
//! let keys = IssuerKeys::new(KeySource::issuer(issuer)?)?;
//! let authenticator = Authenticator::new(Verifier::new(policy)?, keys);
//! let app: Router = Router::new().route("/me", get(me)).with_state(authenticator);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//! - `aws-lc-rs` (default) and `ring` select the crypto provider for tokens and TLS. If both are
//!   enabled, aws-lc-rs is used. ES512 needs aws-lc-rs.
//! - `sqlite` and `postgres` add the revocation list, `RevocationList`, for these databases.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod bearer;
mod rejection;

pub use bearer::{AnyClaims, Bearer};
pub use rejection::Rejection;
pub use verijot;
pub use verijot_client::{
    Authenticator, Clock, EnvironmentError, FetchError, Fetcher, GuardLayer, GuardService,
    IssuedTokens, IssuerKeys, IssuerKeysBuilder, KeySnapshot, NotStored, RefreshingClient,
    ReqwestFetcher, RevocationCheck, SendError, SystemClock, TokenKeeper,
    settings_from_environment,
};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use verijot_revocation::{
    RevocationList, RevocationListError, RevocationListSettings, RevokedToken,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// Here, because this crate has all dependencies of the guide's examples.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ReadmeOfTheRepository;
