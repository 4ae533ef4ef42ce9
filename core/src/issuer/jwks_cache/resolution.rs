//! What to do for a token.

use alloc::sync::Arc;
use core::time::Duration;

use crate::issuer::fetch::Ticket;
use crate::keys::jwks::JwkSet;

/// What to do for a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Resolution {
    /// Verify with these keys, and start this fetch, if there is one, without waiting for it.
    Use {
        /// The keys.
        keys: Arc<JwkSet>,
        /// A fetch that is due.
        fetch: Option<Ticket>,
    },
    /// Fetch first, then ask again.
    Fetch(Ticket),
    /// Another caller's fetch is under way: wait for its end, then ask again.
    Wait {
        /// After how long to ask again even if nothing was heard of the fetch.
        at_most: Duration,
    },
    /// The issuer has no such key: [`Error::UnknownKey`](crate::Error::UnknownKey).
    UnknownKey {
        /// When such a kid may cause a fetch again.
        retry_after: Duration,
    },
    /// No keys that could answer: [`Error::KeysUnavailable`](crate::Error::KeysUnavailable).
    Unavailable {
        /// When the next fetch may start.
        retry_after: Duration,
    },
}
