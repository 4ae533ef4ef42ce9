//! The keys of one issuer, kept up to date.
//!
//! The core's cache decides when to fetch; this module fetches, each time in a task of its own. A
//! fetch does not depend on the request that caused it: that request may be cancelled, and everyone
//! who waits for the fetch asks the cache again when it ends. Every ticket gets an answer, whatever
//! happens to its fetch.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use http::header::{AGE, CACHE_CONTROL, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderName};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;
use verijot::issuer::{
    CacheSettings, FetchOutcome, FetchResponse, Health, JwksCache, Now, Resolution, Ticket, Until,
};
use verijot::{Error, Excerpt, JwkSet, JwkSetParser, JwksError};

use crate::caught::report;
use crate::clock::{Clock, reading};
use crate::key_requests::{KeyAnswer, KeyRequests};
use crate::key_snapshot::KeySnapshot;
use crate::locked::lock;

/// The keys of one issuer, shared by any number of tasks.
pub(crate) struct FetchedKeys {
    /// What the cache would answer for every `kid` that it knows, so that most requests need no
    /// lock.
    published: ArcSwap<Published>,
    cache: Mutex<JwksCache>,
    requests: KeyRequests,
    /// Signals that a fetch has ended.
    news: watch::Sender<()>,
    clock: Arc<dyn Clock>,
}

/// Keys that may be used without asking the cache, until the given time.
pub(crate) struct Published {
    pub(crate) keys: Arc<JwkSet>,
    /// `None` before the first fetch.
    until: Option<Until>,
}

impl FetchedKeys {
    pub(crate) fn new(
        requests: KeyRequests,
        parser: JwkSetParser<'static>,
        settings: CacheSettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let nothing = Published { keys: Arc::new(JwkSet::from_keys([])), until: None };
        Self {
            published: ArcSwap::from_pointee(nothing),
            cache: Mutex::new(JwksCache::new(parser, settings)),
            requests,
            news: watch::Sender::new(()),
            clock,
        }
    }

    /// Returns the keys, if the cache need not be asked about this `kid`. Takes no lock.
    pub(crate) fn cached(&self, kid: Option<&str>) -> Option<Guard<Arc<Published>>> {
        let published = self.published.load();
        let is_good = published.until.is_some_and(|until| !until.has_passed(self.now()))
            && kid.is_none_or(|kid| published.keys.knows_id(kid));
        is_good.then_some(published)
    }

