//! The functions that Kotlin and Swift call: records from any octets, texts and numbers of any kind
//! through every exported function, and the core's verdict for a vector's text with any changes.

use std::fmt::Debug;

use uniffi::{Lift, Lower};
use verijot::crypto::ring;
use verijot_uniffi as ffi;
use verijot_uniffi::UniFfiTag;

use crate::choices::Choices;
use crate::model::Verdict;
use crate::model::case::{Case, JwksOption, Mode, nanoseconds};
use crate::verdict;

/// Runs an input: the first octet selects the kind.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    match choices.below(4) {
        0 => records(choices.rest()),
        1 => case(choices.rest()),
        2 => cache(&mut choices),
        _ => texts(&mut choices),
    }
}

/// Buffers at the border. Only `case` parses lists: uniffi allocates as much memory as a list's
/// or a map's length says, because it trusts its other side.
fn records(data: &[u8]) {
    read::<Option<String>>(data);
    read::<ffi::Moment>(data);
    read::<ffi::SkippedKeyFacts>(data);
    read::<ffi::Clocks>(data);
    read::<ffi::SetSnapshot>(data);
    if let Some(numbers) = read::<ffi::CacheNumbers>(data) {
        let cache = ffi::JwksCache::new(&numbers, &ffi::JwkSetLimits::default(), location());
        let cache = cache.expect("the default limits");
        assert_eq!(cache.health(clocks(0)).usable_keys, 0);
    }
}

fn read<T: Lift<UniFfiTag> + Lower<UniFfiTag> + Debug + Clone>(data: &[u8]) -> Option<T> {
    let mut rest = data;
    let value = T::try_read(&mut rest).ok()?;
    read_again(value.clone());
    Some(value)
}

/// Written records are read back unchanged, and truncated ones are errors.
fn read_again<T: Lift<UniFfiTag> + Lower<UniFfiTag> + Debug>(value: T) {
    let shown = format!("{value:?}");
    let mut buffer = Vec::new();
    T::write(value, &mut buffer);
    let mut rest = &buffer[..];
    let again = T::try_read(&mut rest).expect("what was written");
    assert_eq!(format!("{again:?}"), shown);
    assert!(rest.is_empty());
    for cut in [0, buffer.len() / 3, buffer.len() / 2, buffer.len() - 1] {
        assert!(T::try_read(&mut &buffer[..cut]).is_err(), "cut off at {cut}");
    }
}

