//! What to do for a token.

use alloc::sync::Arc;
use core::time::Duration;

use crate::issuer::fetch::Ticket;
use crate::keys::jwks::JwkSet;

/// What to do for a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Resolution {
    /// Verify with these keys. If there is a fetch, start it, but do not wait for it.
    Use {
        /// The keys.
        keys: Arc<JwkSet>,
        /// A fetch that is due.
        fetch: Option<Ticket>,
    },
    /// Fetch first, then call again.
    Fetch(Ticket),
    /// Another caller's fetch is running: wait for it, then call again.
    Wait {
        /// The maximum time to wait before calling again.
        at_most: Duration,
    },
    /// The issuer has no such key: [`Error::UnknownKey`](crate::Error::UnknownKey).
    UnknownKey {
        /// After how long such a kid may cause a fetch again.
        retry_after: Duration,
    },
    /// There are no keys that can decide:
    /// [`Error::KeysUnavailable`](crate::Error::KeysUnavailable).
    Unavailable {
        /// After how long the next fetch may start.
        retry_after: Duration,
    },
}
