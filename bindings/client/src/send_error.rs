//! Why a request with an access token has no response.

use std::error;
use std::fmt;
use std::time::Duration;

use verijot::issuer::discovery::DiscoveryError;

/// Why a request of a [`RefreshingClient`](crate::RefreshingClient) has no response.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// Tokens are not sent to this URL.
    UnsafeUrl(DiscoveryError),
    /// There are no tokens, or none that can be refreshed. The user must sign in.
    SignInNeeded,
    /// The tokens must be refreshed, but new ones cannot be stored now.
    StorageNeeded,
    /// The last refresh failed.
    Unavailable {
        /// When the next refresh may start.
        retry_after: Duration,
    },
    /// The request got no response.
    Http(reqwest::Error),
}

impl SendError {
    /// The stable code, one of [`verijot::codes`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnsafeUrl(_) => "unsafe_url",
            Self::SignInNeeded => "sign_in_needed",
            Self::StorageNeeded => "storage_needed",
            Self::Unavailable { .. } => "refresh_unavailable",
            Self::Http(_) => "no_answer",
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsafeUrl(_) => formatter.write_str("cannot send a token to this URL; use https"),
            Self::SignInNeeded => formatter.write_str("no tokens; sign in"),
            Self::StorageNeeded => {
                formatter.write_str("the tokens must be refreshed, but cannot be stored now")
            }
            Self::Unavailable { retry_after } => {
                write!(formatter, "could not refresh the tokens; retry in {retry_after:?}")
            }
            Self::Http(error) => error.fmt(formatter),
        }
    }
}

impl error::Error for SendError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::UnsafeUrl(error) => Some(error),
            Self::Http(error) => error.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_code_is_in_the_table() {
        let retry_after = Duration::ZERO;
        for error in [
            SendError::UnsafeUrl(DiscoveryError::WrongIssuer),
            SendError::SignInNeeded,
            SendError::StorageNeeded,
            SendError::Unavailable { retry_after },
        ] {
            let code = verijot::codes::find(error.code()).unwrap();
            assert_eq!(code.kind, verijot::codes::Kind::AccessToken);
        }
        for code in [crate::FetchError::new("").code(), crate::NotStored.code(), "no_answer"] {
            assert!(verijot::codes::find(code).is_some(), "{code}");
        }
    }
}
