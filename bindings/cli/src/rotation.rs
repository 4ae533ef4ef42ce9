//! How a key rotation affects tokens: who refuses which ones, and when.
//!
//! Times are in seconds since the issuer replaced the old set with the new one. Until `sign_after`
//! the issuer signs with the replaced keys, after that with the new ones. At `overlap` it removes
//! the replaced keys from the new set. (A key that the new set does not contain is withdrawn at 0,
//! whatever the overlap.) A token lives for `token_lifetime`, and verifiers accept it for `leeway`
//! longer.
//!
//! At any moment there are four kinds of verifiers:
//! - *current* ones have the set that the issuer publishes now;
//! - *caching* ones have a set that was published less than a `ttl` ago. Every verifier that
//!   receives a token at least once in a fifth of a `ttl`, and that reaches the issuer, is one of
//!   these two;
//! - *idle* ones reach the issuer too, but no token made them fetch. They use their set for one
//!   `window` longer, and then wait for a fetch before they answer;
//! - *cut off* ones cannot reach the issuer. They use their set for `stale` longer than its `ttl`,
//!   and refuse every key that it does not contain. No plan can change that, so no finding is about
//!   them.
//!
//! A verifier that receives an unknown `kid` fetches at once and finds a new key, unless a cache in
//! between has the old set or an unknown `kid` caused a fetch in the last 15 seconds. For a known
//! `kid` with another key, or without any `kid`, the signature is bad: then a set is fetched again
//! once it is a minute old. A plan should need neither, so they count only on request
//! (`relies_on_refetch`). Then the delay is 15 seconds for an unknown `kid`, and a minute for a bad
//! signature: any other token that used up the limit of such fetches in that minute has brought the
//! new set.
//!
//! Fetches take no time here. A slow one adds its own duration, at most five seconds.

use std::time::Duration;

use verijot::issuer::{CacheSettings, JwksCache};
use verijot::{AlgorithmSet, JwkSetParser, JwksError};

use crate::dates;
use crate::forecast::{Effect, Finding, Life, Role, Rotation, Span, Verifiers};
use crate::key_set::{KeySet, PublishedKey};
use crate::refusal::{Refetch, refusal};

/// The issuer's plan, and how long verifiers keep sets. All in seconds.
pub(crate) struct Plan {
    pub(crate) overlap: u64,
    pub(crate) sign_after: u64,
    pub(crate) ttl: u64,
    /// How long after the `ttl` a set is used while it is fetched in the background.
    pub(crate) window: u64,
    pub(crate) stale: u64,
    pub(crate) token_lifetime: u64,
    pub(crate) leeway: u64,
    pub(crate) relies_on_refetch: bool,
    /// The algorithms that the verifiers' policies allow.
    pub(crate) algorithms: AlgorithmSet,
    /// The `kid`s of the replaced keys; empty for all keys of the old set that a new key can
    /// replace.
    pub(crate) replaced: Vec<String>,
}

impl Plan {
    /// When the last token of the replaced keys expires.
    pub(crate) fn last_old_token(&self) -> u64 {
        self.sign_after.saturating_add(self.token_lifetime).saturating_add(self.leeway)
    }

    /// From when on no verifier that reaches the issuer refuses a new key because of an old set.
    pub(crate) fn earliest_signing(&self, rotation: &Rotation) -> u64 {
        let of = |role: Role| rotation.lives.iter().filter(move |life| life.role == role);
        let of_others = rotation.lives.iter().filter(|life| life.role != Role::New);
        let known = of_others.filter_map(|life| life.kid.as_ref()).collect::<Vec<_>>();
        let is_unknown = |kid: &String| !known.contains(&kid);
        let all_are_unknown = of(Role::New).all(|life| life.kid.as_ref().is_some_and(is_unknown));
        let refetch = if all_are_unknown { Refetch::UnknownKid } else { Refetch::RefusedToken };
        let idle = if self.sees_when_idle(refetch) { 0 } else { self.window };
        self.patience(refetch).saturating_add(idle)
    }

    /// How long after a change a caching verifier uses the old set, although it receives tokens
    /// that the set cannot verify.
    fn patience(&self, refetch: Refetch) -> u64 {
        let limit = match refetch {
            _ if !self.relies_on_refetch => return self.ttl,
            // Fetches for unknown kids are half a window apart.
            Refetch::UnknownKid => {
                CacheSettings::default().unknown_window.checked_div(2).unwrap_or_default()
            }
            Refetch::RefusedToken => JwksCache::RECONSIDERED_AGE,
            Refetch::Never => return self.ttl,
        };
        self.ttl.min(limit.as_secs())
    }