    /// The time at which a token arrives, for [`FetchedKeys::keys`] and
    /// [`FetchedKeys::reconsider`].
    pub(crate) fn asked(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Returns the keys for a token that arrived at `asked`. Waits for a fetch only if no cached
    /// keys will do.
    pub(crate) async fn keys(
        self: &Arc<Self>,
        kid: Option<&str>,
        asked: Duration,
    ) -> Result<Arc<JwkSet>, Error> {
        self.settle(kid, |cache, now| cache.resolve(kid, asked, now)).await
    }

    /// Fetches the issuer's current keys.
    pub(crate) async fn refresh_now(self: &Arc<Self>) -> Result<(), Error> {
        let asked = self.asked();
        self.settle(None, |cache, now| cache.refresh_now(asked, now)).await.map(|_| ())
    }

    /// Whether there may be other keys than those that refused a token, so that it must be verified
    /// again. Waits for a fetch if necessary.
    pub(crate) async fn reconsider(
        self: &Arc<Self>,
        error: &Error,
        keys: &Arc<JwkSet>,
        kid: Option<&str>,
        asked: Duration,
    ) -> bool {
        let mut news = self.news.subscribe();
        let mut has_waited = false;
        loop {
            news.mark_unchanged();
            let resolution = self.ask(|cache, now| cache.reconsider(error, keys, kid, asked, now));
            match resolution {
                Some(Resolution::Fetch(ticket)) => self.start(ticket),
                Some(Resolution::Wait { at_most }) => {
                    if wait(&mut news, at_most).await.is_err() {
                        return has_waited;
                    }
                }
                Some(Resolution::Use { .. }) => return true,
                _ => return has_waited,
            }
            has_waited = true;
        }
    }

    pub(crate) fn purge(&self, kid: &str) {
        self.ask(|cache, _| cache.purge(kid));
    }

    pub(crate) fn restore(&self, kid: &str) -> bool {
        self.ask(|cache, _| cache.restore(kid))
    }

    pub(crate) fn export(&self) -> Option<KeySnapshot> {
        let cache = lock(&self.cache);
        let snapshot = cache.export(self.now())?;
        Some(KeySnapshot::new(&snapshot, self.clock.now()))
    }

    pub(crate) fn seed(&self, snapshot: &KeySnapshot) -> Result<(), JwksError> {
        let age = snapshot.age(self.clock.now());
        let mut cache = lock(&self.cache);
        let now = self.now();
        match &snapshot.sha256 {
            Some(sha256) => cache.seed_intact(&snapshot.jwks, sha256, age, now)?,
            None => cache.seed(&snapshot.jwks, age, now)?,
        }
        self.end(&cache);
        Ok(())
    }

    pub(crate) fn health(&self) -> Health {
        lock(&self.cache).health(self.now())
    }

    pub(crate) fn location(&self) -> String {
        self.requests.to_string()
    }

    /// Asks the cache until it returns keys or an error, and waits in between.
    async fn settle(
        self: &Arc<Self>,
        kid: Option<&str>,
        mut ask: impl FnMut(&mut JwksCache, Now) -> Resolution,
    ) -> Result<Arc<JwkSet>, Error> {
        let mut news = self.news.subscribe();
        loop {
            // Before asking: a fetch that ends afterwards must wake this task.
            news.mark_unchanged();
            match self.ask(&mut ask) {
                Resolution::Use { keys, fetch } => {
                    if let Some(ticket) = fetch {
                        self.start(ticket);
                    }
                    return Ok(keys);
                }
                Resolution::Fetch(ticket) => {
                    // Asking again at once could return the keys that the fetch is meant to
                    // replace.
                    let at_most = ticket.timeout();
                    self.start(ticket);
                    wait(&mut news, at_most).await?;
                }
                // After the fetch or after the timeout, the cache knows what to do.
                Resolution::Wait { at_most } => wait(&mut news, at_most).await?,
                Resolution::UnknownKey { .. } => {
                    return Err(Error::UnknownKey { kid: kid.map(Excerpt::of) });
                }
                Resolution::Unavailable { retry_after } => {
                    return Err(Error::KeysUnavailable { retry_after: Some(retry_after) });
                }
                _ => return Err(Error::KeysUnavailable { retry_after: None }),
            }
        }
    }

    fn ask<T>(&self, ask: impl FnOnce(&mut JwksCache, Now) -> T) -> T {
        let mut cache = lock(&self.cache);
        let answer = ask(&mut cache, self.now());
        self.publish(&cache);
        answer
    }

    fn now(&self) -> Now {
        reading(&*self.clock)
    }

    /// The fetch continues even if the request that caused it is cancelled.
    fn start(self: &Arc<Self>, ticket: Ticket) {
        let pending = Pending { keys: Arc::clone(self), ticket: Some(ticket) };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(pending.run())),
            Err(_) => pending.fail("no tokio runtime to fetch in"),
        }
    }

    fn answer(&self, ticket: &Ticket, answer: &KeyAnswer) {
        let response = &answer.response;
        let text = |name| combined(response.headers(), &name);
        let (cache_control, age) = (text(CACHE_CONTROL), text(AGE));
        // They are sent back, and only ASCII can be.
        let ascii = |name| text(name).filter(|value| value.is_ascii());
        let (entity_tag, last_modified) = (ascii(ETAG), ascii(LAST_MODIFIED));
        let mut fetched = FetchResponse::new(response.status().as_u16(), response.body());
        fetched.is_conditional = answer.is_conditional;
        fetched.cache_control = cache_control.as_deref();
        fetched.age = age.as_deref();
        fetched.entity_tag = entity_tag.as_deref();
        fetched.last_modified = last_modified.as_deref();
        let mut cache = lock(&self.cache);
        let now = self.now();
        let outcome = cache.on_response(ticket, &fetched, now);
        let Health { usable_keys: usable, skipped_keys: skipped, .. } = cache.health(now);
        self.end(&cache);
        drop(cache);
        let location = self.location();
        match outcome {
            FetchOutcome::Replaced => tracing::info!(location, usable, skipped, "fetched new keys"),
            FetchOutcome::Unchanged => tracing::debug!(location, "the keys are unchanged"),
            FetchOutcome::Failed { failure } => {
                tracing::warn!(location, %failure, "could not fetch the issuer's keys");
            }
            _ => tracing::debug!(location, "ignored an answer that is older than the cached keys"),
        }
    }

    fn fail(&self, ticket: &Ticket, failure: &str) {
        let mut cache = lock(&self.cache);
        cache.on_error(ticket, self.now());
        self.end(&cache);
        drop(cache);
        tracing::warn!(location = self.location(), failure, "could not fetch the issuer's keys");
    }

    /// The fetch's runtime has shut down, which says nothing about the issuer.
    fn give_up(&self, ticket: &Ticket) {
        let mut cache = lock(&self.cache);
        cache.on_cancelled(ticket, self.now());
        self.end(&cache);
    }

    fn end(&self, cache: &JwksCache) {
        self.publish(cache);
        self.news.send_replace(());
    }

    /// Runs under the cache's lock, so that nothing older is published later.
    fn publish(&self, cache: &JwksCache) {
        let Some((keys, until)) = cache.current_keys() else { return };
        let published = self.published.load();
        if published.until != Some(until) || !Arc::ptr_eq(&published.keys, keys) {
            self.published
                .store(Arc::new(Published { keys: Arc::clone(keys), until: Some(until) }));
        }
    }
}

