//! Any settings, expectations and tokens of profiles and of load balancers, signed here: every way to
//! verify gives the same verdict, the profile's policy accepts what the profile accepts, and accepted tokens
//! keep the rules of the guide.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use verijot::crypto::aws_lc_rs;
use verijot::profile::{Admission, Checked, Expectations, Profile, ReplayWindow};
use verijot::verify::{AlbToken, AlbVerifier, Asked};
use verijot::{
    Audiences, Error, Issuers, JwkSet, JwkSetParser, Policy, UnixTime, Verified, Verifier,
};

use crate::model::profiles;
use crate::oracle::base64url;
use crate::oracle::json::Json;
use crate::{invariants, later, signing};

/// Runs an input: an octet that selects the kind, then the settings, the expectations, the time, and
/// header and payload or a whole token, with [`SEPARATOR`] between them.
pub fn run(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    let mut parts = data.split(|octet| *octet == SEPARATOR);
    let mut part = || parts.next().unwrap_or_default();
    let (settings, expectations, now, first, second) = (part(), part(), part(), part(), part());
    let now = std::str::from_utf8(now).ok().and_then(UnixTime::from_decimal);
    let now = now.unwrap_or(UnixTime::from_seconds(1_700_000_000));
    let is_signed = kind % 2 == 0;
    let encode = if kind / 2 % 2 == 0 { base64url::encode } else { padded };
    let token = || if is_signed { signed(first, second, encode) } else { first.to_vec() };
    if kind / 2 % 2 == 0 {
        of_profile(settings, expectations, now, token);
    } else {
        of_load_balancer(settings, now, token);
    }
}

/// Between the parts of an input. No JSON has it.
pub const SEPARATOR: u8 = 0x1e;

fn of_profile(
    settings: &[u8],
    expectations: &[u8],
    now: UnixTime,
    token: impl FnOnce() -> Vec<u8>,
) {
    let profile = match Profile::from_json(settings) {
        Ok(profile) => profile,
        Err(error) => return invariants::of_policy_error(&error, settings),
    };
    assert!(Json::parse_strict(settings).is_ok(), "taken, but not strict JSON");
    assert!(Profile::NAMES.contains(&profile.name()));
    let policy = profile.verifier().policy();
    let document = policy.to_json();
    assert_eq!(Policy::from_json(&document).as_ref(), Ok(policy), "{document}");
    let plain = Verifier::new(policy.clone()).expect("the policy of a verifier");
    let expected = match profile.expectations(expectations) {
        Ok(expected) => expected,
        Err(error) => return invariants::of_policy_error(&error, expectations),
    };
    assert!(Json::parse_strict(expectations).is_ok(), "taken, but not strict JSON");

    let token = token();
    let verdict = facts(expected.verify(&token, &KEYS.present, now));
    // What the profile accepts, its policy accepts too; what that refuses, the profile refuses alike.
    match (plain.verify(&token, &KEYS.present, now), &verdict) {
        (Err(error), verdict) => assert_eq!(verdict.as_ref().err(), Some(&error)),
        (Ok(verified), verdict) => {
            invariants::of_verified(&verified, &token);
            let checked = expected.check(&verified, now);
            assert_eq!(checked.as_ref().map(Checked::json), verdict.as_ref().map(|it| &*it.1));
        }
    }
    let explained = expected.explain(&token, &KEYS.present, now);
    let shown = explained.to_string();
    assert_eq!(shown.contains("\naccepted"), verdict.is_ok(), "{shown}");
    assert_eq!(explained.verdict().err(), verdict.as_ref().err(), "explained");
    in_two_steps(&plain, &expected, &token, now, &verdict, &shown);
    match verdict {
        Err(error) => invariants::of_error(&error, unless_quoted(&token, settings)),
        Ok((header, checked, payload)) => {
            let read = |text: &[u8]| serde_json::from_slice::<Value>(text).expect("JSON");
            let payload = read(&payload);
            for (name, value) in read(checked.as_bytes()).as_object().expect("an object") {
                assert_eq!(payload.get(name), Some(value), "{name} of {checked}");
            }
            let broken = profiles::broken_rule(&profiles::Accepted {
                settings: &read(settings),
                expectations: &read(expectations),
                header: &read(header.as_bytes()),
                payload: &payload,
                now: now.seconds(),
            });
            assert_eq!(broken, None, "accepted: {payload}");
            presented_once(&expected, &token, now);
        }
    }
}