    /// Whether an idle verifier, whose set is older than a `ttl`, fetches before it refuses.
    fn sees_when_idle(&self, refetch: Refetch) -> bool {
        match refetch {
            Refetch::UnknownKid => true,
            Refetch::RefusedToken => self.relies_on_refetch,
            Refetch::Never => false,
        }
    }

    /// The maximum time for which a verifier that reaches the issuer uses a set.
    pub(crate) fn longest_use(&self) -> u64 {
        self.ttl.saturating_add(self.window)
    }

    /// Simulates the rotation.
    ///
    /// # Errors
    /// If the new set cannot be parsed.
    pub(crate) fn play(
        &self,
        old: &KeySet,
        new: &KeySet,
        parser: &JwkSetParser<'_>,
    ) -> Result<Rotation, JwksError> {
        let roles = self.roles(old, new);
        let gone = roles.iter().filter(|(_, role)| *role == Role::Replaced);
        let gone = gone.map(|(key, _)| *key).collect::<Vec<_>>();
        let after = new.without(&gone, parser)?;
        let phases = [
            Phase { set: old, from: 0, until: Some(0), is_old: true },
            Phase { set: new, from: 0, until: Some(self.overlap), is_old: false },
            Phase { set: &after, from: self.overlap, until: None, is_old: false },
        ];
        // Nobody has a set that was published for no time.
        let phases = phases.into_iter().filter(|phase| phase.is_old || !phase.span().is_empty());
        let stage = Stage { plan: self, phases: phases.collect() };
        let mut rotation = Rotation { lives: Vec::new(), findings: Vec::new(), notes: Vec::new() };
        let unusable = stage.phases.iter().find(|phase| phase.set.usable().next().is_none());
        if let Some(phase) = unusable {
            rotation.findings.push(self.no_keys(phase.from));
            rotation.lives = roles.iter().map(|(key, role)| stage.life(key, *role)).collect();
            rotation.notes = notes(new, &rotation);
            return Ok(rotation);
        }
        if !old.usable().any(|key| new.find(key).is_some()) {
            rotation.findings.push(self.no_overlap());
        }
        for (key, role) in &roles {
            let life = stage.life(key, *role);
            if let Some(signs) = life.signs {
                rotation.findings.extend(stage.refusals(key, *role, signs));
            }
            rotation.findings.extend(stage.afterlife(key, &life));
            rotation.lives.push(life);
        }
        rotation.findings.sort_by_key(|finding| finding.span.from);
        rotation.notes = notes(new, &rotation);
        Ok(rotation)
    }

    /// The result if verifiers cannot use the new set at all.
    pub(crate) fn unusable_set(&self, old: &KeySet, error: &JwksError) -> Rotation {
        let until = self.ttl.saturating_add(self.stale);
        let life = |key: &PublishedKey| Life {
            accepted_until: Some(until),
            accepted_until_when_idle: Some(until),
            accepted_until_when_cut_off: Some(until),
            ..Life::new(key, Role::Replaced, None, Span::new(0, 0))
        };
        let lives = old.keys().iter().map(life).collect();
        let finding = self.unusable(0, error.code(), &error.to_string());
        Rotation { lives, findings: vec![finding], notes: Vec::new() }
    }

    fn no_keys(&self, from: u64) -> Finding {
        self.unusable(from, "no_usable_keys", "no key in it is usable")
    }

    fn unusable(&self, from: u64, error: &'static str, why: &str) -> Finding {
        let last = from.saturating_add(self.ttl).saturating_add(self.stale);
        Finding {
            code: "unusable_set",
            kid: None,
            role: None,
            effect: Effect::Refused,
            verifiers: Verifiers::Current,
            error: Some(error),
            span: Span { from, until: None },
            detail: format!(
                "{why}; a verifier that starts has no keys, one that has older keys accepts only \
                 those, and from +{} on none has any",
                dates::days(Duration::from_secs(last))
            ),
        }
    }

    fn no_overlap(&self) -> Finding {
        Finding {
            code: "no_common_key",
            kid: None,
            role: None,
            effect: Effect::Nothing,
            verifiers: Verifiers::Current,
            error: None,
            span: Span::new(0, self.last_old_token()),
            detail: String::from(
                "the new set has no usable key of the old one, so nothing overlaps, whatever \
                 --overlap is; publish the old keys and the new ones",
            ),
        }
    }

