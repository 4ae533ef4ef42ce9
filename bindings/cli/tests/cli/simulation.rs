//! What `verijot rehearse` predicts, against what the core's cache and verifier do: services with
//! real keys and tokens live through the same change of keys, second by second.

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use verijot::issuer::{CacheSettings, FetchResponse, JwksCache, Resolution, Ticket};
use verijot::{
    Algorithm, Audiences, Error, Issuers, JwkSet, JwkSetParser, Policy, UnixTime, Verifier, crypto,
};

use crate::program::{file, run};

#[test]
fn a_key_beside_the_old_one() {
    agrees("beside", &[Key::A], &[Key::A, Key::B]);
}

#[test]
fn no_overlap() {
    agrees("instead", &[Key::A], &[Key::B]);
}

#[test]
fn one_of_two_keys_is_already_gone() {
    agrees("chain", &[Key::A, Key::B], &[Key::B, Key::C]);
}

#[test]
fn only_a_withdrawal() {
    agrees("withdrawal", &[Key::A, Key::B], &[Key::B]);
}

#[test]
fn a_kid_for_another_key() {
    agrees("reused", &[Key::A], &[Key::OtherA]);
}

#[test]
fn two_keys_with_one_kid() {
    agrees("ambiguous", &[Key::A, Key::B], &[Key::A, Key::OtherA, Key::B]);
}

#[test]
fn keys_without_kid() {
    agrees("nameless", &[Key::Nameless], &[Key::Nameless, Key::OtherNameless]);
}

#[test]
fn a_first_kid() {
    agrees("first-kid", &[Key::Nameless], &[Key::Nameless, Key::B]);
}

#[test]
fn a_last_kid() {
    agrees("last-kid", &[Key::A], &[Key::A, Key::Nameless]);
}

#[test]
fn a_key_under_another_kid() {
    agrees("renamed", &[Key::A], &[Key::RenamedA]);
}

#[test]
fn a_key_under_another_kid_beside_the_old_one() {
    agrees("renamed-beside", &[Key::A], &[Key::A, Key::RenamedA, Key::B]);
}

#[test]
fn what_fetching_at_an_unknown_kid_is_good_for() {
    for sign_after in [0, 10, 14, 15, 100] {
        let case = Case {
            name: "refetch",
            old: &[Key::A],
            new: &[Key::A, Key::B],
            numbers: Numbers { ttl: 300, sign_after, ..Numbers::draw(1) },
        };
        let forecast = case.forecast("--rely-on-refetch");
        let predicted = spans(&forecast, Key::B, "new", &["current", "caching", "idle"]);
        for attacked in [false, true] {
            let refused = (sign_after..400).filter(|now| {
                let mut service = Service::new(&case);
                service.fetch_first(-20);
                if attacked {
                    service.meets("random", -1);
                    service.meets("untrusted", -1);
                }
                match service.verdict(Key::B, *now) {
                    Verdict::Accepted => false,
                    Verdict::Refused => panic!("refused for good at {now}"),
                    Verdict::Unavailable { retry_after } => {
                        let retry_at = *now + i64::try_from(retry_after.as_secs()).unwrap();
                        assert!(retry_after <= Duration::from_secs(15), "{now}");
                        assert_eq!(service.verdict(Key::B, retry_at), Verdict::Accepted, "{now}");
                        true
                    }
                }
            });
            let refused = refused.collect::<Vec<_>>();
            // Exactly as predicted, but for the second between the attack and the publishing.
            let until = if attacked { 14 } else { 0 };
            assert_eq!(refused, (sign_after..until).collect::<Vec<_>>());
            assert!(refused.iter().all(|now| within(&predicted, *now)), "{refused:?}");
        }
        let expected = if sign_after < 15 { vec![(sign_after, 15)] } else { Vec::new() };
        assert_eq!(predicted, expected);
        assert_eq!(forecast["earliest"]["sign_after"], 15);
        if let Some(finding) = forecast["findings"].as_array().unwrap().first() {
            assert_eq!(finding["error"], "keys_unavailable");
        }
    }
}

