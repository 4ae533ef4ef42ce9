//! Compares a cache with its model.

use super::replica::Replica;
use super::sets::BODIES;
use crate::model::cache::{SETS, time};

impl Replica {
    pub(super) fn compare(&self) {
        let health = self.cache.health(self.now());
        let model = &self.model;
        // By the current clocks, which the model has not seen.
        let (age, exported) = (health.age.map(time), self.cache.export(self.now()));
        if let (Some(held), Some(exported)) = (&model.held, exported) {
            assert_eq!(exported.jwks, BODIES[held.set]);
            assert!(time(exported.age) >= model.now() - held.as_of, "younger than it was");
            assert!(age.is_none_or(|age| age == time(exported.age)));
        }
        assert_eq!(exported.is_some(), model.held.is_some());
        if let Some(age) = age {
            let held = model.held.as_ref().expect("what has an age is held");
            let usable = SETS[held.set].iter().filter(|kid| !model.purged.contains(*kid));
            assert_eq!(health.usable_keys, usable.count());
            assert_eq!(health.is_seed, held.fetch.is_none());
            assert_eq!(health.is_fresh, age < held.lifetime);
            assert!(age < held.lifetime + held.stale);
        } else {
            assert_eq!((health.usable_keys, health.is_fresh), (0, false));
        }
        assert_eq!(health.failures, model.failures);
        assert_eq!(health.last_failure, model.last_failure);
        assert!(!health.is_fetching || model.fetch.is_some());
        assert!(health.purged.iter().map(String::as_str).eq(model.purged.iter().copied()));
        let counts = health.fetches;
        let by_token = counts.unknown_key + counts.refused_token;
        assert_eq!(usize::try_from(by_token), Ok(self.token_starts.len()));
        let all = by_token + counts.due + counts.requested;
        assert_eq!(usize::try_from(all), Ok(self.tickets.len()));
    }

    /// Tokens cause one fetch in half a window, and one fetch ends before the next starts.
    pub(super) fn bound_fetches(&self) {
        for two in self.token_starts.windows(2) {
            assert!(two[1] - two[0] >= self.model.numbers.gap, "two fetches in half a window");
        }
        let ends = self.ends + self.model.overdue;
        assert!(self.tickets.len() <= ends + 1, "two fetches at once");
    }
}
