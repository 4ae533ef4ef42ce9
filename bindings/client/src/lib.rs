//! A verifier of bearer tokens for tokio services, with an issuer's keys kept up to date.
//!
//! - [`IssuerKeys`] fetches an issuer's keys, and keeps them as long as they may be used.
//! - [`Authenticator`] judges tokens and requests: verifiers, their keys and revocation together.
//! - [`GuardLayer`] is a [tower](https://docs.rs/tower) layer that lets only requests with a good token
//!   through, for hyper, axum, tonic and all else that tower serves.
//! - [`RefreshingClient`] sends requests to another service with an access token that it refreshes.
//!
//! It knows no framework; `verijot-axum` adds what axum has of its own. What is right and wrong is
//! decided by [`verijot`] alone.
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
//! `aws-lc-rs` (default) and `ring`: crypto providers, of which exactly one does the work, for
//! tokens and for TLS: aws-lc-rs where both are chosen. ES512 needs it.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod authenticator;
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
