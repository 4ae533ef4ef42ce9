//! The numbers of a session, as the packages give them.

use verijot::session::RefreshSettings;

use crate::moment::span;

/// The numbers of a session in nanoseconds; what is left out has the core's default, and what is
/// below a floor of the core's counts as the floor.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct RefreshNumbers {
    /// How long before its end an access token is refreshed (60 seconds).
    pub skew: Option<u64>,
    /// How long a refreshed token is not refreshed again because of a 401 (30 seconds).
    pub unauthorized_rest: Option<u64>,
    /// The rest after a first failed refresh, doubled with each one that follows (1 second).
    pub shortest_rest: Option<u64>,
    /// The longest such rest (60 seconds).
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
