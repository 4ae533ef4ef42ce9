//! The foreign functions that Kotlin and Swift call: the core's types, flattened.
//!
//! Nothing here decides anything. Every function converts its arguments, calls the core once and
//! converts the result. A verdict is a value, not an error, because an error costs a JVM several
//! times as much; the Kotlin and Swift packages throw.
// uniffi's macros generate `extern` functions, which Rust counts as unsafe.
#![allow(unsafe_code)]
// Arguments are owned: a borrowed slice would have to be a direct buffer in Kotlin.
#![allow(clippy::needless_pass_by_value)]

uniffi::setup_scaffolding!("verijot");

mod alb;
mod bearer;
mod cache_health;
mod cache_numbers;
mod clocks;
#[cfg(feature = "borrowed")]
mod direct;
mod explanation;
#[cfg(feature = "jni")]
mod jni;
mod jwk_set;
mod jwks_cache;
mod key_fetch;
mod key_location;
mod moment;
#[cfg(feature = "jni")]
mod numbered;
mod preset;
mod problem;
mod profile;
mod refresh_failure;
mod refresh_numbers;
mod refusal;
mod request;
mod session;
mod settings;
mod token;
mod verifier;

pub use alb::{AlbFacts, AlbStep, AlbVerdict, AlbVerifier};
pub use bearer::{BearerToken, bearer_token};
pub use cache_health::{CacheFetches, CacheHealth, SetSnapshot};
pub use cache_numbers::CacheNumbers;
pub use clocks::Clocks;
pub use explanation::{Explanation, Step};
pub use jwk_set::{JwkSet, JwkSetLimits, KeyFacts, SkippedKeyFacts};
pub use jwks_cache::{CacheStep, JwksCache, KeysStep};
pub use key_fetch::{FetchAnswer, KeyFetch, KeyFetchStep, KeyQuery, max_abandoned_fetches};
pub use key_location::{FetchRules, KeyLocation};
pub use moment::Moment;
pub use preset::{ProviderDemand, ProviderFacts, preset, providers};
pub use problem::Problem;
pub use profile::{Profile, ReplayFacts, ReplayWindow};
pub use refresh_failure::{FailureOutcome, RefreshFailure, refresh_failure, refresh_failure_text};
pub use refresh_numbers::RefreshNumbers;
pub use refusal::{Refusal, RefusalCause, refusal};
pub use request::{
    Answer, AnswerHeader, DemandPart, GuardRules, GuardedToken, TokenPlace, check_demand, demand,
    guard_answer, guarded_header, guarded_token, resource_metadata_url,
};
pub use session::{
    Attempt, RefreshSession, RefreshTicket, SessionHealth, SessionStep, TokenFacts, check_url,
};
pub use settings::{ServiceSettings, service_settings};
pub use token::{JwsVerdict, Token, TokenVerdict, VerifiedSignature, roles};
pub use verifier::{Verifier, max_abandoned_calls, revocation_timeout};
