//! How a run ends, and why nothing can be decided.

use serde::Serialize;

use crate::output;

/// How a run ends, by exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// 0: the token is accepted, a key is usable, every vector passed.
    Accepted,
    /// 1: the opposite of all that.
    Rejected,
    /// 2: nothing can be decided.
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

/// Why nothing can be decided: bad usage, an unreadable file, unusable keys, an invalid policy.
///
/// The message never contains an argument or the content of a file: either may be a misplaced
/// secret. For a policy's document it contains the name of the wrong member.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    code: &'static str,
    message: String,
}

impl Problem {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The arguments are invalid.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new("usage", message)
    }

    /// Prints the problem on standard error.
    pub(crate) fn report(&self, json: bool) {
        if json {
            output::complain_json(self);
        } else {
            output::complain(&format!("{}: {}\n", output::bad(self.code), self.message));
        }
    }
}
