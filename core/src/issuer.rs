//! An issuer's keys over time, without I/O: where they are, when to fetch them, how long to use
//! them, and the settings for all of that.
//!
//! [`JwksCache`] is the state machine; [`KeyFetch`] says which requests a fetch needs for a
//! [`KeyLocation`]; [`Settings`] reads a policy and a [`KeySource`] from a service's environment.

pub use crate::time::{Now, Until};
pub use fetch::{FetchFailure, FetchOutcome, FetchResponse, Ticket};
pub use jwks_cache::{CacheSettings, FetchCounts, Health, JwksCache, Resolution, Snapshot};
pub use key_fetch::{KeyFetch, KeyFetchFailure, KeyFetchStep, KeyRequest};
pub use key_location::{KeyLocation, Search, SearchFailure, SearchStep};
pub use key_source::{KeyLimits, KeySource, KeySourceError};
pub use settings::{Settings, SettingsError};

pub mod discovery;

mod cache_control;
mod fetch;
mod jwks_cache;
mod key_fetch;
mod key_location;
mod key_source;
mod settings;
