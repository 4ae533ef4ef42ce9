//! Profiles: verifiers for one kind of token each, with a result of their own.
//!
//! An ordinary [`Verifier`](crate::Verifier) knows what every JSON Web Token must satisfy. A profile
//! knows what one kind must satisfy besides, so that no kind is taken for another:
//!
//! | kind of token | verifier | what the call says | result |
//! |---|---|---|---|
//! | ID token (`OpenID` Connect Core 1.0) | [`IdTokenVerifier`] | [`Login`] | [`IdToken`] |
//! | logout token (`OpenID` Connect Back-Channel Logout 1.0) | [`LogoutTokenVerifier`] | [`ReplayWindow`], or a waiver | [`LogoutToken`] |
//! | Security Event Token (RFC 8417) | [`SecurityEventVerifier`] | [`ReplayWindow`], or a waiver | [`SecurityEvent`] |
//! | access token (RFC 9068) | [`AccessTokenVerifier`] | [`StepUp`] | [`AccessToken`] |
//!
//! # Design
//!
//! A profile is **an ordinary verifier and a check of its result**:
//!
//! 1. The profile makes the policy of its verifier. What the profile decides, such as `typ` and the
//!    claims that must be there, the caller cannot loosen; everything else is the caller's. So every
//!    door of a verifier is a door of the profile: [`verify`](crate::Verifier::verify),
//!    [`ask`](crate::Verifier::ask) for a signature that is answered later,
//!    [`TokenCache`](crate::TokenCache) and, with its policy, [`VerifierSet`](crate::VerifierSet).
//! 2. `check(token, now, …)` makes the other checks of a token that this verifier has accepted. It
//!    needs neither keys nor the raw token, allocates little and is made **for every call**. A cache
//!    thus remembers the verdict of the verifier only, never that of a login: a cached token with
//!    the nonce of another login is refused.
//!
//! Every kind of token may have a revocation check, known tenants and a cache: no profile forbids them.
//! They are the caller's, and asked as of an ordinary verifier: a binding asks, after 1 and 2, whether
//! the tenant is known ([`Verifier::tenant_of`](crate::Verifier::tenant_of)), then whether the token is
//! revoked, and only then admits a token that may be presented once, so that a refusal with status 503
//! can be retried.
//!
//! `verify` of a profile is 1 and 2. Its checks come in this order, those of the verifier first, and
//! the first that fails decides the code. `explain` shows them all.
//!
//! **Settings and expectations are different things.** Settings are made once; an invalid one is
//! `invalid_policy` when the verifier is created. Expectations belong to one call and are an argument
//! of it. None of them has a default that skips a check: a login says what became of its nonce, and a
//! token that may be presented once is [`Unadmitted`] until a [`ReplayWindow`] or the caller's own
//! store has seen it, or the check is waived in words.
//!
//! **Both are documents too**, for files and for passing them between languages. [`Profile`] reads
//! the settings of any kind, and [`Profile::expectations`] those of a call. A binding therefore needs
//! two functions, and holds no rule:
//!
//! - `profile(settings)`: [`Profile::from_json`]. Its [`verifier`](Profile::verifier), or a verifier
//!   with the same [policy](crate::Verifier::policy), replaces the one that the binding would have
//!   made of a policy; clients, caches and questions work with it as ever.
//! - `check(profile, token, expectations, now)`: [`Profile::expectations`], before the token is
//!   verified, then [`Expectations::check`], after. Its [`Checked`] gives the claims that were
//!   checked as JSON and, where the token may be presented once, the [`Replay`] that must be admitted.
//!
//! ```
//! # #[cfg(feature = "ring")] {
//! use verijot::profile::Profile;
//! use verijot::{JwkSet, UnixTime};
//!
//! fn claims(settings: &str, call: &str, raw: &str, keys: &JwkSet, now: UnixTime) -> Result<String, Box<dyn std::error::Error>> {
//!     let profile = Profile::from_json(settings)?;
//!     let expectations = profile.expectations(call)?;
//!     let verified = profile.verifier().verify(raw, keys, now)?;
//!     Ok(expectations.check(&verified, now)?.json().to_owned())
//! }
//! let settings = r#"{"profile": "id-token", "issuer": "https://issuer.example", "client_id": "c"}"#;
//! let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
//! let now = UnixTime::from_seconds(0);
//! let error = claims(settings, r#"{"nonce": ""}"#, "not a token", &keys, now).unwrap_err();
//! assert!(error.to_string().starts_with("invalid_policy: nonce: "));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use access_token::{AccessToken, AccessTokenVerifier, StepUp};
pub use document::{Checked, Expectations, Profile};
pub use id_token::{Channel, IdToken, IdTokenVerifier, Login};
pub use logout_token::{LogoutToken, LogoutTokenVerifier};
pub use replay_window::{Admission, Replay, ReplayWindow, Unadmitted};
pub use security_event::{SecurityEvent, SecurityEventVerifier, delivery_error};

mod access_token;
mod base;
mod claims;
mod document;
mod half_hash;
mod id_token;
mod logout_token;
mod replay_window;
mod security_event;
mod settings;

/// The event of a logout token (`OpenID` Connect Back-Channel Logout 1.0 §2.4).
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