/// A vector's text: the border does not change the verdict.
fn case(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(case) = Case::from_vector(text) else { return };
    // Only the languages use these.
    if case.policy.revocation.is_some() {
        return;
    }
    let Some(keys) = case.keys.clone() else { return };
    let expected = verdict::of(&case, ring::PROVIDER);
    let refused = |code: &str| match &expected.verdict {
        Verdict::Refused { code: expected, .. } => assert_eq!(code, *expected),
        accepted => panic!("{code}, not {accepted:?}"),
    };
    let document = verdict::document(&case.policy);
    let remembered = u32::from(data.len().is_multiple_of(2));
    let verifier = match ffi::Verifier::from_document(document, remembered) {
        Ok(verifier) => verifier,
        Err(problem) => return refused(problem.to_string().split(':').next().expect("a code")),
    };
    let written = verifier.policy_document();
    let again = ffi::Verifier::from_document(written.clone(), 0).expect("what was written");
    assert_eq!(again.policy_document(), written);
    let size = |limit: Option<usize>| limit.map(|limit| limit as u64);
    let limits = ffi::JwkSetLimits {
        symmetric_keys: case.policy.symmetric_keys,
        max_octets: size(case.policy.limits.jwks_octets),
        max_keys: size(case.policy.limits.jwks_keys),
        padded_base64: case.jwks_options.contains(&JwksOption::PaddedBase64),
        short_coordinates: case.jwks_options.contains(&JwksOption::ShortCoordinates),
        ..ffi::JwkSetLimits::default()
    };
    let keys = match case.jwks_options.contains(&JwksOption::SingleKey) {
        true => ffi::JwkSet::from_jwk(keys, &limits),
        false => ffi::JwkSet::from_json(keys, &limits),
    };
    let keys = match keys {
        Ok(keys) => keys,
        Err(problem) => return refused(problem.to_string().split(':').next().expect("a code")),
    };
    let skipped = keys.skipped().into_iter().map(|key| (key.index as usize, key.reason));
    let expected_skipped = expected.skipped.clone().expect("a set").into_iter();
    assert!(skipped.eq(expected_skipped.map(|(index, reason)| (index, reason.to_owned()))));
    assert!(keys.keys().iter().all(|key| !key.algorithms.is_empty() && !key.kind.is_empty()));
    if case.mode == Mode::Jws {
        match verifier.verify_jws(case.token.clone(), &keys) {
            ffi::JwsVerdict::Accepted { signature, payload } => {
                let accepted =
                    Verdict::Accepted { kid: signature.key_id, alg: signature.algorithm, payload };
                assert_eq!(accepted, expected.verdict);
            }
            ffi::JwsVerdict::Refused { refusal } => {
                judge(&refusal);
                refused(&refusal.code);
            }
        }
        return;
    }
    let nanoseconds = nanoseconds(&case.now);
    let Ok(seconds) = i64::try_from(nanoseconds.div_euclid(SECOND)) else { return };
    let now = ffi::Moment { seconds, nanoseconds: nanoseconds.rem_euclid(SECOND) as u32 };
    let explanation = verifier.explain(case.token.clone(), &keys, now);
    for verdict in [
        explanation.verdict,
        verifier.verify(case.token.clone(), &keys, now),
        verifier.verify(case.token.clone(), &keys, now),
    ] {
        match verdict {
            ffi::TokenVerdict::Accepted { token } => {
                let claims = serde_json::from_str::<serde_json::Value>(&token.payload);
                if let Ok(claims) = claims {
                    assert_eq!(token.issuer.as_deref(), claims["iss"].as_str());
                    // A number, as its own digits, only if the policy accepts one.
                    if !claims["sub"].is_number() {
                        assert_eq!(token.subject.as_deref(), claims["sub"].as_str());
                    }
                    assert_eq!(token.id.as_deref(), claims["jti"].as_str());
                    assert_eq!(token.expires_at.is_some(), claims.get("exp").is_some());
                }
                let moments = [token.expires_at, token.not_before, token.issued_at];
                assert!(moments.iter().flatten().all(|date| i128::from(date.nanoseconds) < SECOND));
                let accepted = Verdict::Accepted {
                    kid: token.signature.key_id,
                    alg: token.signature.algorithm,
                    payload: token.payload.into_bytes(),
                };
                assert_eq!(accepted, expected.verdict);
            }
            ffi::TokenVerdict::Refused { refusal } => {
                judge(&refusal);
                refused(&refusal.code);
            }
        }
    }
}

