//! The settings of a session as flat numbers.

use verijot::session::RefreshSettings;

use crate::moment::span;

/// The settings of a session in nanoseconds. `None` stands for the core's default, and a value below
/// the core's minimum counts as the minimum.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct RefreshNumbers {
    /// How long before it expires an access token is refreshed (60 seconds).
    pub skew: Option<u64>,
    /// How long a refreshed token is not refreshed again because of a 401 (30 seconds).
    pub unauthorized_rest: Option<u64>,
    /// The wait after a failed refresh, doubled with each failure in a row (1 second).
    pub shortest_rest: Option<u64>,
    /// The maximum of that wait (60 seconds).
    pub longest_rest: Option<u64>,
    /// After how long a refresh counts as failed (30 seconds).
    pub refresh_timeout: Option<u64>,
}

impl RefreshNumbers {
    pub(crate) fn settings(&self) -> RefreshSettings {
        let mut settings = RefreshSettings::default();
        for (number, given) in [
            (&mut settings.skew, self.skew),
            (&mut settings.unauthorized_rest, self.unauthorized_rest),
            (&mut settings.shortest_rest, self.shortest_rest),
            (&mut settings.longest_rest, self.longest_rest),
            (&mut settings.refresh_timeout, self.refresh_timeout),
        ] {
            if let Some(given) = given {
                *number = span(given);
            }
        }
        settings
    }
}