#[test]
fn what_fetching_at_a_bad_signature_is_good_for() {
    for sign_after in [0, 59, 60] {
        let case = Case {
            name: "reconsidered",
            old: &[Key::Nameless],
            new: &[Key::Nameless, Key::OtherNameless],
            numbers: Numbers { ttl: 300, sign_after, overlap: 800, ..Numbers::draw(1) },
        };
        let forecast = case.forecast("--rely-on-refetch");
        let all = ["current", "caching", "idle"];
        let predicted = spans(&forecast, Key::OtherNameless, "new", &all);
        let mut latest = None;
        // Sets of every age, and other tokens that spend the bound at every moment.
        for (fetched, attacked) in [(-1, None), (-20, None), (-20, Some(-1)), (-290, None)]
            .into_iter()
            .chain((-80..60).step_by(14).map(|attacked| (-90, Some(attacked))))
        {
            let refused = (sign_after..100).filter(|now| {
                let mut service = Service::new(&case);
                service.reconsiders = true;
                service.fetch_first(fetched);
                if let Some(attacked) = attacked.filter(|attacked| attacked < now) {
                    service.meets("random", attacked);
                    service.accepts_with_refetch(Key::OtherA, attacked);
                }
                !service.accepts_with_refetch(Key::OtherNameless, *now)
            });
            let refused = refused.inspect(|now| assert!(within(&predicted, *now), "{now}"));
            let last = refused.max();
            latest = latest.max(last);
        }
        let expected = if sign_after < 60 { vec![(sign_after, 60)] } else { Vec::new() };
        assert_eq!(predicted, expected);
        // The youngest set was fetched a second before the publishing.
        assert_eq!(latest, (sign_after < 59).then_some(58));
        assert_eq!(forecast["earliest"]["sign_after"], 60);
    }
}

#[test]
fn a_key_without_kid_signs_when_idle_verifiers_have_it_too() {
    for seed in 0..SEEDS {
        let draw = |sign_after| Case {
            name: "patient",
            old: &[Key::Nameless],
            new: &[Key::Nameless, Key::OtherNameless],
            numbers: Numbers { sign_after, overlap: 5000, ..Numbers::draw(seed) },
        };
        let earliest = draw(0).forecast("")["earliest"]["sign_after"].as_i64().unwrap();
        let Numbers { ttl, revalidate, stale, .. } = Numbers::draw(seed);
        assert_eq!(earliest, ttl + revalidate.min(ttl).min(stale));
        for (sign_after, is_safe) in [(earliest, true), (earliest - 1, false)] {
            assert_eq!(draw(sign_after).forecast("")["safe"], is_safe, "{seed}");
        }
    }
}

#[test]
fn a_set_without_usable_keys_leaves_verifiers_with_what_they_have() {
    let case = Case {
        name: "unusable",
        old: &[Key::A],
        new: &[Key::A, Key::OtherA],
        numbers: Numbers { overlap: 5000, ..Numbers::draw(1) },
    };
    let forecast = case.forecast("");
    assert_eq!(forecast["findings"][0]["code"], "unusable_set");
    assert_eq!(forecast["findings"][0]["error"], "no_usable_keys");
    let life = life(&forecast, Key::A, "replaced");
    let until = life["accepted_until_when_cut_off"].as_i64().unwrap();
    assert_eq!(life["accepted_until"], until);
    assert_eq!(life["accepted_until_when_idle"], until);
    let mut service = Service::new(&case);
    service.fetch_first(-1);
    for now in (0..until + 100).step_by(10) {
        assert_eq!(service.accepts_with_refetch(Key::A, now), now < until - 1, "{now} {forecast}");
    }
}