    /// Every key of both sets with its role, those of the old set first.
    fn roles<'s>(&self, old: &'s KeySet, new: &'s KeySet) -> Vec<(&'s PublishedKey, Role)> {
        let is_new = |key: &&PublishedKey| key.is_for_signatures() && old.find(key).is_none();
        let has_successor = new.keys().iter().any(|key| is_new(&key));
        let is_replaced = |key: &PublishedKey| {
            if self.replaced.is_empty() {
                has_successor || new.find(key).is_none()
            } else {
                key.kid.as_ref().is_some_and(|kid| self.replaced.contains(kid))
            }
        };
        let of_old = old.usable().map(|key| {
            let role = match (is_replaced(key), new.find(key)) {
                (true, _) => Role::Replaced,
                (false, Some(_)) => Role::Kept,
                (false, None) => Role::Dropped,
            };
            (key, role)
        });
        of_old.chain(new.keys().iter().filter(is_new).map(|key| (key, Role::New))).collect()
    }
}

/// A set, and when the issuer publishes it.
struct Phase<'s> {
    set: &'s KeySet,
    from: u64,
    until: Option<u64>,
    is_old: bool,
}

impl Phase<'_> {
    fn span(&self) -> Span {
        Span { from: self.from, until: self.until }
    }
}

/// The plan with the sets that it publishes.
struct Stage<'s> {
    plan: &'s Plan,
    phases: Vec<Phase<'s>>,
}

