//! What a session tells its caller to do with a request.

use core::time::Duration;

use super::exchange::RefreshTicket;

/// Identifies the tokens of a session. Each new set of tokens gets a higher number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation {
    pub(super) number: u64,
}

impl Generation {
    /// Returns the number, counted from one.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.number
    }
}

/// One attempt to send a request, with the tokens of one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub(super) generation: Generation,
    pub(super) is_retry: bool,
}

impl Attempt {
    /// Returns the tokens to send.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// Whether it is the second attempt. If that is refused as well, the refusal is final.
    #[must_use]
    pub const fn is_retry(&self) -> bool {
        self.is_retry
    }
}

/// Whether new tokens can be stored during this request. They cannot, for example, while a keychain
/// is locked, or after a page has been rendered and no cookie can be set any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Storage {
    /// They can be stored.
    Writable,
    /// They would be lost.
    ReadOnly,
}

/// Which tokens to send.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Decision {
    /// Send these tokens. If there is a refresh, start it, but do not wait for it.
    Use {
        /// The attempt to make.
        attempt: Attempt,
        /// A refresh that is due.
        refresh: Option<RefreshTicket>,
    },
    /// Refresh first, then call again.
    Refresh(RefreshTicket),
    /// Another caller's refresh is running: wait for it, then call again.
    Wait {
        /// The maximum time to wait before calling again.
        at_most: Duration,
    },
    /// A refresh is needed, but its answer cannot be stored now: call again when it can.
    StorageNeeded,
    /// The last refresh failed, and it is too early to retry.
    Unavailable {
        /// After how long the next refresh may start.
        retry_after: Duration,
    },
    /// There are no tokens, or they cannot be refreshed: the user must sign in.
    SignInNeeded,
}

/// What to do about a request that got 401.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AfterUnauthorized {
    /// Send it again with these newer tokens.
    Retry(Attempt),
    /// Refresh first, then call again with the same attempt.
    Refresh(RefreshTicket),
    /// Another caller's refresh is running: wait for it, then call again with the same attempt.
    Wait {
        /// The maximum time to wait before calling again.
        at_most: Duration,
    },
    /// The refusal is final: new tokens were refused as well, or a refresh cannot help.
    GiveUp,
    /// A refresh might help, but its answer cannot be stored now. The refusal is final.
    StorageNeeded,
    /// A refresh might help, but the last one failed and it is too early to retry. The refusal is
    /// final.
    Unavailable {
        /// After how long the next refresh may start.
        retry_after: Duration,
    },
    /// The session has ended: the user must sign in.
    SignInNeeded,
}
