//! How a run ends, and what keeps it from deciding anything.

use serde::Serialize;

use crate::output;

/// How a run ends, by exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// 0: the token is accepted, a key is usable, every vector passed.
    Accepted,
    /// 1: the opposite of all that.
    Rejected,
    /// 2: nothing could be decided.
    Undecided,
}

impl Ending {
    pub(crate) fn of(accepted: bool) -> Self {
        if accepted { Self::Accepted } else { Self::Rejected }
    }

    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Rejected => 1,
            Self::Undecided => 2,
        }
    }
}

/// Why nothing could be decided: bad usage, an unreadable file, unusable keys, a senseless policy.
///
/// The message never holds what the caller typed or what a file contains: either may be a secret
/// in the wrong place. Of a policy's document it holds the name of the member at fault.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    code: &'static str,
    message: String,
}

impl Problem {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The arguments make no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new("usage", message)
    }

    /// Says so on standard error.
    pub(crate) fn report(&self, json: bool) {
        if json {
            output::complain_json(self);
        } else {
            output::complain(&format!("{}: {}\n", output::bad(self.code), self.message));
        }
    }
}