impl Stage<'_> {
    fn life(&self, key: &PublishedKey, role: Role) -> Life {
        let plan = self.plan;
        let signs = match role {
            Role::Replaced => Some(Span::new(0, plan.sign_after)),
            Role::New => Some(Span { from: plan.sign_after, until: None }),
            Role::Kept => Some(Span::ALWAYS),
            Role::Dropped => None,
        };
        let until = self.last_phase(|set| set.find(key).is_some());
        let held_until = self.last_phase(|set| set.usable().any(|own| own.has_material_of(key)));
        // Verifiers keep their set if the following one has no usable key.
        let after =
            self.phases.iter().find(|phase| !phase.is_old && Some(phase.from) == held_until);
        let stays = after.is_some_and(|phase| phase.set.usable().next().is_none());
        if self.possible_algorithms(key).is_empty() {
            let never = Some(0);
            return Life {
                accepted_until: never,
                accepted_until_when_idle: never,
                accepted_until_when_cut_off: never,
                ..Life::new(key, role, signs, Span { from: 0, until })
            };
        }
        let later = |beyond: u64| {
            let beyond = if stays { plan.stale } else { beyond };
            held_until.map(|end| end.saturating_add(plan.ttl).saturating_add(beyond))
        };
        Life {
            accepted_until: later(0),
            accepted_until_when_idle: later(plan.window),
            accepted_until_when_cut_off: later(plan.stale),
            ..Life::new(key, role, signs, Span { from: 0, until })
        }
    }

    /// When the last phase ends whose set meets the condition; at least 0.
    fn last_phase(&self, is_true: impl Fn(&KeySet) -> bool) -> Option<u64> {
        let phase = self.phases.iter().rev().find(|phase| is_true(phase.set));
        phase.map_or(Some(0), |phase| phase.until)
    }

    /// Where and when valid tokens of this key are refused.
    fn refusals(&self, key: &PublishedKey, role: Role, signs: Span) -> Vec<Finding> {
        let plan = self.plan;
        let algorithms = self.algorithms(key, role);
        if algorithms.is_empty() && role != Role::New {
            // Such tokens are already refused, and that does not change.
            return Vec::new();
        }
        let expires =
            |end: u64| end.saturating_add(plan.token_lifetime).saturating_add(plan.leeway);
        let valid = Span { from: signs.from, until: signs.until.map(expires) };
        let mut findings = Vec::<Finding>::new();
        for phase in &self.phases {
            let Some(refusal) = refusal(phase.set, key, role, algorithms, plan.algorithms) else {
                continue;
            };
            for (verifiers, held) in self.holders(phase, refusal.refetch) {
                let Some(span) = held.intersection(valid) else { continue };
                let mut finding = refusal.finding(key, role, verifiers, span);
                if verifiers == Verifiers::Caching && plan.relies_on_refetch {
                    finding.error = Some(refusal.error_before_refetch());
                }
                if phase.is_old && key.kid.is_none() && verifiers == Verifiers::Idle {
                    finding.code = "missing_kid";
                    finding.detail = String::from(NO_KID);
                }
                let like = findings.iter_mut().find_map(|other| {
                    let joined = other.span.joined(span).filter(|_| other.is_like(&finding))?;
                    Some((other, joined))
                });
                if let Some((other, joined)) = like {
                    other.span = joined;
                    continue;
                }
                findings.push(finding);
            }
        }
        let current = findings.iter().filter(|finding| finding.verifiers == Verifiers::Current);
        let current = current.map(|finding| finding.span).collect::<Vec<_>>();
        findings.retain(|finding| {
            finding.verifiers == Verifiers::Current
                || !current.iter().any(|span| span.contains(finding.span))
        });
        findings
    }

    /// The key's algorithms in any of the sets.
    fn possible_algorithms(&self, key: &PublishedKey) -> AlgorithmSet {
        let found = self.phases.iter().filter_map(|phase| phase.set.find(key));
        found.fold(AlgorithmSet::EMPTY, |all, found| all.union(found.algorithms()))
    }

    /// The algorithms of its tokens: allowed ones and, unless the key is new, accepted today.
    fn algorithms(&self, key: &PublishedKey, role: Role) -> AlgorithmSet {
        let allowed = self.plan.algorithms;
        let today = self.phases.first().filter(|_| role != Role::New).map(|phase| phase.set);
        let accepted = |algorithm: &verijot::Algorithm| {
            today.is_none_or(|set| set.refusal(key, *algorithm, allowed).is_none())
        };
        self.possible_algorithms(key).intersection(allowed).iter().filter(accepted).collect()
    }

    /// Which verifiers use the phase's set, and when.
    fn holders(&self, phase: &Phase<'_>, refetch: Refetch) -> Vec<(Verifiers, Span)> {
        let plan = self.plan;
        let mut holders = vec![(Verifiers::Current, phase.span())];
        let Some(end) = phase.until else { return holders };
        let patience = plan.patience(refetch);
        holders.push((Verifiers::Caching, Span::new(end, end.saturating_add(patience))));
        if !plan.sees_when_idle(refetch) {
            let stale_from = end.saturating_add(plan.ttl);
            let idle = Span::new(stale_from, stale_from.saturating_add(plan.window));
            holders.push((Verifiers::Idle, idle));
        }
        holders
    }

    /// Whether a withdrawn key can still be used under another `kid`.
    fn afterlife(&self, key: &PublishedKey, life: &Life) -> Option<Finding> {
        let withdrawn = life.published.until?;
        let unavoidable = withdrawn.saturating_add(self.plan.longest_use());
        if life.accepted_until_when_idle.is_some_and(|until| until <= unavoidable) {
            return None;
        }
        Some(Finding {
            code: "same_key_other_kid",
            kid: key.kid.clone(),
            role: Some(life.role),
            effect: Effect::Accepted,
            verifiers: Verifiers::Current,
            error: None,
            span: Span { from: unavoidable, until: life.accepted_until_when_idle },
            detail: String::from(
                "the same key is published under another kid: the holder of its private half can \
                 still sign with that one",
            ),
        })
    }
}

/// Harmless facts that may not be intended.
fn notes(new: &KeySet, rotation: &Rotation) -> Vec<Finding> {
    let note = |code, key: &PublishedKey, error, detail| Finding {
        code,
        kid: key.kid.clone(),
        role: None,
        effect: Effect::Nothing,
        verifiers: Verifiers::Current,
        error,
        span: Span::ALWAYS,
        detail,
    };
    let is_told = |key: &PublishedKey| {
        let mut codes = rotation.findings.iter().filter(|finding| finding.kid == key.kid);
        codes.any(|finding| matches!(finding.code, "skipped_key" | "ambiguous_key"))
    };
    let of = |key: &PublishedKey| match key.state {
        Err(reason) if !is_told(key) => {
            let detail = format!("this key of the new set is not used: {}", reason.detail());
            Some(note("skipped_key", key, Some(reason.problem().code()), detail))
        }
        Ok(_) if key.kid.is_none() => Some(note("missing_kid", key, None, String::from(NO_KID))),
        _ => None,
    };
    new.keys().iter().filter_map(of).collect()
}

const NO_KID: &str = "without a kid a token shows a verifier that its set is old only by a bad \
                      signature";
