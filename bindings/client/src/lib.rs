//! Verifies bearer tokens in tokio services, and keeps an issuer's keys up to date.
//!
//! - [`IssuerKeys`] fetches an issuer's keys and caches them for as long as they may be used.
//! - [`Authenticator`] verifies tokens and requests, with verifiers, their keys and revocation
//!   checks.
//! - [`GuardLayer`] is a [tower](https://docs.rs/tower) layer that lets only requests with a valid
//!   token through, for hyper, axum and other services whose response body can be created from a
//!   `String`; for tonic by `Routes::into_axum_router`.
//! - [`RefreshingClient`] sends requests to another service with an access token that it refreshes.
//!
//! The crate depends on no web framework; `verijot-axum` adds what is specific to axum. [`verijot`]
//! alone decides whether a token is valid.
//!
//! ```no_run
//! use verijot_client::verijot::{Audiences, Issuers, Policy, Verifier};
//! use verijot_client::verijot::issuer::KeySource;
//! use verijot_client::{Authenticator, IssuerKeys};
//!
//! # async fn run(token: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = "https://issuer.example";
//! let policy = Policy::new(Issuers::only(issuer), Audiences::only("https://api.example"));
//! let keys = IssuerKeys::new(KeySource::issuer(issuer)?)?;
//! let authenticator = Authenticator::new(Verifier::new(policy)?, keys);
//! let verified = authenticator.verify(token).await?;
//! println!("{}", verified.subject().unwrap_or("nobody"));
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//! `aws-lc-rs` (default) and `ring` select the crypto provider for tokens and TLS. If both are
//! enabled, aws-lc-rs is used. ES512 needs aws-lc-rs.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod authenticator;
mod caught;
mod clock;
mod environment;
mod events;
mod fetched_keys;
mod fetcher;
mod guard;
mod issued_tokens;
mod issuer_keys;
mod key_requests;
mod key_snapshot;
mod locked;
mod provider;
mod refreshing_client;
mod rejection;
mod reqwest_fetcher;
mod revocation;
mod send_error;
mod token_session;
mod verifiers;

pub use authenticator::Authenticator;
pub use clock::{Clock, SystemClock};
pub use environment::{EnvironmentError, settings_from_environment};
pub use fetcher::{FetchError, Fetcher};
pub use guard::{GuardLayer, GuardService};
pub use issued_tokens::{IssuedTokens, NotStored, TokenKeeper};
pub use issuer_keys::{IssuerKeys, IssuerKeysBuilder};
pub use key_snapshot::KeySnapshot;
pub use refreshing_client::RefreshingClient;
pub use rejection::Rejection;
pub use reqwest_fetcher::ReqwestFetcher;
pub use revocation::RevocationCheck;
pub use send_error::SendError;
pub use verijot;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
