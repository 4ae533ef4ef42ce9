//! The keys of one issuer, either given at the start or fetched.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::Guard;
use verijot::issuer::{CacheSettings, Health, KeyLimits, KeySource, KeySourceError};
use verijot::{Error, JwkSet, JwksError};

use crate::clock::{Clock, SystemClock};
use crate::fetched_keys::{FetchedKeys, Published};
use crate::fetcher::{AnyFetcher, Fetcher};
use crate::key_requests::KeyRequests;
use crate::key_snapshot::KeySnapshot;
use crate::provider;
use crate::reqwest_fetcher::ReqwestFetcher;

/// The keys that verify the tokens of one issuer. Cheap to clone; all clones share the keys.
///
/// Keys are fetched when the first token arrives, in the background before they become too old, and
/// when a token names an unknown key (at most one such fetch in 15 seconds). After a long idle time
/// a request waits for one fetch. While the issuer is unreachable, the cached keys are used for
/// another day, unless the issuer's headers forbid that. [`CacheSettings`] has all times and
/// limits.
///
/// Fetches run as tasks on the caller's tokio runtime, which must have I/O and time enabled.
///
/// ```
/// use verijot::issuer::KeySource;
/// use verijot_client::IssuerKeys;
/// let keys = IssuerKeys::new(KeySource::jwks_url("https://issuer.example/keys?tenant=1")?)?;
/// // Nothing has been fetched yet.
/// assert_eq!(keys.health().unwrap().usable_keys, 0);
/// assert_eq!(keys.to_string(), "https://issuer.example/keys");
/// # Ok::<(), verijot::issuer::KeySourceError>(())
/// ```
#[derive(Clone)]
pub struct IssuerKeys {
    keys: Keys,
}

#[derive(Clone)]
enum Keys {
    Static(Arc<JwkSet>),
    Fetched(Arc<FetchedKeys>),
}

impl IssuerKeys {
    /// Creates a client with the default settings, which fetches with [`ReqwestFetcher`] if the
    /// source requires fetching.
    ///
    /// # Errors
    /// [`KeySourceError`] if a given key needs an algorithm that the crypto provider does not
    /// support.
    pub fn new(source: KeySource) -> Result<Self, KeySourceError> {
        Self::builder(source).build()
    }

    /// Returns a builder, for other settings.
    pub fn builder(source: KeySource) -> IssuerKeysBuilder {
        IssuerKeysBuilder {
            source,
            settings: CacheSettings::default(),
            limits: KeyLimits::default(),
            fetcher: Box::new(ReqwestFetcher::new()),
            clock: Arc::new(SystemClock::default()),
        }
    }

    /// Returns the keys for a token with this `kid`, or without one. Waits for a fetch only if the
    /// cached keys are not enough.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] if the issuer has no such key, [`Error::KeysUnavailable`] if its keys
    /// cannot be fetched. Keys that are not fetched are all returned, whatever the `kid`.
    pub async fn keys(&self, kid: Option<&str>) -> Result<Arc<JwkSet>, Error> {
        match &self.keys {
            Keys::Static(keys) => Ok(Arc::clone(keys)),
            Keys::Fetched(fetched) => fetched.keys(kid, fetched.asked()).await,
        }
    }

    /// Fetches the issuer's current keys and waits for them, for example after an announced
    /// rotation. At most one such fetch is made per second. Does nothing if keys are not fetched.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the fetch fails, or if the previous one was too recent.
    pub async fn refresh_now(&self) -> Result<(), Error> {
        match &self.keys {
            Keys::Static(_) => Ok(()),
            Keys::Fetched(fetched) => fetched.refresh_now().await,
        }
    }

    /// Withdraws every key with this `kid` immediately, for example after a key has leaked: its
    /// tokens get `unknown_key`, whatever the issuer publishes, until [`IssuerKeys::restore`] or
    /// the end of the process. Does nothing if keys are not fetched.
    pub fn purge(&self, kid: &str) {
        if let Some(fetched) = self.fetched() {
            fetched.purge(kid);
        }
    }

    /// Reverses [`IssuerKeys::purge`]. Returns false if the `kid` was not withdrawn.
    pub fn restore(&self, kid: &str) -> bool {
        self.fetched().is_some_and(|fetched| fetched.restore(kid))
    }

    /// Waits until there are keys, for a service that needs them before its first request.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the keys cannot be fetched. The next token, or the next call,
    /// tries again.
    pub async fn ready(&self) -> Result<(), Error> {
        self.keys(None).await.map(|_| ())
    }

    /// Returns the state of the keys, for a health endpoint; `None` for keys that are not fetched.
    /// Never causes a fetch.
    #[must_use]
    pub fn health(&self) -> Option<Health> {
        self.fetched().map(|fetched| fetched.health())
    }