/// Header, the claims that were checked, and payload.
type Facts = Result<(String, String, Vec<u8>), Error>;

fn facts(verdict: Result<(Verified, Checked), Error>) -> Facts {
    verdict.map(|(verified, checked)| {
        let header = verified.header().json().to_owned();
        (header, checked.json().to_owned(), verified.payload().to_vec())
    })
}

/// The same token with keys that answer later.
fn in_two_steps(
    plain: &Verifier,
    expected: &Expectations<'_>,
    token: &[u8],
    now: UnixTime,
    verdict: &Facts,
    shown: &str,
) {
    let keys = &KEYS.later;
    let ask = || match plain.ask(token, keys)? {
        Asked::Settled(answered) => Ok(answered),
        Asked::Waiting(question) => {
            let verified_by = later::answer(&question, keys);
            question.answer(verified_by)
        }
    };
    let answered = ask().and_then(|answered| {
        let verified = answered.verify(plain, now)?;
        let checked = expected.check(&verified, now)?;
        Ok((verified, checked))
    });
    assert_eq!(&facts(answered), verdict, "asked and answered");
    if let Ok(Asked::Waiting(question)) = plain.ask(token, keys) {
        let verified_by = later::answer(&question, keys);
        let explained = question.explain(verified_by, plain, keys, now);
        let explained = expected.explain_further(explained, now);
        assert_eq!(explained.verdict().err(), verdict.as_ref().err(), "explained later");
        assert_eq!(explained.to_string(), shown, "explained later");
    }
}

/// A window admits a token once, until the token is refused anyway.
fn presented_once(expected: &Expectations<'_>, token: &[u8], now: UnixTime) {
    let (_, checked) = expected.verify(token, &KEYS.present, now).expect("as before");
    let Some(replay) = checked.replay() else { return };
    let mut window = ReplayWindow::new(1);
    assert_eq!(window.admit(replay, now), Admission::First);
    assert_eq!(window.admit(replay, now), Admission::Replayed);
    assert_eq!(window.admit(replay, replay.until()), Admission::Replayed);
    assert_eq!(ReplayWindow::new(0).admit(replay, now), Admission::Full);
    // What is forgotten is not accepted again, unless the token never expires.
    let until = replay.until();
    let later = UnixTime::from_parts(until.seconds().saturating_add(1), 0);
    if let Ok((verified, _)) = expected.verify(token, &KEYS.present, later) {
        assert_eq!(verified.expires_at(), None, "forgotten, but accepted");
    }
}

