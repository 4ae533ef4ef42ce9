//! Questions to a cache: for keys, for other keys, for a fetch, and withdrawals.

use std::sync::Arc;

use verijot::issuer::Resolution;
use verijot::{Error, JwkSet};

use super::replica::{Asked, Replica};
use super::seconds;
use crate::choices::Choices;
use crate::model::cache::{Answer, SETS, time};

impl Replica {
    pub(super) fn ask(&mut self, choices: &mut Choices<'_>) {
        let kid = pick_kid(choices);
        let asked = self.monotonic.saturating_sub(seconds(choices.pick(&[0, 0, 1, 10, 100])));
        let now = self.now();
        let at_hand = self.cache.current_keys().filter(|(keys, until)| {
            !until.has_passed(now) && kid.is_none_or(|kid| keys.knows_id(kid))
        });
        let at_hand = at_hand.map(|(keys, _)| Arc::clone(keys));
        self.advance();
        let expected = self.model.resolve(kid, time(asked));
        let resolution = self.cache.resolve(kid, asked, now);
        if let Some(at_hand) = at_hand {
            let is_same = matches!(
                &resolution,
                Resolution::Use { keys, fetch: None } if Arc::ptr_eq(keys, &at_hand)
            );
            assert!(is_same, "not the published keys: {resolution:?}");
        }
        let by_token = self.model.held.is_some() && !self.model.is_known(kid);
        self.take_up(resolution, &expected, by_token);
    }

    pub(super) fn reconsider(&mut self, choices: &mut Choices<'_>) {
        let kid = pick_kid(choices);
        let asked = self.monotonic.saturating_sub(seconds(choices.pick(&[0, 1, 100])));
        let error = choices.pick(&[Error::InvalidSignature, Error::Revoked]);
        self.advance();
        let held = self.cache.current_keys().map(|(keys, _)| Arc::clone(keys));
        let by_held = choices.pick(&[true, true, false]);
        let keys = held.filter(|_| by_held).unwrap_or_else(|| Arc::new(JwkSet::from_keys([])));
        let expected = match error {
            Error::InvalidSignature => self.model.reconsider(by_held, kid, time(asked)),
            _ => None,
        };
        let resolution = self.cache.reconsider(&error, &keys, kid, asked, self.now());
        match (resolution, expected) {
            (Some(resolution), Some(expected)) => self.take_up(resolution, &expected, true),
            (None, None) => {}
            (resolution, expected) => panic!("{resolution:?} instead of {expected:?}"),
        }
    }

    pub(super) fn refresh_now(&mut self, choices: &mut Choices<'_>) {
        let asked = self.monotonic.saturating_sub(seconds(choices.pick(&[0, 1, 100])));
        self.advance();
        let expected = self.model.refresh_now(time(asked));
        let resolution = self.cache.refresh_now(asked, self.now());
        self.take_up(resolution, &expected, false);
    }

    pub(super) fn take_up(&mut self, resolution: Resolution, expected: &Answer, by_token: bool) {
        let (answer, ticket) = match resolution {
            Resolution::Use { keys, fetch } => {
                self.is_newest(&keys);
                (if fetch.is_some() { Answer::UseAndFetch } else { Answer::Use }, fetch)
            }
            Resolution::Fetch(ticket) => (Answer::Fetch, Some(ticket)),
            Resolution::Wait { at_most } => (Answer::Wait(time(at_most)), None),
            Resolution::UnknownKey { retry_after } => (Answer::Unknown(time(retry_after)), None),
            Resolution::Unavailable { retry_after } => {
                (Answer::Unavailable(time(retry_after)), None)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(answer, *expected, "at {}", self.model.now());
        let Some(ticket) = ticket else { return };
        let held = self.model.held.as_ref();
        assert_eq!(ticket.if_none_match(), held.and_then(|held| held.entity_tag));
        assert_eq!(ticket.if_modified_since(), held.and_then(|held| held.last_modified));
        assert_eq!(time(ticket.timeout()), self.model.numbers.timeout);
        assert!(self.tickets.iter().all(|asked| asked.ticket != ticket), "a ticket twice");
        let started = self.model.now();
        if by_token {
            self.token_starts.push(started);
        }
        self.tickets.push(Asked { ticket, started, serial: held.map(|held| held.serial) });
    }

    pub(super) fn is_newest(&self, keys: &JwkSet) {
        let held = self.model.held.as_ref().expect("used keys are cached");
        let names = keys.keys().iter().map(|key| key.id().expect("named"));
        let usable = SETS[held.set].iter().filter(|kid| !self.model.purged.contains(*kid));
        assert!(names.eq(usable.copied()), "another set than the newest");
    }

    pub(super) fn purge(&mut self, choices: &mut Choices<'_>) {
        let kid = choices.pick(&["a", "b", "odd", "nobody"]);
        if choices.either() {
            self.cache.purge(kid);
            self.model.purged.insert(kid);
        } else {
            assert_eq!(self.cache.restore(kid), self.model.purged.remove(kid));
        }
        if let Some((keys, _)) = self.cache.current_keys() {
            self.is_newest(keys);
        }
    }
}

fn pick_kid(choices: &mut Choices<'_>) -> Option<&'static str> {
    choices.pick(&[Some("a"), Some("b"), Some("c"), Some("odd"), Some("nobody"), None])
}