/// Several plans for the same two sets.
#[track_caller]
fn agrees(name: &'static str, old: &'static [Key], new: &'static [Key]) {
    for seed in 0..SEEDS {
        let case = Case { name, old, new, numbers: Numbers::draw(seed) };
        let forecast = case.forecast("");
        let seen = case.observe();
        for (key, role) in case.signers() {
            let place = format!("{name} {:?} {role} {key:?} {forecast}", case.numbers);
            let told = |verifiers: &[&str]| spans(&forecast, key, role, verifiers);
            // A verifier that starts has the newest set: what is told of such is exact.
            for (now, accepted) in of(&seen.current.valid, key) {
                assert_eq!(accepted, !within(&told(&["current"]), now), "{now} {place}");
            }
            let caching = told(&["current", "caching"]);
            refuses(&of(&seen.caching.valid, key), &caching, &told(&["caching"]), &place);
            let idle = told(&["current", "caching", "idle"]);
            refuses(&of(&seen.idle.valid, key), &idle, &told(&["idle"]), &place);
            let life = life(&forecast, key, role);
            if let Some(withdrawn) = life["published_until"].as_i64() {
                let until = |field: &str| life[field].as_i64().unwrap_or(i64::MAX);
                let end = until("accepted_until");
                let idle_end = until("accepted_until_when_idle");
                let last_end = until("accepted_until_when_cut_off");
                accepts(&of(&seen.caching.forged, key), withdrawn, end, &place);
                accepts(&of(&seen.idle.forged, key), withdrawn, idle_end, &place);
                accepts(&of(&seen.cut_off, key), withdrawn, last_end, &place);
                let findings = forecast["findings"].as_array().unwrap().iter();
                let outlives = findings
                    .filter(|told| told["effect"] == "accepted")
                    .any(|told| told["role"] == role && told["kid"] == json!(key.kid()));
                let Numbers { ttl, revalidate, stale, .. } = case.numbers;
                let unavoidable = withdrawn + ttl + revalidate.min(ttl).min(stale);
                assert_eq!(outlives, idle_end > unavoidable, "{place}");
            }
        }
    }
}

/// Nothing is refused but within `most`, and something all through `least`.
#[track_caller]
fn refuses(seen: &[(i64, bool)], most: &[(i64, i64)], least: &[(i64, i64)], place: &str) {
    let refused = seen.iter().filter(|(_, accepted)| !accepted).map(|(now, _)| *now);
    let refused = refused.collect::<Vec<_>>();
    let stray = refused.iter().find(|now| !within(most, **now));
    assert_eq!(stray, None, "refused outside of {most:?}: {place}");
    for (from, until) in least {
        for now in (*from..*until).step_by(5) {
            let near = refused.iter().any(|refused| (refused - now).abs() <= TOLERANCE);
            assert!(near, "accepted around {now}, within {least:?}: {place}");
        }
    }
}

/// Something is accepted until just before `until`, and nothing from then on.
#[track_caller]
fn accepts(seen: &[(i64, bool)], withdrawn: i64, until: i64, place: &str) {
    let accepted = seen.iter().filter(|(_, accepted)| *accepted).map(|(now, _)| *now);
    let last = accepted.max().unwrap_or(withdrawn);
    let looked = seen.iter().map(|(now, _)| *now).max().unwrap_or_default();
    let until = until.min(looked + 1);
    assert!(last < until, "accepted at {last}, not only until {until}: {place}");
    assert!(last >= until - TOLERANCE, "accepted until {last}, not until {until}: {place}");
}

fn of(seen: &[(Key, i64, bool)], key: Key) -> Vec<(i64, bool)> {
    let own = seen.iter().filter(|(signer, ..)| *signer == key);
    own.map(|(_, now, accepted)| (*now, *accepted)).collect()
}

/// The moments at which each key's tokens were judged, and how.
#[derive(Default)]
struct Seen {
    /// Of tokens that an issuer would have signed and that are within their time.
    valid: Vec<(Key, i64, bool)>,
    /// Of tokens that the holder of the private key made up just then.
    forged: Vec<(Key, i64, bool)>,
}

#[derive(Default)]
struct Observation {
    current: Seen,
    caching: Seen,
    /// It reaches the issuer.
    idle: Seen,
    /// It does not; only of tokens that are made up.
    cut_off: Vec<(Key, i64, bool)>,
}

/// In seconds.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    overlap: i64,
    sign_after: i64,
    ttl: i64,
    revalidate: i64,
    stale: i64,
    token_lifetime: i64,
}

