//! Where keys are fetched from.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::problem::Problem;

/// Where keys are fetched from: one URL, or wherever an issuer's metadata says.
#[derive(uniffi::Object)]
pub struct KeyLocation {
    location: Mutex<verijot::issuer::KeyLocation>,
}

/// Where keys may be fetched from, beside what always holds.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct FetchRules {
    /// Whether https is waived, for a network in which nobody can answer in the issuer's name.
    pub plain_http: bool,
    /// The only hosts, by name or address.
    pub hosts: Option<Vec<String>>,
}

#[uniffi::export]
impl KeyLocation {
    /// Keys at one URL.
    ///
    /// # Errors
    /// [`Problem::Location`] if it may not be fetched from.
    #[uniffi::constructor]
    pub fn at(url: String, rules: FetchRules) -> Result<Arc<Self>, Problem> {
        Ok(Self::of(verijot::issuer::KeyLocation::at_under(url, rules.core())?))
    }

    /// Keys where the issuer's metadata says; with `customary`, an issuer without metadata is asked
    /// at `/.well-known/jwks.json`.
    ///
    /// # Errors
    /// [`Problem::Location`] if the issuer is no URL that may be fetched from.
    #[uniffi::constructor]
    pub fn of_issuer(
        issuer: String,
        customary: bool,
        rules: FetchRules,
    ) -> Result<Arc<Self>, Problem> {
        let location = verijot::issuer::KeyLocation::of_issuer_under(issuer, rules.core())?;
        Ok(Self::of(if customary { location } else { location.discovery_only() }))
    }

    /// The place, for people.
    #[must_use]
    pub fn description(&self) -> String {
        self.core().to_string()
    }
}

impl KeyLocation {
    pub(crate) fn core(&self) -> MutexGuard<'_, verijot::issuer::KeyLocation> {
        held(&self.location)
    }

    /// Keys were fetched from this URL.
    pub(crate) fn confirm(&self, url: &str) {
        self.core().confirm(url);
    }

    fn of(location: verijot::issuer::KeyLocation) -> Arc<Self> {
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

/// The core's machines are whole whatever became of the thread that had them.
pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
