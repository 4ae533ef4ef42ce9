//! What a session tells its caller to do with a request.

use core::time::Duration;

use super::exchange::RefreshTicket;

/// Which tokens: each set of tokens that a session has held has a number of its own, and a later
/// one a higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation {
    pub(super) number: u64,
}

impl Generation {
    /// Counted from one.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.number
    }
}

/// One sending of a request, with the tokens of one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub(super) generation: Generation,
    pub(super) is_retry: bool,
}

impl Attempt {
    /// The tokens to send.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// It is the second sending: if that is refused too, the refusal stands.
    #[must_use]
    pub const fn is_retry(&self) -> bool {
        self.is_retry
    }
}

/// Whether new tokens can be kept where this request is made: not with a locked keychain, for
/// example, or where a page is rendered and no cookie can be set any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Storage {
    /// They can.
    Writable,
    /// They would be lost.
    ReadOnly,
}

/// Which tokens to send.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Decision {
    /// Send these, and start this refresh, if there is one, without waiting for it.
    Use {
        /// With which tokens.
        attempt: Attempt,
        /// A refresh that is due.
        refresh: Option<RefreshTicket>,
    },
    /// Refresh first, then ask again.
    Refresh(RefreshTicket),
    /// Another caller's refresh is under way: wait for its end, then ask again.
    Wait {
        /// After how long to ask again even if nothing was heard of it.
        at_most: Duration,
    },
    /// A refresh is needed, and its answer could not be kept here: ask where it can.
    StorageNeeded,
    /// The last refresh failed: no token can be had at the moment.
    Unavailable {
        /// When the next refresh may start.
        retry_after: Duration,
    },
    /// There are no tokens, or none that can be refreshed: the user has to sign in.
    SignInNeeded,
}

/// What to do about a request that was answered with 401.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AfterUnauthorized {
    /// Send it once more, with these newer tokens.
    Retry(Attempt),
    /// Refresh first, then ask again with the same attempt.
    Refresh(RefreshTicket),
    /// Another caller's refresh is under way: wait for its end, then ask again with
    /// the same attempt.
    Wait {
        /// After how long to ask again even if nothing was heard of it.
        at_most: Duration,
    },
    /// The refusal stands: new tokens were refused as well, or cannot be had by a refresh.
    GiveUp,
    /// A refresh might help, and its answer could not be kept here. The refusal stands.
    StorageNeeded,
    /// A refresh might help, and the last one failed. The refusal stands.
    Unavailable {
        /// When the next refresh may start.
        retry_after: Duration,
    },
    /// The session has ended: the user has to sign in.
    SignInNeeded,
}
