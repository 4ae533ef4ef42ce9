//! Inputs of a cache: answers, failures, cancelled fetches and seeds.

use verijot::JwkSetParser;
use verijot::crypto::ring;
use verijot::issuer::{FetchFailure, FetchOutcome, FetchResponse};

use super::replica::{Asked, Replica};
use super::seconds;
use super::sets::{BODIES, FRESHNESS};
use crate::choices::Choices;
use crate::model::cache::{Held, SETS, Said, Time, time};

impl Replica {
    pub(super) fn latest_ticket(&self, choices: &mut Choices<'_>) -> Option<(usize, Asked)> {
        let back = choices.pick(&[0, 0, 0, 1, 2]);
        let number = self.tickets.len().checked_sub(back + 1)?;
        Some((number, self.tickets[number].clone()))
    }

    pub(super) fn cancel(&mut self, choices: &mut Choices<'_>) {
        let Some((number, asked)) = self.latest_ticket(choices) else { return };
        self.advance();
        let outcome = self.cache.on_cancelled(&asked.ticket, self.now());
        if !self.end(number) {
            assert_eq!(outcome, FetchOutcome::Ignored);
        } else if self.model.abandoned {
            let failure = FetchFailure::NoAnswer;
            assert_eq!(outcome, FetchOutcome::Failed { failure: failure.clone() });
            self.model.fail(self.model.now(), failure);
        } else {
            assert_eq!(outcome, FetchOutcome::Abandoned);
            self.model.abandoned = true;
        }
    }

    /// Ends a fetch, and returns whether it was running.
    pub(super) fn end(&mut self, number: usize) -> bool {
        let was_under_way = self.model.fetch.take_if(|fetch| fetch.number == number).is_some();
        self.ends += usize::from(was_under_way);
        was_under_way
    }

    pub(super) fn answer(&mut self, choices: &mut Choices<'_>) {
        let Some((number, asked)) = self.latest_ticket(choices) else { return };
        self.advance();
        if choices.below(4) == 3 {
            let outcome = self.cache.on_error(&asked.ticket, self.now());
            let was_under_way = self.end(number);
            self.expect_failure(&outcome, was_under_way, FetchFailure::NoAnswer);
            return;
        }
        let status = choices.pick(&[200, 200, 200, 304, 302, 404, 500, 0, 201]);
        let set = choices.below(SETS.len() + 3);
        let garbage = ["<html>", "", "{\"keys\":[],\"keys\":[]}"];
        let body = BODIES.get(set).map_or_else(|| garbage[set - SETS.len()], String::as_str);
        let (cache_control, age, said) = choices.pick(&FRESHNESS);
        let mut response = FetchResponse::new(status, body.as_bytes());
        response.is_conditional = choices.below(4) > 0;
        response.cache_control = cache_control;
        response.age = age;
        let entity_tag = choices.pick(&[None, Some("\"1\""), Some("W/\"2\"")]);
        let last_modified = choices.pick(&[None, Some("yesterday")]);
        (response.entity_tag, response.last_modified) = (entity_tag, last_modified);
        let outcome = self.cache.on_response(&asked.ticket, &response, self.now());
        let was_under_way = self.end(number);

        let ticket = &asked.ticket;
        let has_validators =
            ticket.if_none_match().is_some() || ticket.if_modified_since().is_some();
        let held = self.model.held.clone();
        let is_newer = held.as_ref().is_none_or(|held| {
            held.fetch.is_none_or(|fetch| number > fetch) && asked.started >= held.as_of
        });
        let confirms = status == 304 && response.is_conditional && has_validators;
        let is_held = held.as_ref().map(|held| held.serial) == asked.serial;
        let is_usable = SETS.get(set).is_some_and(|kids| !kids.is_empty());
        let renewed = match held {
            _ if !is_newer => None,
            Some(held) if confirms && is_held => Some((FetchOutcome::Unchanged, held)),
            _ if status == 200 && is_usable => Some((FetchOutcome::Replaced, self.set(set))),
            _ => None,
        };
        if let Some((expected, mut held)) = renewed {
            assert_eq!(outcome, expected);
            held.as_of = asked.started;
            held.fetch = Some(number);
            held.refresh_at = None;
            held.live(said, &self.model.numbers);
            held.entity_tag = entity_tag.or(held.entity_tag);
            held.last_modified = last_modified.or(held.last_modified);
            self.model.held = Some(held);
            self.model.succeed();
            return;
        }
        if !is_newer || confirms {
            assert_eq!(outcome, FetchOutcome::Ignored);
            return;
        }
        let failure = match (status, JwkSetParser::new(ring::PROVIDER).parse(body)) {
            (200, Err(error)) => FetchFailure::UnusableSet { error },
            (200, Ok(_)) => FetchFailure::NoUsableKeys,
            (status, _) => FetchFailure::UnexpectedStatus { status },
        };
        self.expect_failure(&outcome, was_under_way, failure);
    }

    pub(super) fn expect_failure(
        &mut self,
        outcome: &FetchOutcome,
        was_under_way: bool,
        failure: FetchFailure,
    ) {
        if was_under_way {
            assert_eq!(*outcome, FetchOutcome::Failed { failure: failure.clone() });
            self.model.fail(self.model.now(), failure);
        } else {
            assert_eq!(*outcome, FetchOutcome::Ignored);
        }
    }

    pub(super) fn set(&mut self, set: usize) -> Held {
        self.serials += 1;
        Held {
            set,
            serial: self.serials,
            as_of: 0,
            fetch: None,
            refresh_at: None,
            lifetime: 0,
            window: 0,
            stale: 0,
            entity_tag: None,
            last_modified: None,
        }
    }

    pub(super) fn seed(&mut self, choices: &mut Choices<'_>) {
        let set = choices.below(SETS.len());
        let age = seconds(choices.pick(&[0, 60, 3600, 90_000, 1 << 40]));
        let body = &BODIES[set];
        let now = self.now();
        let outcome = match choices.below(3) {
            0 => self.cache.seed(body, age, now),
            1 => {
                assert!(self.cache.seed_intact(body, "00", age, now).is_err());
                return;
            }
            _ => {
                use sha2::Digest;
                let hash = sha2::Sha256::digest(body.as_bytes());
                let hash = hash.iter().map(|octet| format!("{octet:02X}")).collect::<String>();
                self.cache.seed_intact(body, &hash, age, now)
            }
        };
        self.advance();
        assert_eq!(outcome.is_ok(), !SETS[set].is_empty());
        if outcome.is_ok() {
            self.take_over(set, time(age));
        }
    }

    /// Imports another replica's export.
    pub(super) fn seed_from(&mut self, other: &Self) {
        let Some(exported) = other.cache.export(other.now()) else { return };
        let held = other.model.held.as_ref().expect("what is exported is held");
        let outcome =
            self.cache.seed_intact(exported.jwks, exported.sha256, exported.age, self.now());
        assert!(outcome.is_ok());
        self.advance();
        self.take_over(held.set, time(exported.age));
    }

    pub(super) fn take_over(&mut self, set: usize, age: Time) {
        let now = self.model.now();
        let as_of = now - age;
        if self.model.held.as_ref().is_none_or(|held| as_of > held.as_of) {
            let mut held = self.set(set);
            held.as_of = as_of;
            held.refresh_at = Some(now);
            held.live(Said::default(), &self.model.numbers);
            self.model.held = Some(held);
            self.model.drop_old();
        }
    }
}
