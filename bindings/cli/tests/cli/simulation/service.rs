//! A verifier that receives tokens, and its issuer.

use super::*;

/// A verifier with a cache, and its issuer.
pub(super) struct Service<'c> {
    pub(super) case: &'c Case,
    pub(super) cache: JwksCache,
    pub(super) verifier: Verifier,
    pub(super) is_cut_off: bool,
    /// Whether a refused token is verified again with newer keys.
    pub(super) reconsiders: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Refused,
    Unavailable { retry_after: Duration },
}

impl<'c> Service<'c> {
    pub(super) fn new(case: &'c Case) -> Self {
        let mut settings = CacheSettings::default();
        let seconds = |number: i64| Duration::from_secs(u64::try_from(number).unwrap());
        settings.stale_for = seconds(case.numbers.stale);
        settings.revalidate_for = seconds(case.numbers.revalidate);
        let parser = JwkSetParser::new(crypto::default_provider());
        let policy = Policy::new(Issuers::any(), Audiences::any()).algorithms(Algorithm::Es256);
        let verifier = Verifier::new(policy).unwrap();
        let cache = JwksCache::new(parser, settings);
        Self { case, cache, verifier, is_cut_off: false, reconsiders: false }
    }

    pub(super) fn fetch_first(&mut self, now: i64) {
        let Resolution::Fetch(ticket) = self.cache.resolve(None, clock(now), clock(now)) else {
            panic!("an empty cache fetches")
        };
        self.fetch(&ticket, now);
    }

    pub(super) fn fetch(&mut self, ticket: &Ticket, now: i64) {
        if self.is_cut_off {
            self.cache.on_error(ticket, clock(now));
            return;
        }
        let set = self.case.published(now);
        let mut response = FetchResponse::new(200, set.as_bytes());
        let cache_control = format!("max-age={}", self.case.numbers.ttl);
        response.cache_control = Some(&cache_control);
        self.cache.on_response(ticket, &response, clock(now));
    }

    /// Verifies tokens of every key with the current set, like a verifier that fetches only when a
    /// refresh is due.
    pub(super) fn look(&mut self, now: i64, seen: &mut Seen) {
        let Resolution::Use { keys, fetch } = self.cache.resolve(None, clock(now), clock(now))
        else {
            panic!("keys are held")
        };
        for (key, role) in self.case.signers().into_iter().filter(|_| now >= 0) {
            let judge = |token: &str| self.verify(token, &keys, now);
            if let Some(token) = self.case.valid_token(key, role, now) {
                seen.valid.push((key, now, judge(&token)));
            }
            let aliases = key.aliases().iter();
            let accepted = aliases.filter(|alias| judge(&alias.token(now, now + 60))).count() > 0;
            seen.forged.push((key, now, accepted));
        }
        if let Some(ticket) = fetch {
            self.fetch(&ticket, now);
        }
    }

    /// The whole verification of a token, with the fetches that it causes.
    pub(super) fn judge(&mut self, key: Key, token: &str, now: i64) -> Verdict {
        let kid = key.kid();
        loop {
            match self.cache.resolve(kid, clock(now), clock(now)) {
                Resolution::Use { keys, fetch } => {
                    let verdict = self.verdict_with(token, &keys, now);
                    let again = verdict.as_ref().err().filter(|_| self.reconsiders);
                    let again = again.and_then(|error| {
                        self.cache.reconsider(error, &keys, kid, clock(now), clock(now))
                    });
                    // The fetch in the background ends after the verification.
                    if let Some(ticket) = fetch {
                        self.fetch(&ticket, now);
                    }
                    match again {
                        Some(Resolution::Fetch(ticket)) => self.fetch(&ticket, now),
                        Some(Resolution::Wait { .. }) => {}
                        Some(other) => panic!("{other:?}"),
                        None if verdict.is_ok() => return Verdict::Accepted,
                        None => return Verdict::Refused,
                    }
                }
                Resolution::Fetch(ticket) => self.fetch(&ticket, now),
                Resolution::Unavailable { retry_after } => {
                    return Verdict::Unavailable { retry_after };
                }
                Resolution::UnknownKey { .. } => return Verdict::Refused,
                other => panic!("{other:?}"),
            }
        }
    }

    pub(super) fn accepts_token(&mut self, key: Key, token: &str, now: i64) -> bool {
        self.judge(key, token, now) == Verdict::Accepted
    }

    pub(super) fn verdict(&mut self, key: Key, now: i64) -> Verdict {
        self.judge(key, &key.token(now, now + 60), now)
    }

    pub(super) fn accepts_with_refetch(&mut self, key: Key, now: i64) -> bool {
        self.verdict(key, now) == Verdict::Accepted
    }

    /// A token with a `kid` that no issuer published.
    pub(super) fn meets(&mut self, kid: &str, now: i64) {
        if let Resolution::Fetch(ticket) = self.cache.resolve(Some(kid), clock(now), clock(now)) {
            self.fetch(&ticket, now);
        }
    }

    pub(super) fn verify(&self, token: &str, keys: &JwkSet, now: i64) -> bool {
        self.verdict_with(token, keys, now).is_ok()
    }

    pub(super) fn verdict_with(&self, token: &str, keys: &JwkSet, now: i64) -> Result<(), Error> {
        let now = UnixTime::from_seconds(EPOCH + now);
        self.verifier.verify(token, keys, now).map(|_| ())
    }
}
