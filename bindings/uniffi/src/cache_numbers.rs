//! The settings of a cache as flat numbers.

use verijot::issuer::CacheSettings;

use crate::moment::span;

/// The settings of a cache in nanoseconds. `None` stands for the core's default, and a value below
/// the core's minimum counts as the minimum.
///
/// Not called `CacheSettings`, because that is a public type of the packages.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct CacheNumbers {
    /// The lifetime of a set if the response does not state one (10 minutes).
    pub fresh_for: Option<u64>,
    /// The minimum lifetime that a response can set (1 minute).
    pub shortest_fresh: Option<u64>,
    /// The maximum lifetime that a response can set (24 hours).
    pub longest_fresh: Option<u64>,
    /// How long after its lifetime a set is used while it is fetched again (10 minutes).
    pub revalidate_for: Option<u64>,
    /// How long after its lifetime a set is used while the issuer cannot be reached (24 hours).
    pub stale_for: Option<u64>,
    /// The time in which unknown kids and bad signatures may cause two fetches (30 seconds).
    pub unknown_window: Option<u64>,
    /// The wait after a failed fetch, doubled with each failure in a row (1 second).
    pub shortest_rest: Option<u64>,
    /// The maximum of that wait (60 seconds).
    pub longest_rest: Option<u64>,
    /// After how long a fetch counts as failed (5 seconds).
    pub fetch_timeout: Option<u64>,
    /// Whether a set is used after its lifetime even if the response forbids it.
    pub stale_despite_headers: bool,
    /// Whether a set without any key revokes all keys, instead of counting as a failed fetch.
    #[uniffi(default = false)]
    pub empty_set_revokes: bool,
}

impl CacheNumbers {
    pub(crate) fn settings(&self) -> CacheSettings {
        let mut settings = CacheSettings::default();
        for (number, given) in [
            (&mut settings.fresh_for, self.fresh_for),
            (&mut settings.shortest_fresh, self.shortest_fresh),
            (&mut settings.longest_fresh, self.longest_fresh),
            (&mut settings.revalidate_for, self.revalidate_for),
            (&mut settings.stale_for, self.stale_for),
            (&mut settings.unknown_window, self.unknown_window),
            (&mut settings.shortest_rest, self.shortest_rest),
            (&mut settings.longest_rest, self.longest_rest),
            (&mut settings.fetch_timeout, self.fetch_timeout),
        ] {
            if let Some(given) = given {
                *number = span(given);
            }
        }
        settings.stale_despite_headers = self.stale_despite_headers;
        settings.empty_set_revokes = self.empty_set_revokes;
        settings
    }
}