/// Any numbers and answers in any order.
fn cache(choices: &mut Choices<'_>) {
    let number = |choices: &mut Choices<'_>| match choices.below(6) {
        0 => u64::MAX,
        1 => 0,
        2 => u64::from(choices.number()) << 48,
        _ => u64::from(choices.number()) * 1_000_000_000,
    };
    let numbers = ffi::CacheNumbers {
        fresh_for: choices.either().then(|| number(choices)),
        stale_for: choices.either().then(|| number(choices)),
        fetch_timeout: choices.either().then(|| number(choices)),
        ..ffi::CacheNumbers::default()
    };
    let limits = ffi::JwkSetLimits { symmetric_keys: true, ..ffi::JwkSetLimits::default() };
    let cache = ffi::JwksCache::new(&numbers, &limits, location()).expect("no lists");
    let document = String::from(r#"{"issuers":null,"audiences":null}"#);
    let verifier = ffi::Verifier::from_document(document, 0).expect("sound");
    let body =
        format!("{{\"keys\":[{}]}}", serde_json::Value::Object(crate::signing::jwk("hmac-32")));
    read_again(numbers);
    assert!(std::sync::Arc::clone(&cache).begin(u64::MAX).is_none());
    let mut fetches = Vec::new();
    let (mut clock, mut issued) = (0, 0);
    while !choices.is_empty() {
        clock = match choices.below(4) {
            0 => number(choices),
            _ => clock.saturating_add(u64::from(choices.number()) * 10_000_000),
        };
        let ticket = match choices.below(7) {
            0 | 1 => {
                let token = choices.pick(&[
                    &b"eyJhbGciOiJIUzI1NiIsImtpZCI6ImhtYWMtMzIifQ.e30.AA"[..],
                    b"eyJhbGciOiJIUzI1NiIsImtpZCI6Im5vYm9keSJ9.e30.AA",
                    b"x",
                ]);
                let now = ffi::Moment { seconds: i64::MIN, nanoseconds: u32::MAX };
                let asked = choices.pick(&[clock, 0, u64::MAX]);
                let step = cache.verify(&verifier, token.to_vec(), asked, clocks(clock), now);
                assert!(step.verdict.is_some() || step.fetch.is_some() || step.wait.is_some());
                if let Some(ffi::TokenVerdict::Refused { refusal }) = &step.verdict {
                    judge(refusal);
                }
                step.fetch
            }
            2 => {
                let asked = choices.pick(&[clock, 0, u64::MAX]);
                let keys = match choices.either() {
                    true => cache.ready(asked, clocks(clock)),
                    false => cache.refresh_now(asked, clocks(clock)),
                };
                assert_eq!(
                    keys.refusal.is_some(),
                    !keys.ready && keys.fetch.is_none() && keys.wait.is_none()
                );
                keys.fetch
            }
            3 => {
                let answer = ffi::FetchAnswer {
                    status: choices.pick(&[200, 200, 304, 500]),
                    body: choices.pick(&[body.as_bytes(), b"\xff", b""]).to_vec(),
                    cache_control: choices
                        .pick(&[None, Some("max-age=18446744073709551615".into())]),
                    age: None,
                    entity_tag: choices.pick(&[None, Some("\u{0}\"".into())]),
                    last_modified: None,
                };
                if let Some((fetch, request)) = pick(choices, &fetches) {
                    let _ = fetch.on_keys(&request, &answer, clocks(clock));
                }
                read_again(answer);
                None
            }
            4 => {
                let problem = choices.pick(&[None, Some(String::from("no route"))]);
                if let Some((fetch, _)) = pick(choices, &fetches) {
                    match choices.either() {
                        true => fetch.on_cancelled(clocks(clock)),
                        false => _ = fetch.on_error(problem, clocks(clock)),
                    }
                }
                None
            }
            5 => {
                let seeded = cache.seed(&body, None, number(choices), clocks(clock));
                assert!(seeded.is_ok());
                None
            }
            _ => {
                match choices.below(4) {
                    0 => cache.purge(choices.pick(&["hmac-32", "nobody"]).to_owned()),
                    1 => _ = cache.restore("hmac-32"),
                    _ => {}
                }
                let (exported, health) = (cache.export(clocks(clock)), cache.health(clocks(clock)));
                assert!(exported.is_none() || exported.is_some_and(|set| set.jwks == body));
                assert!(health.usable_keys <= 1);
                assert!(cache.keys().is_none_or(|keys| keys.keys().len() <= 1));
                None
            }
        };
        if let Some(ticket) = ticket {
            assert!(ticket > issued, "a number twice");
            issued = ticket;
            let fetch = std::sync::Arc::clone(&cache).begin(ticket).expect("the newest fetch");
            assert!(std::sync::Arc::clone(&cache).begin(ticket).is_none(), "a fetch twice");
            match fetch.step(0) {
                ffi::KeyFetchStep::Keys { request } => fetches.push((fetch, request)),
                step => panic!("{step:?}"),
            }
        }
    }
}

/// One of the latest fetches, with its request.
fn pick(choices: &mut Choices<'_>, fetches: &[Begun]) -> Option<Begun> {
    let back = choices.pick(&[0, 0, 1, 2]);
    fetches.iter().rev().nth(back).cloned()
}

type Begun = (std::sync::Arc<ffi::KeyFetch>, ffi::KeyQuery);

fn location() -> std::sync::Arc<ffi::KeyLocation> {
    let url = String::from("https://issuer.example/keys");
    ffi::KeyLocation::at(url, ffi::FetchRules::default()).expect("a URL over https")
}

fn clocks(monotonic: u64) -> ffi::Clocks {
    let seconds = i64::try_from(monotonic / 1_000_000_000).unwrap_or(i64::MAX);
    ffi::Clocks { monotonic, wall: ffi::Moment { seconds, nanoseconds: 0 } }
}

