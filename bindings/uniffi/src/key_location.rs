//! From an issuer's name to the place of its keys: the core's search, step by step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use verijot::discovery;

use crate::problem::Problem;

/// Where keys are fetched from: one URL, or wherever an issuer's metadata says.
#[derive(uniffi::Object)]
pub struct KeyLocation {
    location: Mutex<verijot::KeyLocation>,
}

#[uniffi::export]
impl KeyLocation {
    /// Keys at one URL.
    ///
    /// # Errors
    /// [`Problem::Location`] if it may not be fetched from.
    #[uniffi::constructor]
    pub fn at(url: String) -> Result<Arc<Self>, Problem> {
        Ok(Self::of(verijot::KeyLocation::at(url)?))
    }

    /// Keys where the issuer's metadata says; with `customary`, an issuer without metadata is asked
    /// at `/.well-known/jwks.json`.
    ///
    /// # Errors
    /// [`Problem::Location`] if the issuer is no URL that may be fetched from.
    #[uniffi::constructor]
    pub fn of_issuer(issuer: String, customary: bool) -> Result<Arc<Self>, Problem> {
        let location = verijot::KeyLocation::of_issuer(issuer)?;
        Ok(Self::of(if customary { location } else { location.without_customary_place() }))
    }

    /// Begins one search, for one fetch of the keys.
    #[must_use]
    pub fn search(&self) -> Arc<KeySearch> {
        Arc::new(KeySearch { search: Mutex::new(held(&self.location).search()) })
    }

    /// Keys have been had from this URL, with status 200.
    pub fn confirm(&self, url: &str) {
        held(&self.location).confirm(url);
    }

    /// The place, for people.
    #[must_use]
    pub fn description(&self) -> String {
        held(&self.location).to_string()
    }
}

impl KeyLocation {
    fn of(location: verijot::KeyLocation) -> Arc<Self> {
        Arc::new(Self { location: Mutex::new(location) })
    }
}

/// One way to the URL of the keys.
#[derive(uniffi::Object)]
pub struct KeySearch {
    search: Mutex<verijot::Search>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum SearchStep {
    /// Fetch the metadata and hand in the answer.
    Metadata {
        /// From there.
        url: String,
    },
    /// Fetch the keys.
    Keys {
        /// From there.
        url: String,
        /// Whether they were had from there before, so that the request may be conditional.
        is_known: bool,
    },
    /// The search has failed.
    Failed {
        /// What failed, a colon, and more about it for people.
        failure: String,
    },
}

#[uniffi::export]
impl KeySearch {
    /// What to do next.
    #[must_use]
    pub fn step(&self) -> SearchStep {
        match held(&self.search).step() {
            verijot::SearchStep::Metadata { url } => SearchStep::Metadata { url: url.to_owned() },
            verijot::SearchStep::Keys { url, is_known } => {
                SearchStep::Keys { url: url.to_owned(), is_known }
            }
            verijot::SearchStep::Failed { failure } => {
                SearchStep::Failed { failure: failure.to_string() }
            }
            // The core has no other step; whoever meets a new one cannot go on.
            _ => SearchStep::Failed { failure: "unknown_step".to_owned() },
        }
    }

    /// Takes the answer to a request for metadata.
    pub fn on_response(&self, status: u16, body: Vec<u8>) {
        held(&self.search).on_response(status, &body);
    }

    /// Takes the news that a request for metadata brought no answer.
    pub fn on_error(&self) {
        held(&self.search).on_error();
    }
}

/// Whether keys and tokens may be fetched from a URL: over https, or from this very machine.
///
/// # Errors
/// [`Problem::Location`] if not.
#[uniffi::export]
pub fn check_url(url: &str) -> Result<(), Problem> {
    Ok(discovery::check_url(url)?)
}

/// The core's machines are whole whatever became of the thread that had them.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
