//! A rejected token, as text and as JSON.

use std::time::Duration;

use serde::Serialize;
use verijot::{Error, NumericDate, UnixTime};

use crate::{dates, output};

/// The `--json` output for a rejected token.
#[derive(Serialize)]
pub(crate) struct Rejection {
    code: &'static str,
    claim: Option<String>,
    expected: Option<String>,
    actual: Option<String>,
    http_status: u16,
    message: String,
    hints: Vec<String>,
}

impl Rejection {
    pub(crate) fn new(error: &Error, hints: Vec<String>) -> Self {
        Self {
            code: error.code(),
            claim: error.claim().map(String::from),
            expected: error.expected(),
            actual: error.actual(),
            http_status: error.http_status(),
            message: words(error),
            hints,
        }
    }

    /// The code and the message, then a line for each hint.
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("{}: {}\n", output::bad(self.code), self.message);
        for hint in &self.hints {
            text.push_str(&format!("{}: {hint}\n", output::noteworthy("hint")));
        }
        text
    }
}

/// The core's message without the code, and with human-readable dates.
pub(crate) fn words(error: &Error) -> String {
    let date = |date: &NumericDate, now: &UnixTime| dates::in_words(date.to_unix_time(), *now);
    match error {
        Error::Expired { expired_at, now, leeway } => format!(
            "exp was {}, leeway {}; get a new token",
            date(expired_at, now),
            dates::span(*leeway)
        ),
        Error::NotYetValid { valid_from, now, leeway } => format!(
            "nbf is {}, leeway {}; wait, or check both clocks",
            date(valid_from, now),
            dates::span(*leeway)
        ),
        Error::IssuedInFuture { issued_at, now, leeway } => format!(
            "iat is {}, leeway {}; check both clocks",
            date(issued_at, now),
            dates::span(*leeway)
        ),
        Error::TooOld { issued_at, now, max_age, .. } => format!(
            "iat was {}, the maximal age is {}; get a new token",
            date(issued_at, now),
            dates::span(*max_age)
        ),
        Error::LifetimeTooLong { issued_at, expires_at, max_lifetime } => format!(
            "from iat {issued_at} to exp {expires_at} are {}, more than {}",
            dates::span(between(*issued_at, *expires_at)),
            dates::span(*max_lifetime)
        ),
        other => other.message(),
    }
}

fn between(earlier: NumericDate, later: NumericDate) -> Duration {
    let seconds = later.seconds().saturating_sub(earlier.seconds());
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}