fn of_load_balancer(settings: &[u8], now: UnixTime, token: impl FnOnce() -> Vec<u8>) {
    let verifier = match AlbVerifier::from_json(settings) {
        Ok(verifier) => verifier,
        Err(error) => return invariants::of_policy_error(&error, settings),
    };
    assert!(Json::parse_strict(settings).is_ok(), "taken, but not strict JSON");
    let token = token();
    let facts = |verdict: Result<AlbToken, Error>| {
        verdict.map(|token| {
            let names = [token.signer(), token.client(), token.issuer()].map(str::to_owned);
            (names, token.header().json().to_owned(), token.payload_json().to_owned())
        })
    };
    let verdict = facts(verifier.verify(&token, &KEYS.present, now));
    let keys = &KEYS.later;
    let ask = || match verifier.ask(&token, keys)? {
        Asked::Settled(answered) => Ok(answered),
        Asked::Waiting(question) => {
            let verified_by = later::answer(&question, keys);
            question.answer(verified_by)
        }
    };
    let answered = ask().and_then(|answered| verifier.verify_answered(&answered, now));
    assert_eq!(facts(answered), verdict, "asked and answered");
    match (verifier.open(&token), &verdict) {
        (Err(error), verdict) => assert_eq!(verdict.as_ref().err(), Some(&error)),
        (Ok(header), Ok((_, verified, _))) => assert_eq!(header.json(), verified),
        (Ok(_), Err(_)) => {}
    }
    match verdict {
        Err(error) => invariants::of_error(&error, unless_quoted(&token, settings)),
        Ok((names, header, _)) => {
            let read = |text: &[u8]| serde_json::from_slice::<Value>(text).expect("JSON");
            let (settings, header) = (read(settings), read(header.as_bytes()));
            for (list, member, name) in [
                ("signers", "signer", &names[0]),
                ("clients", "client", &names[1]),
                ("issuers", "iss", &names[2]),
            ] {
                assert_eq!(header[member].as_str(), Some(name.as_str()));
                let known = settings[list].as_array();
                assert!(known.is_none_or(|known| known.contains(&json!(name))), "{member}");
            }
            // Nothing else accepts it, with whatever policy.
            let any = &*ANY;
            assert!(any.verify(&token, &KEYS.present, now).is_err());
            assert!(any.verify_jws(&token, &KEYS.present).is_err());
            let other = ask().and_then(|answered| answered.verify(any, now));
            assert!(other.is_err(), "a verifier of JWTs takes the answer");
        }
    }
}

/// The token, of which an error may only repeat what the settings say.
fn unless_quoted<'t>(token: &'t [u8], settings: &[u8]) -> &'t [u8] {
    let mut segments = token.split(|octet| *octet == b'.').filter(|segment| segment.len() >= 40);
    let is_quoted = |segment: &[u8]| settings.windows(segment.len()).any(|text| text == segment);
    if segments.any(is_quoted) { b"" } else { token }
}

static ANY: LazyLock<Verifier> = LazyLock::new(|| {
    let policy = Policy::new(Issuers::any(), Audiences::any()).any_type().allow_missing_expiry();
    Verifier::new(policy).expect("sound")
});

/// Signed with a key of the header's algorithm.
fn signed(header: &[u8], payload: &[u8], encode: fn(&[u8]) -> String) -> Vec<u8> {
    let read = serde_json::from_slice::<Map<String, Value>>(header).unwrap_or_default();
    let alg = read.get("alg").and_then(Value::as_str).unwrap_or_default();
    let input = format!("{}.{}", encode(header), encode(payload));
    let key = SIGNERS.iter().find(|(known, _)| *known == alg);
    let signature = key.map(|(_, key)| signing::sign(key, alg, input.as_bytes()));
    format!("{input}.{}", encode(&signature.unwrap_or_default())).into_bytes()
}

fn padded(octets: &[u8]) -> String {
    base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE, octets)
}

struct Keys {
    present: JwkSet,
    later: JwkSet,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let mut keys = SIGNERS.map(|(_, name)| signing::jwk(name)).to_vec();
    // The kid of a load balancer is a UUID.
    let mut of_load_balancer = signing::jwk("p256");
    of_load_balancer.insert(String::from("kid"), json!(UUID));
    keys.push(of_load_balancer);
    let text = json!({ "keys": keys }).to_string();
    let parse = |parser: JwkSetParser<'static>| parser.allow_symmetric_keys().parse(&text);
    Keys {
        present: parse(JwkSetParser::new(aws_lc_rs::PROVIDER)).expect("published keys"),
        later: parse(JwkSetParser::new(&later::PROVIDER)).expect("published keys"),
    }
});

/// The `kid` of the vectors' load balancer.
const UUID: &str = "83be4b60-9e3c-4b0d-8a5c-1f5d7a3e2c10";

const SIGNERS: [(&str, &str); 6] = [
    ("ES256", "p256"),
    ("EdDSA", "ed25519"),
    ("HS256", "hmac-64"),
    ("HS512", "hmac-64"),
    ("RS256", "rsa"),
    ("PS256", "rsa"),
];
