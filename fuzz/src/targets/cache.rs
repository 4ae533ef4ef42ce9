//! Two replicas of a key cache with any sequence of questions, answers, seeds, withdrawals and clocks,
//! each compared with a naive state machine; the limits of fetches are counted separately.

mod answers;
mod comparison;
mod questions;
mod replica;
mod sets;

use std::time::Duration;

use verijot::issuer::CacheSettings;

use self::replica::Replica;
use crate::choices::Choices;
use crate::model::cache::time;

/// Runs an input: a settings octet, then events.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let mut world = World::new(&settings(&mut choices), choices.either());
    for _ in 0..500 {
        if choices.is_empty() {
            break;
        }
        world.step(&mut choices);
        world.replicas.iter().for_each(Replica::compare);
    }
    world.replicas.iter().for_each(Replica::bound_fetches);
}

fn settings(choices: &mut Choices<'_>) -> CacheSettings {
    let mut settings = CacheSettings::default();
    if choices.either() {
        settings.fresh_for = seconds(choices.pick(&[0, 1, 600]));
        settings.shortest_fresh = seconds(choices.pick(&[0, 60, 700]));
        settings.longest_fresh = seconds(choices.pick(&[0, 60, 86_400]));
        settings.revalidate_for = seconds(choices.pick(&[0, 60, u64::MAX]));
        settings.stale_for = seconds(choices.pick(&[0, 10, 86_400, u64::MAX]));
        settings.stale_despite_headers = choices.either();
        settings.unknown_window = seconds(choices.pick(&[0, 30, 1 << 50]));
        settings.shortest_rest = seconds(choices.pick(&[0, 1, 90]));
        settings.longest_rest = seconds(choices.pick(&[0, 60, u64::MAX]));
        settings.fetch_timeout = seconds(choices.pick(&[0, 1, 5, 100_000]));
    }
    settings
}

struct World {
    replicas: [Replica; 2],
}

impl World {
    fn new(settings: &CacheSettings, has_wall: bool) -> Self {
        Self { replicas: [0, 1].map(|_| Replica::new(settings, has_wall)) }
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        let [one, other] = &mut self.replicas;
        let (one, other) = if choices.either() { (other, one) } else { (one, other) };
        match choices.below(16) {
            0..=2 => one.ask(choices),
            3 => one.reconsider(choices),
            4 => one.refresh_now(choices),
            5 => one.purge(choices),
            6 | 7 => {
                let unit = choices.pick(&[1, 100, 1000, 60_000, 3_600_000]);
                let wait = Duration::from_millis(unit * u64::from(choices.octet()));
                for replica in [one, other] {
                    replica.monotonic = replica.monotonic.saturating_add(wait);
                    replica.wall += time(wait);
                }
            }
            8 => one.wait_for_an_edge(choices),
            9..=11 => one.answer(choices),
            12 => one.seed(choices),
            13 => one.seed_from(other),
            14 => one.cancel(choices),
            _ => one.disturb_clock(choices),
        }
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