impl Numbers {
    /// Some plan, always the same one for a seed.
    fn draw(seed: u64) -> Self {
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

struct Case {
    name: &'static str,
    old: &'static [Key],
    new: &'static [Key],
    numbers: Numbers,
}

impl Case {
    fn forecast(&self, more: &str) -> Value {
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

    fn has_new_key(&self) -> bool {
        self.new.iter().any(|key| !self.old.contains(key))
    }

    /// Every key with what it is in the plan.
    fn signers(&self) -> Vec<(Key, &'static str)> {
        let of_old = self.old.iter().map(|key| {
            let is_replaced = self.has_new_key() || !self.new.contains(key);
            (*key, if is_replaced { "replaced" } else { "kept" })
        });
        let new = self.new.iter().filter(|key| !self.old.contains(key));
        of_old.chain(new.map(|key| (*key, "new"))).collect()
    }

    fn published(&self, now: i64) -> String {
        if now < 0 {
            return set(self.old);
        }
        let stays = |key: &&Key| {
            now < self.numbers.overlap || !self.has_new_key() || !self.old.contains(key)
        };
        set(&self.new.iter().filter(stays).copied().collect::<Vec<_>>())
    }

    /// The last token of a key that was signed by then, if its time is not over.
    fn valid_token(&self, key: Key, role: &str, now: i64) -> Option<String> {
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
    fn end(&self) -> i64 {
        let Numbers { overlap, sign_after, ttl, stale, token_lifetime, .. } = self.numbers;
        overlap.max(sign_after + token_lifetime + LEEWAY) + ttl + stale + 50
    }

    fn observe(&self) -> Observation {
        let mut seen = Observation::default();
        let Numbers { overlap, ttl, .. } = self.numbers;
        for now in (0..self.end()).step_by(11) {
            let mut service = Service::new(self);
            service.fetch_first(now);
            service.look(now, &mut seen.current);
        }
        // A token a second before every fifth of the time to live, so that the set is as old as
        // it gets: four come before it is due, the fifth finds it nearly ended.
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
        // The last fetch just before a change, then nothing for long. One that is cut off as well
        // meets a failure with every token, or with the first after long.
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
                        // Without keys a failure is followed by a rest, which the busy one is in.
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

/// A verifier with a cache, and the issuer that it asks.
struct Service<'c> {
    case: &'c Case,
    cache: JwksCache,
    verifier: Verifier,
    is_cut_off: bool,
    /// Whether a token that is refused is verified again with newer keys.
    reconsiders: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused,
    Unavailable { retry_after: Duration },
}

impl<'c> Service<'c> {
    fn new(case: &'c Case) -> Self {
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

    fn fetch_first(&mut self, now: i64) {
        let Resolution::Fetch(ticket) = self.cache.resolve(None, clock(now), clock(now)) else {
            panic!("an empty cache fetches")
        };
        self.fetch(&ticket, now);
    }

    fn fetch(&mut self, ticket: &Ticket, now: i64) {
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

    /// Judges every key's tokens by the set that is held, as a verifier does that fetches only
    /// when it is time to.
    fn look(&mut self, now: i64, seen: &mut Seen) {
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

    /// The whole way of a token, with the fetches that it causes.
    fn judge(&mut self, key: Key, token: &str, now: i64) -> Verdict {
        let kid = key.kid();
        loop {
            match self.cache.resolve(kid, clock(now), clock(now)) {
                Resolution::Use { keys, fetch } => {
                    let verdict = self.verdict_with(token, &keys, now);
                    let again = verdict.as_ref().err().filter(|_| self.reconsiders);
                    let again = again.and_then(|error| {
                        self.cache.reconsider(error, &keys, kid, clock(now), clock(now))
                    });
                    // The fetch in the background ends later than the verification.
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

    fn accepts_token(&mut self, key: Key, token: &str, now: i64) -> bool {
        self.judge(key, token, now) == Verdict::Accepted
    }

    fn verdict(&mut self, key: Key, now: i64) -> Verdict {
        self.judge(key, &key.token(now, now + 60), now)
    }

    fn accepts_with_refetch(&mut self, key: Key, now: i64) -> bool {
        self.verdict(key, now) == Verdict::Accepted
    }

    /// A token with a kid that no issuer gave.
    fn meets(&mut self, kid: &str, now: i64) {
        if let Resolution::Fetch(ticket) = self.cache.resolve(Some(kid), clock(now), clock(now)) {
            self.fetch(&ticket, now);
        }
    }

    fn verify(&self, token: &str, keys: &JwkSet, now: i64) -> bool {
        self.verdict_with(token, keys, now).is_ok()
    }

    fn verdict_with(&self, token: &str, keys: &JwkSet, now: i64) -> Result<(), Error> {
        let now = UnixTime::from_seconds(EPOCH + now);
        self.verifier.verify(token, keys, now).map(|_| ())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    A,
    B,
    C,
    /// Another key with the `kid` of A.
    OtherA,
    /// The key A with another `kid`.
    RenamedA,
    Nameless,
    OtherNameless,
}

impl Key {
    fn kid(self) -> Option<&'static str> {
        match self {
            Self::A | Self::OtherA => Some("a"),
            Self::B => Some("b"),
            Self::C => Some("c"),
            Self::RenamedA => Some("renamed"),
            Self::Nameless | Self::OtherNameless => None,
        }
    }

    /// What the holder of its private half can sign as.
    fn aliases(self) -> &'static [Self] {
        match self {
            Self::A | Self::RenamedA => &[Self::A, Self::RenamedA],
            Self::B => &[Self::B],
            Self::C => &[Self::C],
            Self::OtherA => &[Self::OtherA],
            Self::Nameless => &[Self::Nameless],
            Self::OtherNameless => &[Self::OtherNameless],
        }
    }

    fn pair(self) -> &'static EcdsaKeyPair {
        static PAIRS: LazyLock<[EcdsaKeyPair; 6]> = LazyLock::new(|| [(); 6].map(|()| new_pair()));
        let place = match self {
            Self::A | Self::RenamedA => 0,
            Self::B => 1,
            Self::C => 2,
            Self::OtherA => 3,
            Self::Nameless => 4,
            Self::OtherNameless => 5,
        };
        &PAIRS[place]
    }

    fn jwk(self) -> Value {
        // An octet that says that the point is not compressed comes first.
        let (x, y) = self.pair().public_key().as_ref()[1..].split_at(32);
        let (x, y) = (BASE64URL.encode(x), BASE64URL.encode(y));
        let mut jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        if let Some(kid) = self.kid() {
            jwk["kid"] = kid.into();
        }
        jwk
    }

    fn token(self, issued: i64, expires: i64) -> String {
        let mut header = json!({"alg": "ES256"});
        if let Some(kid) = self.kid() {
            header["kid"] = kid.into();
        }
        let payload = json!({"iat": EPOCH + issued, "exp": EPOCH + expires});
        let encode = |value: Value| BASE64URL.encode(value.to_string());
        let input = format!("{}.{}", encode(header), encode(payload));
        let signature = self.pair().sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", BASE64URL.encode(signature))
    }
}

fn new_pair() -> EcdsaKeyPair {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap()
}

fn set(keys: &[Key]) -> String {
    json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()}).to_string()
}

/// When tokens of the key are refused, by the forecast; the end is excluded.
fn spans(forecast: &Value, key: Key, role: &str, verifiers: &[&str]) -> Vec<(i64, i64)> {
    let findings = forecast["findings"].as_array().unwrap().iter();
    let own = findings.filter(|finding| {
        finding["effect"] == "refused"
            && finding["kid"] == json!(key.kid())
            && finding["role"] == role
            && verifiers.iter().any(|name| finding["verifiers"] == *name)
    });
    let span = |finding: &Value| {
        (finding["from"].as_i64().unwrap(), finding["until"].as_i64().unwrap_or(i64::MAX))
    };
    own.map(span).collect()
}

fn life(forecast: &Value, key: Key, role: &str) -> Value {
    let keys = forecast["keys"].as_array().unwrap().iter();
    let mut own = keys.filter(|row| row["kid"] == json!(key.kid()) && row["role"] == role);
    own.next().cloned().unwrap()
}

fn within(spans: &[(i64, i64)], now: i64) -> bool {
    spans.iter().any(|(from, until)| (*from..*until).contains(&now))
}

/// The monotonic clock.
fn clock(now: i64) -> Duration {
    Duration::from_secs(u64::try_from(now + 100_000).unwrap())
}

/// Of the publishing, by the calendar.
const EPOCH: i64 = 1_700_000_000;

/// The default.
const LEEWAY: i64 = 30;

/// How many plans are drawn for two sets.
const SEEDS: u64 = 6;

/// How far the phases of the services are apart.
const STEP: i64 = 15;

/// How close the simulation looks.
const TOLERANCE: i64 = 25;
