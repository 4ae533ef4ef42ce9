//! Where keys are fetched from.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::problem::Problem;

/// Where keys are fetched from: one URL, or the place that the issuer's metadata names.
#[derive(uniffi::Object)]
pub struct KeyLocation {
    location: Mutex<verijot::issuer::KeyLocation>,
}

/// Exceptions from and additions to the rules about where keys may be fetched from.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct FetchRules {
    /// Whether plain http is allowed, for a network in which nobody can impersonate the issuer.
    pub plain_http: bool,
    /// If set, the only allowed hosts, by name or address.
    pub hosts: Option<Vec<String>>,
}

#[uniffi::export]
impl KeyLocation {
    /// Makes a location for keys at one URL.
    ///
    /// # Errors
    /// [`Problem::Location`] if keys may not be fetched from there.
    #[uniffi::constructor]
    pub fn at(url: String, rules: FetchRules) -> Result<Arc<Self>, Problem> {
        Ok(Self::of(verijot::issuer::KeyLocation::at_under(url, rules.core())?))
    }

    /// Makes a location that the issuer's metadata names. Unless `discovery_only`, keys of an issuer
    /// without metadata are fetched from `/.well-known/jwks.json`.
    ///
    /// # Errors
    /// [`Problem::Location`] if the issuer is not a URL that keys may be fetched from.
    #[uniffi::constructor]
    pub fn of_issuer(
        issuer: String,
        discovery_only: bool,
        rules: FetchRules,
    ) -> Result<Arc<Self>, Problem> {
        let location = verijot::issuer::KeyLocation::of_issuer_under(issuer, rules.core())?;
        Ok(Self::of(if discovery_only { location.discovery_only() } else { location }))
    }

    /// Returns a human-readable description of the location.
    #[must_use]
    pub fn description(&self) -> String {
        self.core().to_string()
    }
}

impl KeyLocation {
    pub(crate) fn core(&self) -> MutexGuard<'_, verijot::issuer::KeyLocation> {
        locked(&self.location)
    }

    /// Records that keys were fetched from this URL.
    pub(crate) fn confirm(&self, url: &str) {
        self.core().confirm(url);
    }

    pub(crate) fn of(location: verijot::issuer::KeyLocation) -> Arc<Self> {
        Arc::new(Self { location: Mutex::new(location) })
    }
}

impl FetchRules {
    fn core(self) -> verijot::issuer::discovery::FetchRules {
        let mut rules = verijot::issuer::discovery::FetchRules::new();
        if self.plain_http {
            rules = rules.allow_plain_http();
        }
        match self.hosts {
            Some(hosts) => rules.allowed_hosts(hosts),
            None => rules,
        }
    }
}

/// Locks a mutex. A poisoned lock is fine: the core's state machines never panic half-way.
pub(crate) fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
