//! verijot verifies JSON Web Tokens: strict, fast, without I/O.
//!
//! The caller provides the keys, the
//! time and the network; the core decides. Start with [`Verifier::verify`]. A [`JwkSet`] holds the
//! keys, a [`Policy`] says what a token must satisfy, and every refusal is an [`Error`] with a
//! stable code.
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
//!   standard library. With neither, the caller implements a [`crypto::CryptoProvider`].
//! - `pem` (default): public keys in PEM and DER.
//! - `std`: [`UnixTime::now`] reads the system clock, threads can share a cache of verified tokens,
//!   and key sets cache headers.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

/// Formats like `format!`, which calls a function of the precompiled `alloc` crate that needs a
/// runtime for unwinding: a program without the standard library could not link it.
macro_rules! text {
    ($($argument:tt)*) => {{
        let mut text = alloc::string::String::new();
        // Writing to a string cannot fail.
        let _ = core::fmt::Write::write_fmt(&mut text, format_args!($($argument)*));
        text
    }};
}

pub mod codes;
pub mod crypto;
pub mod issuer;
pub mod keys;
pub mod profile;
pub mod provider;
pub mod request;
pub mod session;
pub mod time;
pub mod verify;

mod encoding;
mod error;
mod token;

pub use crypto::{Algorithm, AlgorithmSet};
pub use encoding::excerpt::Excerpt;
pub use error::Error;
pub use keys::{JwkSet, JwkSetParser, JwksError, Key};
pub use time::{NumericDate, UnixTime};
pub use token::grants::ClaimPath;
pub use token::header::Header;
pub use token::verified::{Verified, VerifiedJws};
#[cfg(feature = "std")]
pub use verify::SharedTokenCache;
pub use verify::{
    Audiences, Explanation, Issuers, LifetimeClasses, Policy, PolicyError, Revocation, Rule,
    TenantIds, TokenCache, Unverified, Verifier, VerifierSet,
};

/// What is refused, and why.
#[doc = include_str!("../guide/strictness.md")]
pub mod strictness {}

/// Which verifier is for which kind of token, and what goes wrong with another.
#[doc = include_str!("../guide/profiles.md")]
pub mod kinds_of_tokens {}

/// Presets of well-known providers: what each checks, and where that is from.
#[doc = include_str!("../guide/providers.md")]
pub mod well_known_providers {}

/// How to rotate keys, and what each party sees during a rotation.
#[doc = include_str!("../guide/jwks-rotation.md")]
pub mod jwks_rotation {}

/// How to refuse revoked tokens, in every layer.
#[doc = include_str!("../guide/revocation.md")]
pub mod revocation {}

/// A policy as a document, used from the shell and from every language.
#[doc = include_str!("../guide/policy.md")]
pub mod policy_document {}

#[cfg(all(doctest, feature = "ring", feature = "std"))]
#[doc = include_str!("../README.md")]
mod readme {}
