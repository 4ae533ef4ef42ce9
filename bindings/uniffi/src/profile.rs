//! Verifiers for one kind of token each: a profile, and what one call expects.

use std::sync::{Arc, Mutex};

use verijot::profile::{
    Checked, Expectations, Profile as Core, Replay, ReplayWindow as CoreWindow,
};
use verijot::{Error, SharedTokenCache, UnixTime, Verified};

use crate::key_location::locked;
use crate::moment::Moment;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::verifier::{Verifier, token_cache_of};

/// A verifier for one kind of token, such as ID tokens. Immutable; threads can share it.
#[derive(uniffi::Object)]
pub struct Profile {
    profile: Arc<Core>,
    cache: Option<Arc<SharedTokenCache>>,
}

/// Remembers tokens that may be presented once, of one process. Threads can share it.
#[derive(uniffi::Object)]
pub struct ReplayWindow {
    window: Mutex<CoreWindow>,
}

/// What must be remembered of a token that may be presented once.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReplayFacts {
    /// 32 octets: the same for the same token, and for no other.
    pub key: Vec<u8>,
    /// The last moment at which the token would be accepted; until then, and then too, it must be remembered.
    pub until: Moment,
}

#[uniffi::export]
impl Profile {
    /// Makes the profile of this name from its settings' document. `token_cache` is the maximum number of cached
    /// accepted tokens, whose expectations are checked again for every call; zero turns the cache off.
    ///
    /// # Errors
    /// [`Problem::Policy`] if the document is not the settings of this profile.
    #[uniffi::constructor]
    pub fn from_document(
        name: &str,
        settings: String,
        token_cache: u32,
    ) -> Result<Arc<Self>, Problem> {
        let profile = Arc::new(Core::from_json(settings)?);
        if profile.name() != name {
            return Err(Problem::policy(format!("profile: is {}, not {name}", profile.name())));
        }
        let cache = token_cache_of(token_cache);
        Ok(Arc::new(Self { profile, cache }))
    }

    /// Makes the verifier for one call: it also makes the profile's checks with these expectations. A package
    /// then asks its caller about the accepted token, and last admits what [`Verifier::replay`] returns, unless
    /// the caller waives that in words.
    ///
    /// # Errors
    /// [`Problem::Policy`] if the document is not the expectations of this profile.
    pub fn verifier(&self, expectations: String) -> Result<Arc<Verifier>, Problem> {
        let _valid = self.profile.expectations(&expectations)?;
        let profile = Arc::clone(&self.profile);
        let call = Call { profile, expectations, latest: Mutex::default() };
        Ok(Verifier::of_call(call, self.cache.clone()))
    }
}

#[uniffi::export]
impl ReplayWindow {
    /// Makes an empty window for at most this many tokens at a time.
    #[uniffi::constructor]
    #[must_use]
    pub fn new(capacity: u32) -> Arc<Self> {
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        Arc::new(Self { window: Mutex::new(CoreWindow::new(capacity)) })
    }

    /// Remembers a token that has passed every other check, or returns why it is refused: `replayed`, or
    /// `replay_unavailable` while the window is full.
    #[must_use]
    pub fn admit(&self, replay: ReplayFacts, now: Moment) -> Option<Refusal> {
        let admitted = match replay.key.try_into() {
            Ok(key) => {
                let replay = Replay::of_key(key, replay.until.time());
                locked(&self.window).admit(&replay, now.time()).into_result()
            }
            Err(_) => Err(Error::ReplayUnavailable { retry_after: None }),
        };
        admitted.err().map(Refusal::from)
    }
}

/// A profile, and what one call expects.
pub(crate) struct Call {
    profile: Arc<Core>,
    expectations: String,
    /// What the profile has checked of the latest accepted token.
    latest: Mutex<Option<Checked>>,
}

impl Call {
    pub(crate) fn core(&self) -> &verijot::Verifier {
        self.profile.verifier()
    }

    pub(crate) fn checked(&self) -> Option<String> {
        locked(&self.latest).as_ref().map(|checked| checked.json().to_owned())
    }

    pub(crate) fn replay(&self) -> Option<ReplayFacts> {
        let latest = locked(&self.latest);
        let replay = latest.as_ref()?.replay()?;
        Some(ReplayFacts { key: replay.key().to_vec(), until: Moment::of_time(replay.until()) })
    }

    /// Makes the profile's checks of a token that the verifier has accepted.
    pub(crate) fn check(&self, verified: &Verified, now: UnixTime) -> Result<(), Error> {
        let checked = self.expectations()?.check(verified, now)?;
        *locked(&self.latest) = Some(checked);
        Ok(())
    }

    /// Explains everything but the admission, which is the package's.
    pub(crate) fn explain(
        &self,
        token: &[u8],
        keys: &verijot::JwkSet,
        now: UnixTime,
    ) -> verijot::Explanation {
        match self.expectations() {
            Ok(expectations) => expectations.explain(token, keys, now),
            Err(_) => self.core().explain(token, keys, now),
        }
    }

    /// Reads the document, which borrows the profile and therefore cannot be kept. It was valid when
    /// the call was made; should it not be, no token is accepted.
    fn expectations(&self) -> Result<Expectations<'_>, Error> {
        let read = self.profile.expectations(&self.expectations);
        read.map_err(|_| Error::ReplayUnavailable { retry_after: None })
    }
}
