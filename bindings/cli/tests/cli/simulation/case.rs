//! A rotation with random numbers, and what services observe during it.

use super::*;

/// When the tokens of each key were verified, and with which result.
#[derive(Default)]
pub(super) struct Seen {
    /// For tokens that an issuer would have signed and that are not expired.
    pub(super) valid: Vec<(Key, i64, bool)>,
    /// For tokens that the holder of the private key has just forged.
    pub(super) forged: Vec<(Key, i64, bool)>,
}

#[derive(Default)]
pub(super) struct Observation {
    pub(super) current: Seen,
    pub(super) caching: Seen,
    /// It reaches the issuer.
    pub(super) idle: Seen,
    /// It does not reach the issuer; only for forged tokens.
    pub(super) cut_off: Vec<(Key, i64, bool)>,
}

/// In seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) overlap: i64,
    pub(super) sign_after: i64,
    pub(super) ttl: i64,
    pub(super) revalidate: i64,
    pub(super) stale: i64,
    pub(super) token_lifetime: i64,
}

impl Numbers {
    /// A random plan, the same for each seed.
    pub(super) fn draw(seed: u64) -> Self {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
        let mut below = |limit: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            i64::try_from(state % limit).unwrap()
        };
        Self {
            overlap: if seed == 0 { 0 } else { below(900) },
            sign_after: if seed == 1 { 0 } else { below(700) },
            ttl: 200 + 5 * below(40),
            // Both limits of the window count: the time to live, and how long a set is used.
            stale: if seed == 4 { below(100) } else { 300 + below(300) },
            token_lifetime: 30 + below(300),
            revalidate: if seed == 5 { 0 } else { below(600) },
        }
    }
}

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) old: &'static [Key],
    pub(super) new: &'static [Key],
    pub(super) numbers: Numbers,
}

impl Case {
    pub(super) fn forecast(&self, more: &str) -> Value {
        let Numbers { overlap, sign_after, ttl, revalidate, stale, token_lifetime } = self.numbers;
        let folder = format!("simulation-{}", self.name);
        let old = file(&folder, "old.json", set(self.old));
        let new = file(&folder, "new.json", set(self.new));
        let line = format!(
            "rehearse --json --old {{}} --new {{}} --overlap {overlap}s --sign-after {sign_after}s \
             --ttl {ttl}s --revalidate {revalidate}s --stale {stale}s --token-lifetime {token_lifetime}s {more}"
        );
        let run = run(&line, &[&old, &new]);
        let forecast = run.json();
        let safe = forecast["findings"].as_array().unwrap().is_empty();
        assert_eq!(forecast["safe"], safe);
        run.ends_with(if safe { 0 } else { 1 });
        forecast
    }

    pub(super) fn has_new_key(&self) -> bool {
        self.new.iter().any(|key| !self.old.contains(key))
    }

    /// Every key with its role in the plan.
    pub(super) fn signers(&self) -> Vec<(Key, &'static str)> {
        let of_old = self.old.iter().map(|key| {
            let is_replaced = self.has_new_key() || !self.new.contains(key);
            (*key, if is_replaced { "replaced" } else { "kept" })
        });
        let new = self.new.iter().filter(|key| !self.old.contains(key));
        of_old.chain(new.map(|key| (*key, "new"))).collect()
    }

    pub(super) fn published(&self, now: i64) -> String {
        if now < 0 {
            return set(self.old);
        }
        let stays = |key: &&Key| {
            now < self.numbers.overlap || !self.has_new_key() || !self.old.contains(key)
        };
        set(&self.new.iter().filter(stays).copied().collect::<Vec<_>>())
    }

    /// The last token of a key that was signed by then, unless it has expired.
    pub(super) fn valid_token(&self, key: Key, role: &str, now: i64) -> Option<String> {
        let Numbers { sign_after, token_lifetime, .. } = self.numbers;
        let signed = match role {
            "replaced" => now.min(sign_after - 1),
            "new" if now < sign_after => return None,
            _ => now,
        };
        // Signed within the second that ends then.
        let expires = signed + token_lifetime + i64::from(signed == sign_after - 1 && signed < now);
        (now < expires + LEEWAY).then(|| key.token(signed, expires))
    }

    /// When nothing changes any more.
    pub(super) fn end(&self) -> i64 {
        let Numbers { overlap, sign_after, ttl, stale, token_lifetime, .. } = self.numbers;
        overlap.max(sign_after + token_lifetime + LEEWAY) + ttl + stale + 50
    }

    pub(super) fn observe(&self) -> Observation {
        let mut seen = Observation::default();
        let Numbers { overlap, ttl, .. } = self.numbers;
        for now in (0..self.end()).step_by(11) {
            let mut service = Service::new(self);
            service.fetch_first(now);
            service.look(now, &mut seen.current);
        }
        // A token a second before every fifth of the time to live, so that the set gets as old as
        // possible: four arrive before a refresh is due, the fifth shortly before the set ends.
        let rhythm = ttl / 5 - 1;
        for phase in (0..5 * rhythm).step_by(usize::try_from(STEP).unwrap()) {
            let mut service = Service::new(self);
            service.fetch_first(phase - 2 * ttl);
            let mut now = phase - 2 * ttl;
            while now < overlap + 2 * ttl + 700 {
                now += rhythm;
                service.look(now, &mut seen.caching);
            }
        }
        // The last fetch just before a change, then a long pause. A verifier that is also cut off
        // has a failed fetch with every token, or with the first one after a long pause.
        for fetched in [-1, overlap - 1] {
            let mut cut_off = Service::new(self);
            cut_off.fetch_first(fetched);
            cut_off.is_cut_off = true;
            for now in (0..self.end()).step_by(17).filter(|now| *now > fetched) {
                for (key, role) in self.signers() {
                    let accepts = |signer: Key, token: &str, is_cut_off: bool| {
                        let mut service = Service::new(self);
                        service.fetch_first(fetched);
                        service.is_cut_off = is_cut_off;
                        service.accepts_token(signer, token, now)
                    };
                    for alias in key.aliases() {
                        let forged = alias.token(now, now + 60);
                        seen.idle.forged.push((key, now, accepts(*alias, &forged, false)));
                        let busy = cut_off.accepts_token(*alias, &forged, now);
                        seen.cut_off.push((key, now, busy));
                        let idle = accepts(*alias, &forged, true);
                        // Without keys a failure is followed by a backoff, which the busy verifier
                        // is in.
                        assert!(idle == busy, "{now} {alias:?} {busy} {idle}");
                    }
                    if let Some(token) = self.valid_token(key, role, now) {
                        seen.idle.valid.push((key, now, accepts(key, &token, false)));
                    }
                }
            }
        }
        seen.idle.valid.extend(seen.caching.valid.iter().copied());
        seen.idle.forged.extend(seen.caching.forged.iter().copied());
        seen.cut_off.extend(seen.idle.forged.iter().copied());
        seen
    }
}
