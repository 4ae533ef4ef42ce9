//! verijot verifies JSON Web Tokens: strict, fast, without I/O.
//!
//! The caller brings the keys, the time and the network; the core decides. [`Verifier::verify`] is
//! the paved path, [`JwkSet`] holds the keys, [`Policy`] says what is demanded, and every refusal
//! is an [`Error`] with a stable code.
//!
//! ```
//! use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime, Verifier};
//!
//! fn subject(jwks: &str, token: &str, now: UnixTime) -> Result<String, Box<dyn std::error::Error>> {
//!     # #[cfg(not(feature = "ring"))] return Ok(String::new());
//!     # #[cfg(feature = "ring")] {
//!     let keys = JwkSet::from_json(jwks)?;
//!     let policy = Policy::new(
//!         Issuers::only("https://issuer.example"),
//!         Audiences::only("https://api.example"),
//!     );
//!     let token = Verifier::new(policy)?.verify(token, &keys, now)?;
//!     Ok(token.subject().unwrap_or_default().to_owned())
//!     # }
//! }
//! ```
//!
//! # Features
//! - `ring` (default) and `aws-lc-rs`: crypto providers. ES512 needs `aws-lc-rs`, which needs the
//!   standard library. With neither, the caller brings a [`crypto::CryptoProvider`].
//! - `pem` (default): public keys in PEM and DER.
//! - `std`: [`UnixTime`] can read the system clock, threads can share a cache of verified tokens, and
//!   key sets remember headers.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

/// As `format!`, but without its one function in the precompiled `alloc` crate that needs a
/// runtime for unwinding: a program without the standard library could not link it.
macro_rules! text {
    ($($argument:tt)*) => {{
        let mut text = alloc::string::String::new();
        // Writing to a string cannot fail.
        let _ = core::fmt::Write::write_fmt(&mut text, format_args!($($argument)*));
        text
    }};
}

pub mod bearer;
pub mod crypto;
pub mod discovery;
pub mod refresh;
pub mod request;

mod algorithm;
mod backoff;
mod base64url;
mod cache_control;
mod check;
mod claims;
mod error;
mod excerpt;
mod explain;
mod fetch;
mod grants;
mod header;
mod identity;
mod json;
mod jwk;
mod jwks;
mod jwks_cache;
mod jws;
mod key;
mod key_fetch;
mod key_location;
mod key_source;
mod mistaken_secret;
mod now;
#[cfg(feature = "pem")]
mod pem;
mod place;
mod policy;
mod remembered_headers;
mod rules;
mod settings;
mod sha256;
mod time;
mod token_cache;
mod verified;
mod verifier;
mod verifier_set;

pub use algorithm::{Algorithm, AlgorithmSet, UnknownAlgorithm};
pub use check::Check;
pub use error::{Error, codes};
pub use excerpt::Excerpt;
pub use explain::{Explanation, Outcome, Step};
pub use fetch::{FetchFailure, FetchOutcome, FetchResponse, Ticket};
pub use grants::ClaimPath;
pub use header::Header;
pub use jwks::{JwkSet, JwkSetParser, JwksError, SkippedKey};
pub use jwks_cache::{CacheSettings, FetchCounts, Health, JwksCache, Resolution, Snapshot};
pub use key::{Key, KeyKind, KeyProblem, UnusableKey};
pub use key_fetch::{KeyFetch, KeyFetchFailure, KeyFetchStep, KeyRequest};
pub use key_location::{KeyLocation, Search, SearchFailure, SearchStep};
pub use key_source::{KeyLimits, KeySource, KeySourceError};
pub use now::{Now, Until};
pub use policy::{Audiences, Issuers, LifetimeClasses, Policy, PolicyError};
pub use request::{Answer, Demand, DemandError, GuardRules, TokenPlace};
pub use settings::{Settings, SettingsError};
pub use time::{NumericDate, UnixTime};
#[cfg(feature = "std")]
pub use token_cache::SharedTokenCache;
pub use token_cache::TokenCache;
pub use verified::{Verified, VerifiedJws};
pub use verifier::{Revocation, Unverified, Verifier};
pub use verifier_set::{Chosen, VerifierSet, VerifierSetError};

/// Why each thing is refused.
#[doc = include_str!("../guide/strictness.md")]
pub mod strictness {}

/// How to change keys, and what each party sees while they change.
#[doc = include_str!("../guide/jwks-rotation.md")]
pub mod jwks_rotation {}

/// How revoked tokens are refused, in every layer.
#[doc = include_str!("../guide/revocation.md")]
pub mod revocation {}
