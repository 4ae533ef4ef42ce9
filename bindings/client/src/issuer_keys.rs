//! The keys of one issuer, from wherever they come: given from the start, or fetched.

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

/// The keys that tokens of one issuer are verified with. Cheap to clone; all clones share the keys.
///
/// Keys are fetched when the first token comes, in the background before they are too old, and when
/// a token names a key that is not among them, which causes one fetch in 15 seconds at most. After a
/// long idle time a request waits for one fetch. While the issuer cannot be reached the keys that
/// are held are used for another day, unless the issuer's headers forbid that. Times and limits are
/// those of [`CacheSettings`].
///
/// Fetches run as tasks on the tokio runtime of the caller, which must have I/O and time enabled.
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
    /// A client with the default settings that fetches, if it must, with [`ReqwestFetcher`].
    ///
    /// # Errors
    /// [`KeySourceError`] if a given key needs an algorithm that the crypto provider lacks.
    pub fn new(source: KeySource) -> Result<Self, KeySourceError> {
        Self::builder(source).build()
    }

    /// A client with other settings.
    pub fn builder(source: KeySource) -> IssuerKeysBuilder {
        IssuerKeysBuilder {
            source,
            settings: CacheSettings::default(),
            limits: KeyLimits::default(),
            fetcher: Box::new(ReqwestFetcher::new()),
            clock: Arc::new(SystemClock::default()),
        }
    }

    /// The keys for a token with this `kid`, or without one. Waits for a fetch only if the keys at
    /// hand would not do.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] if the issuer has no such key, [`Error::KeysUnavailable`] if it cannot
    /// be asked. Of keys that are not fetched all are given, whatever the `kid`.
    pub async fn keys(&self, kid: Option<&str>) -> Result<Arc<JwkSet>, Error> {
        match &self.keys {
            Keys::Static(keys) => Ok(Arc::clone(keys)),
            Keys::Fetched(fetched) => fetched.keys(kid, fetched.asked()).await,
        }
    }

    /// Fetches the issuer's present keys now and waits for them, such as after a rotation that was
    /// announced. At most one fetch a second is made for this. Nothing happens if keys are not
    /// fetched.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the fetch fails, or if the issuer was asked so recently that it
    /// is not asked now.
    pub async fn refresh_now(&self) -> Result<(), Error> {
        match &self.keys {
            Keys::Static(_) => Ok(()),
            Keys::Fetched(fetched) => fetched.refresh_now().await,
        }
    }

    /// Withdraws every key with this `kid` at once, for a key that has leaked: its tokens get
    /// `unknown_key`, whatever the issuer publishes, until [`IssuerKeys::restore`] or the end of the
    /// process. Of keys that are not fetched none is withdrawn.
    pub fn purge(&self, kid: &str) {
        if let Some(fetched) = self.fetched() {
            fetched.purge(kid);
        }
    }

    /// Takes back [`IssuerKeys::purge`]. False if the `kid` was not withdrawn.
    pub fn restore(&self, kid: &str) -> bool {
        self.fetched().is_some_and(|fetched| fetched.restore(kid))
    }

    /// Waits until there are keys, for a service that wants them before its first request.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if the issuer cannot be asked. The next token, or the next call,
    /// is another occasion.
    pub async fn ready(&self) -> Result<(), Error> {
        self.keys(None).await.map(|_| ())
    }

    /// How the keys are doing, for a health endpoint; `None` for keys that are not fetched. Causes
    /// no fetch.
    #[must_use]
    pub fn health(&self) -> Option<Health> {
        self.fetched().map(|fetched| fetched.health())
    }

    /// The keys that are held, if there are any and they have been fetched or seeded.
    #[must_use]
    pub fn export(&self) -> Option<KeySnapshot> {
        self.fetched()?.export()
    }

    /// Takes over keys from [`IssuerKeys::export`] or from a file that was deployed along. They are
    /// used at once, and refreshed at the first occasion. Nothing happens if newer keys are held,
    /// or if keys are not fetched.
    ///
    /// # Errors
    /// [`JwksError`] if the set cannot be read, has no usable key, or is not the one of its hash.
    pub fn seed(&self, snapshot: &KeySnapshot) -> Result<(), JwksError> {
        self.fetched().map_or(Ok(()), |fetched| fetched.seed(snapshot))
    }

    /// When a token comes, for [`IssuerKeys::keys_for`] and [`IssuerKeys::reconsider`].
    pub(crate) fn asked(&self) -> Duration {
        self.fetched().map(|fetched| fetched.asked()).unwrap_or_default()
    }

    /// As [`IssuerKeys::keys`], for a token that came at `asked`.
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

    /// Whether a token that `keys` have refused is to be verified once more.
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

    /// The keys, if they are good for a token with this `kid` without any fetch. Takes no lock.
    pub(crate) fn at_hand(&self, kid: Option<&str>) -> Option<KeysAtHand<'_>> {
        match &self.keys {
            Keys::Static(keys) => Some(KeysAtHand::Static(keys)),
            Keys::Fetched(fetched) => fetched.at_hand(kid).map(KeysAtHand::Published),
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
    /// Where the keys are fetched from, without a query; or that they are not.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.keys {
            Keys::Static(_) => formatter.write_str("keys at hand"),
            Keys::Fetched(fetched) => formatter.write_str(&fetched.location()),
        }
    }
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "IssuerKeys({self})")
    }
}

/// Makes a [`IssuerKeys`] with other settings than the default ones.
#[must_use]
pub struct IssuerKeysBuilder {
    source: KeySource,
    settings: CacheSettings,
    limits: KeyLimits,
    fetcher: Box<dyn AnyFetcher>,
    clock: Arc<dyn Clock>,
}

impl IssuerKeysBuilder {
    /// Other times.
    pub fn settings(mut self, settings: CacheSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Other limits for a fetched set.
    pub const fn limits(mut self, limits: KeyLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Somebody else to make the requests.
    pub fn fetcher(mut self, fetcher: impl Fetcher) -> Self {
        self.fetcher = Box::new(fetcher);
        self
    }

    /// Another clock for the keys to age by.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The client.
    ///
    /// # Errors
    /// As [`IssuerKeys::new`].
    pub fn build(self) -> Result<IssuerKeys, KeySourceError> {
        let keys = match self.source.location() {
            Some(location) => {
                let requests = KeyRequests::new(location, self.fetcher, self.limits.max_octets);
                let parser = self.limits.parser(provider::jose());
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

/// Keys to be used at once, not to be kept.
pub(crate) enum KeysAtHand<'c> {
    Static(&'c Arc<JwkSet>),
    Published(Guard<Arc<Published>>),
}

impl Deref for KeysAtHand<'_> {
    type Target = Arc<JwkSet>;

    fn deref(&self) -> &Arc<JwkSet> {
        match self {
            Self::Static(keys) => keys,
            Self::Published(published) => &published.keys,
        }
    }
}
