//! A maximum lifetime for each class of token.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

/// A maximum lifetime for each class of token. The value of one claim is the class.
///
/// ```
/// use core::time::Duration;
/// use verijot::LifetimeClasses;
/// let classes = LifetimeClasses::by_claim("track")
///     .class("staff", Duration::from_secs(12 * 3600))
///     .class("guest", Duration::from_secs(3600))
///     .otherwise(Duration::from_secs(900));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct LifetimeClasses {
    pub(crate) claim: String,
    pub(crate) ceilings: Vec<(String, Duration)>,
    pub(crate) otherwise: Option<Duration>,
}

impl LifetimeClasses {
    /// Sets the claim whose string value is the class.
    pub fn by_claim(claim: impl Into<String>) -> Self {
        Self { claim: claim.into(), ceilings: Vec::new(), otherwise: None }
    }

    /// Sets the maximum lifetime of one class, like
    /// [`Policy::max_lifetime`](crate::Policy::max_lifetime). Setting a class twice makes the
    /// policy invalid.
    pub fn class(mut self, value: impl Into<String>, ceiling: Duration) -> Self {
        self.ceilings.push((value.into(), ceiling));
        self
    }

    /// Sets the maximum lifetime of all other classes and of tokens without the claim. Without this
    /// call such tokens are refused.
    pub const fn otherwise(mut self, ceiling: Duration) -> Self {
        self.otherwise = Some(ceiling);
        self
    }

    /// Returns the maximum lifetime of a token whose claim has this value.
    pub(crate) fn ceiling(&self, value: Option<&str>) -> Option<Duration> {
        let named = self.ceilings.iter().find(|(class, _)| Some(class.as_str()) == value);
        named.map(|(_, ceiling)| *ceiling).or(self.otherwise)
    }
}