/// A fetch without an answer so far. Dropping it cancels the ticket.
struct Pending {
    keys: Arc<FetchedKeys>,
    ticket: Option<Ticket>,
}

impl Pending {
    async fn run(mut self) {
        let Some(ticket) = self.ticket.clone() else { return };
        match self.keys.requests.make(&ticket).await {
            Ok(answer) => {
                self.ticket = None;
                self.keys.answer(&ticket, &answer);
            }
            Err(error) => self.fail(&error.to_string()),
        }
    }

    fn fail(mut self, failure: &str) {
        if let Some(ticket) = self.ticket.take() {
            self.keys.fail(&ticket, failure);
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        match self.ticket.take() {
            Some(ticket) if thread::panicking() => {
                report(|| self.keys.fail(&ticket, "the fetcher panicked"));
            }
            Some(ticket) => report(|| self.keys.give_up(&ticket)),
            None => {}
        }
    }
}

/// Waits for the end of a fetch, but not longer than this.
///
/// # Errors
/// [`Error::KeysUnavailable`] without a tokio runtime, which has the timer.
async fn wait(news: &mut watch::Receiver<()>, at_most: Duration) -> Result<(), Error> {
    if Handle::try_current().is_err() {
        return Err(Error::KeysUnavailable { retry_after: Some(at_most) });
    }
    let _ = timeout(at_most, news.changed()).await;
    Ok(())
}

/// Several lines of one header form one list (RFC 9110 §5.3).
fn combined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values = headers.get_all(name).iter();
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let values = values.collect::<Vec<_>>();
    (!values.is_empty()).then(|| values.join(", "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::unreachable)]

    use std::sync::mpsc;

    use verijot::issuer::KeyLocation;

    use super::*;
    use crate::clock::SystemClock;
    use crate::provider;
    use crate::reqwest_fetcher::ReqwestFetcher;

    #[test]
    fn published_keys_need_no_lock() {
        let location = KeyLocation::at("https://issuer.example").unwrap();
        let requests = KeyRequests::new(location, Box::new(ReqwestFetcher::new()), 1000);
        let clock = Arc::new(SystemClock::default());
        let parser = JwkSetParser::new(provider::jose());
        let keys = Arc::new(FetchedKeys::new(requests, parser, CacheSettings::default(), clock));
        let mut cache = lock(&keys.cache);
        let now = keys.now();
        let Resolution::Fetch(ticket) = cache.resolve(None, now.monotonic(), now) else {
            unreachable!()
        };
        let body = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        cache.on_response(&ticket, &FetchResponse::new(200, body), now);
        keys.publish(&cache);
        let (sender, answers) = mpsc::channel();
        let asked = Arc::clone(&keys);
        thread::spawn(move || {
            for kid in [Some("a"), None, Some("b")] {
                sender.send(asked.cached(kid).is_some()).unwrap();
            }
        });
        for expected in [true, true, false] {
            assert_eq!(answers.recv_timeout(Duration::from_secs(10)), Ok(expected));
        }
        drop(cache);
    }
}