    /// Returns the cached keys, or `None` if none have been fetched or seeded.
    #[must_use]
    pub fn export(&self) -> Option<KeySnapshot> {
        self.fetched()?.export()
    }

    /// Imports keys from [`IssuerKeys::export`] or from a file deployed with the service. They are
    /// used at once and refreshed as soon as possible. Does nothing if newer keys are cached, or if
    /// keys are not fetched.
    ///
    /// # Errors
    /// [`JwksError`] if the set cannot be parsed, has no usable key, or does not match its hash.
    pub fn seed(&self, snapshot: &KeySnapshot) -> Result<(), JwksError> {
        self.fetched().map_or(Ok(()), |fetched| fetched.seed(snapshot))
    }

    /// The time at which a token arrives, for [`IssuerKeys::keys_for`] and
    /// [`IssuerKeys::reconsider`].
    pub(crate) fn asked(&self) -> Duration {
        self.fetched().map(|fetched| fetched.asked()).unwrap_or_default()
    }

    /// As [`IssuerKeys::keys`], for a token that arrived at `asked`.
    pub(crate) async fn keys_for(
        &self,
        kid: Option<&str>,
        asked: Duration,
    ) -> Result<Arc<JwkSet>, Error> {
        match &self.keys {
            Keys::Static(keys) => Ok(Arc::clone(keys)),
            Keys::Fetched(fetched) => fetched.keys(kid, asked).await,
        }
    }

    /// Whether a token that `keys` refused must be verified again.
    pub(crate) async fn reconsider(
        &self,
        error: &Error,
        keys: &Arc<JwkSet>,
        kid: Option<&str>,
        asked: Duration,
    ) -> bool {
        match &self.keys {
            Keys::Static(_) => false,
            Keys::Fetched(fetched) => fetched.reconsider(error, keys, kid, asked).await,
        }
    }

    /// Returns the keys, if a token with this `kid` needs no fetch. Takes no lock.
    pub(crate) fn cached(&self, kid: Option<&str>) -> Option<CachedKeys<'_>> {
        match &self.keys {
            Keys::Static(keys) => Some(CachedKeys::Static(keys)),
            Keys::Fetched(fetched) => fetched.cached(kid).map(CachedKeys::Published),
        }
    }

    const fn fetched(&self) -> Option<&Arc<FetchedKeys>> {
        match &self.keys {
            Keys::Static(_) => None,
            Keys::Fetched(fetched) => Some(fetched),
        }
    }
}

impl fmt::Display for IssuerKeys {
    /// The URL that the keys are fetched from, without its query, or `fixed keys`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.keys {
            Keys::Static(_) => formatter.write_str("fixed keys"),
            Keys::Fetched(fetched) => formatter.write_str(&fetched.location()),
        }
    }
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "IssuerKeys({self})")
    }
}

/// Builds [`IssuerKeys`] with other than the default settings.
#[must_use]
pub struct IssuerKeysBuilder {
    source: KeySource,
    settings: CacheSettings,
    limits: KeyLimits,
    fetcher: Box<dyn AnyFetcher>,
    clock: Arc<dyn Clock>,
}

impl IssuerKeysBuilder {
    /// Sets other times.
    pub fn settings(mut self, settings: CacheSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets other limits for a fetched set.
    pub const fn limits(mut self, limits: KeyLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what makes the requests.
    pub fn fetcher(mut self, fetcher: impl Fetcher) -> Self {
        self.fetcher = Box::new(fetcher);
        self
    }

    /// Sets another clock, by which the keys age.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Creates the keys.
    ///
    /// # Errors
    /// As [`IssuerKeys::new`].
    pub fn build(self) -> Result<IssuerKeys, KeySourceError> {
        let keys = match self.source.location() {
            Some(location) => {
                let requests = KeyRequests::new(location, self.fetcher, self.limits.max_octets);
                let parser = self.source.parser(self.limits, provider::jose());
                Keys::Fetched(Arc::new(FetchedKeys::new(
                    requests,
                    parser,
                    self.settings,
                    self.clock,
                )))
            }
            None => {
                let keys = self.source.static_keys(provider::jose())?;
                Keys::Static(Arc::new(keys.ok_or(KeySourceError::NoUsableKeys)?))
            }
        };
        Ok(IssuerKeys { keys })
    }
}

impl fmt::Debug for IssuerKeysBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IssuerKeysBuilder")
            .field("source", &self.source)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Keys for immediate use, which the caller must not keep.
pub(crate) enum CachedKeys<'c> {
    Static(&'c Arc<JwkSet>),
    Published(Guard<Arc<Published>>),
}

impl Deref for CachedKeys<'_> {
    type Target = Arc<JwkSet>;

    fn deref(&self) -> &Arc<JwkSet> {
        match self {
            Self::Static(keys) => keys,
            Self::Published(published) => &published.keys,
        }
    }
}