fn texts(choices: &mut Choices<'_>) {
    let text = |choices: &mut Choices<'_>| String::from_utf8_lossy(choices.octets()).into_owned();
    let (one, other, status) = (text(choices), text(choices), choices.number());
    match ffi::bearer_token(Some(one.clone())) {
        ffi::BearerToken::Found { token } => assert!(one.contains(&token)),
        ffi::BearerToken::Refused { refusal } => judge(&refusal),
    }
    for problem in [
        ffi::KeyLocation::at(one.clone(), ffi::FetchRules::default()).err(),
        ffi::JwkSet::from_pem(one.clone(), vec!["ES256".into()], Some(other.clone())).err(),
        ffi::JwkSet::from_secret(one.clone().into_bytes(), Some(vec![other.clone()]), None).err(),
        ffi::JwkSet::from_secret(one.clone().into_bytes(), None, Some(other.clone())).err(),
    ] {
        assert!(problem.is_none_or(|problem| problem.to_string().contains(": ")));
    }
    let rules = || ffi::FetchRules::default();
    let at_url = ffi::KeyLocation::at(one.clone(), rules());
    let of_issuer = ffi::KeyLocation::of_issuer(one.clone(), choices.either(), rules());
    for location in [at_url, of_issuer].into_iter().flatten() {
        assert!(!location.description().contains('?'));
        let numbers = ffi::CacheNumbers::default();
        let cache = ffi::JwksCache::new(&numbers, &ffi::JwkSetLimits::default(), location);
        // A URL of each key needs the algorithms of certificates.
        let Ok(cache) = cache else { continue };
        let number = cache.ready(0, clocks(0)).fetch.expect("an empty cache fetches");
        let fetch = cache.begin(number).expect("the newest fetch");
        for _ in 0..4 {
            match fetch.step(u64::from(choices.octet())) {
                ffi::KeyFetchStep::Metadata { request } | ffi::KeyFetchStep::Keys { request } => {
                    let url = request.url;
                    assert!(ffi::KeyLocation::at(url.clone(), rules()).is_ok(), "{url}");
                }
                ffi::KeyFetchStep::Failed { failure } => assert!(!failure.is_empty()),
            }
            match choices.either() {
                true => {
                    fetch.on_metadata(choices.pick(&[404, 200, status]), choices.octets().to_vec())
                }
                false => fetch.on_missing_metadata(),
            }
        }
    }
    let refused = ffi::refusal(ffi::RefusalCause::MissingClaim { claim: one.clone() });
    judge(&refused);
    read_again(refused.clone());
    guards(choices, one, other, refused);
}

/// A valid demand stays valid, and every answer is complete and suitable for a header.
fn guards(choices: &mut Choices<'_>, one: String, other: String, refused: ffi::Refusal) {
    if let Some(refusal) = ffi::check_demand(&one, &other, NOW) {
        judge(&refusal);
    }
    let names = vec![one.clone(), other.clone()];
    let part = match choices.below(7) {
        0 => ffi::DemandPart::AllScopes { scopes: names },
        1 => ffi::DemandPart::AnyScope { scopes: names },
        2 => ffi::DemandPart::AllRoles { path: vec![one.clone()], roles: names },
        3 => ffi::DemandPart::AnyRole { path: vec![one.clone()], roles: names },
        4 => ffi::DemandPart::AcrValues { values: names },
        5 => ffi::DemandPart::MaxAuthenticationAge { nanoseconds: 600_000_000_000 },
        _ => ffi::DemandPart::Document { json: one.clone() },
    };
    let demand = ffi::demand(vec![part]).ok();
    if let Some(document) = &demand {
        let again = ffi::DemandPart::Document { json: document.clone() };
        assert_eq!(ffi::demand(vec![again.clone(), again]).as_ref(), Ok(document));
        assert!(ffi::check_demand(document, "{}", NOW).is_some(), "{document}");
    }
    let rules = ffi::GuardRules {
        place: match choices.below(3) {
            0 => ffi::TokenPlace::Authorization,
            1 => ffi::TokenPlace::Header { name: one.clone() },
            _ => ffi::TokenPlace::Cookie { name: one.clone() },
        },
        optional: choices.either(),
        realm: choices.either().then_some(other.clone()),
        resource_metadata: choices.either().then_some(one.clone()),
        demand,
    };
    let is_sound = ffi::guarded_header(rules.clone()).is_ok();
    match ffi::guarded_token(rules.clone(), vec![one, other]) {
        ffi::GuardedToken::Found { token } => assert!(is_sound && token.is_ascii()),
        ffi::GuardedToken::Missing => assert!(is_sound && rules.optional),
        ffi::GuardedToken::Refused { refusal } => judge(&refusal),
    }
    let answer = ffi::guard_answer(rules, refused);
    assert!(matches!(answer.status, 401 | 403 | 503));
    for header in &answer.headers {
        assert!(header.value.bytes().all(|octet| matches!(octet, b' '..=b'~')), "{header:?}");
    }
    read_again(answer);
}

fn judge(refusal: &ffi::Refusal) {
    assert!(verijot::Error::CODES.contains(&refusal.code.as_str()), "{refusal:?}");
    assert!(!refusal.message.is_empty());
    assert_eq!(refusal.retry_after.is_some(), refusal.http_status == 503);
    assert_eq!(refusal.www_authenticate.is_some(), refusal.http_status != 503);
}

const SECOND: i128 = 1_000_000_000;

const NOW: ffi::Moment = ffi::Moment { seconds: 1_700_000_000, nanoseconds: 0 };
