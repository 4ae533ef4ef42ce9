//! What holds for every token, policy, key set and time, tried on random ones.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![allow(clippy::string_slice)]

mod common;

use core::time::Duration;

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD as BASE64URL};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use ring::hmac;
use serde_json::{Map, Value, json};
use verijot::crypto::default_provider;
use verijot::{
    Algorithm, Audiences, Error, Issuers, JwkSet, JwkSetParser, LifetimeClasses, Policy, UnixTime,
    Verified, Verifier,
};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    /// A policy that demands more refuses whatever one that demands less refuses.
    #[test]
    fn a_narrower_policy_accepts_no_more(
        token in tokens(), keys in key_sets(), terms in terms(), steps in steps(), now in times(),
    ) {
        let keys = set_of(&keys);
        let token = token.text();
        let mut wide = terms;
        for (step, index) in steps {
            let narrow = wide.narrowed(step, index);
            if verdict(&narrow.verifier(), &token, &keys, now).is_ok() {
                prop_assert!(
                    verdict(&wide.verifier(), &token, &keys, now).is_ok(),
                    "{wide:?} refuses what {narrow:?} accepts"
                );
            }
            wide = narrow;
        }
    }

    /// A token with a kid is about the keys with that kid and about no others.
    #[test]
    fn keys_with_other_kids_change_nothing(
        token in tokens(), keys in key_sets(), others in key_sets(), terms in terms(), now in times(),
    ) {
        let Some(kid) = token.kid else { return Ok(()) };
        let verifier = terms.verifier();
        let mut more = keys.clone();
        more.extend(others.into_iter().filter(|key| key.kid.is_some_and(|other| other != kid)));
        prop_assert_eq!(
            verdict(&verifier, &token.text(), &set_of(&keys), now),
            verdict(&verifier, &token.text(), &set_of(&more), now)
        );
    }

    /// A set is a set: the order of its keys says nothing.
    #[test]
    fn the_order_of_keys_does_not_matter(
        token in tokens(),
        (keys, shuffled) in key_sets().prop_flat_map(|keys| (Just(keys.clone()), Just(keys).prop_shuffle())),
        terms in terms(),
        now in times(),
    ) {
        let verifier = terms.verifier();
        // Two kids can name one key; which of them is told is then of no importance.
        prop_assert_eq!(
            verdict(&verifier, &token.text(), &set_of(&keys), now).map(drop),
            verdict(&verifier, &token.text(), &set_of(&shuffled), now).map(drop)
        );
    }

    /// A token becomes valid once and becomes invalid once.
    #[test]
    fn the_times_of_acceptance_form_one_interval(
        token in tokens(), keys in key_sets(), terms in terms(),
        mut moments in prop::collection::vec(times(), 3..12),
    ) {
        let (verifier, keys, token) = (terms.verifier(), set_of(&keys), token.text());
        moments.sort();
        let accepted = moments.iter().map(|now| verdict(&verifier, &token, &keys, *now).is_ok());
        let accepted = accepted.collect::<Vec<_>>();
        let changes = accepted.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let begins_inside = accepted.first().copied().unwrap_or_default();
        prop_assert!(changes <= 2 && !(begins_inside && changes == 2), "{accepted:?}");
    }

    /// Whatever decodes to the same three octet strings by a laxer reading is refused, but for the
    /// one spelling that the signature covers. A token is therefore a name for itself.
    #[test]
    fn there_is_one_spelling(segment in 0..3_usize, lax in select(&LAX[..]), place in any::<Index>(), payload in ".{0,24}") {
        let token = common::token(&json!({ "text": payload }).to_string());
        let verifier = common::verifier(common::waived());
        prop_assert!(verifier.verify(&token, &common::keys(), common::now()).is_ok());
        let mut segments = token.split('.').map(str::to_owned).collect::<Vec<_>>();
        segments[segment] = lax(&segments[segment], place);
        let other = segments.join(".");
        if other != token {
            let error = verifier.verify(&other, &common::keys(), common::now()).unwrap_err();
            // A header or payload that is spelled otherwise may also have become another one.
            prop_assert!(["malformed_token", "invalid_signature"].contains(&error.code()), "{error}");
        }
    }

    /// Nobody learns anything of a payload that nobody has signed.
    #[test]
    fn a_bad_signature_never_yields_an_error_about_claims(
        token in tokens(), keys in key_sets(), terms in terms(), now in times(), place in any::<Index>(),
    ) {
        let text = token.text();
        let (rest, signature) = text.rsplit_once('.').unwrap();
        let mut octets = BASE64URL.decode(signature).unwrap();
        let place = place.index(octets.len());
        octets[place] ^= 0x20;
        let damaged = format!("{rest}.{}", BASE64URL.encode(octets));
        let error = verdict(&terms.verifier(), &damaged, &set_of(&keys), now).unwrap_err();
        prop_assert!(UP_TO_THE_SIGNATURE.contains(&error.as_str()), "{error}");
    }

    /// Errors, explanations and everything in `Debug` can be logged.
    #[test]
    fn nothing_secret_is_shown(
        token in tokens(), keys in key_sets(), terms in terms(), now in times(), whole in any::<bool>(),
    ) {
        let mut text = token.text();
        if !whole {
            // Cut off, so that the signature is bad as well.
            text.truncate(text.len() - 2);
        }
        let (keys, verifier) = (set_of(&keys), terms.verifier());
        let explanation = verifier.explain(&text, &keys, now);
        let mut shown = format!("{explanation} {explanation:?} {verifier:?} {keys:?}");
        match verifier.verify(&text, &keys, now) {
            Ok(verified) => shown += &format!("{verified:?}"),
            Err(error) => {
                shown += &format!("{error} {error:?} {:?} {:?}", error.expected(), error.actual());
                shown += &error.www_authenticate(Some("realm")).unwrap_or_default();
            }
        }
        let (_, payload_and_signature) = text.split_once('.').unwrap();
        let (payload, signature) = payload_and_signature.split_once('.').unwrap();
        let secrets = SECRETS.iter().flat_map(|secret| [(*secret).to_owned(), BASE64URL.encode(secret)]);
        let private = ["7f3a91c2e8d05b64", "a-nonce-of-the-caller"].map(str::to_owned);
        for hidden in [payload.to_owned(), signature.to_owned()].into_iter().chain(secrets).chain(private) {
            for piece in hidden.as_bytes().windows(6) {
                let piece = str::from_utf8(piece).unwrap();
                prop_assert!(!shown.contains(piece), "{piece} of {hidden} is in {shown}");
            }
        }
    }

    /// What is given is what was signed, octet for octet.
    #[test]
    fn the_payload_is_the_signed_one(members in prop::collection::btree_map("[a-zA-Z ]{1,8}", ".{0,12}", 0..6), indented in any::<bool>()) {
        let claims = json!(members);
        let payload =
            if indented { serde_json::to_string_pretty(&claims).unwrap() } else { claims.to_string() };
        let token = common::token(&payload);
        let verified: Verified =
            common::verifier(common::waived()).verify(token, &common::keys(), common::now()).unwrap();
        prop_assert_eq!(verified.payload(), payload.as_bytes());
        prop_assert_eq!(verified.claims::<Value>().unwrap(), claims);
    }
}

/// The laws would hold of nothing at all: so many of the random tokens are accepted, and so many
/// of the errors are among the refusals.
#[test]
fn the_random_tokens_are_of_all_kinds() {
    let mut runner = TestRunner::deterministic();
    let cases = (tokens(), key_sets(), terms(), steps(), times());
    let mut verdicts = BTreeMap::<_, usize>::new();
    for _ in 0..4_000 {
        let (token, keys, terms, steps, now) = cases.new_tree(&mut runner).unwrap().current();
        let terms = steps
            .into_iter()
            .take(1)
            .fold(terms, |terms, (step, index)| terms.narrowed(step, index));
        let verdict = verdict(&terms.verifier(), &token.text(), &set_of(&keys), now);
        *verdicts
            .entry(verdict.map_or_else(|code| code, |_| "accepted".to_owned()))
            .or_default() += 1;
    }
    assert!(verdicts["accepted"] > 400, "{verdicts:?}");
    assert!(verdicts.len() >= 18, "{verdicts:?}");
}

/// Accepted, with the key's kid, or the code of the error.
fn verdict(
    verifier: &Verifier,
    token: &str,
    keys: &JwkSet,
    now: UnixTime,
) -> Result<Option<String>, String> {
    match verifier.verify(token, keys, now) {
        Ok(verified) => Ok(verified.key_id().map(str::to_owned)),
        Err(error) => {
            assert!(Error::CODES.contains(&error.code()));
            Err(error.code().to_owned())
        }
    }
}

#[derive(Clone, Debug)]
struct Token {
    kid: Option<&'static str>,
    token_type: Option<&'static str>,
    algorithm: usize,
    secret: usize,
    claims: Map<String, Value>,
}

impl Token {
    fn text(&self) -> String {
        let mut header = json!({ "alg": ALGORITHMS[self.algorithm].name() });
        if let Some(kid) = self.kid {
            header["kid"] = json!(kid);
        }
        if let Some(token_type) = self.token_type {
            header["typ"] = json!(token_type);
        }
        let claims = Value::Object(self.claims.clone()).to_string();
        let input =
            format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims));
        let key = hmac::Key::new(HASHES[self.algorithm], SECRETS[self.secret].as_bytes());
        format!("{input}.{}", BASE64URL.encode(hmac::sign(&key, input.as_bytes())))
    }
}

fn tokens() -> impl Strategy<Value = Token> {
    let header = (
        prop_oneof![3 => Just(Some("a")), 1 => select(vec![None, Some("b"), Some("x")])],
        select(vec![None, None, Some("JWT"), Some("at+jwt"), Some("other")]),
        0..ALGORITHMS.len(),
        prop_oneof![4 => Just(0_usize), 1 => 0..SECRETS.len()],
    );
    (header, claims()).prop_map(|((kid, token_type, algorithm, secret), claims)| Token {
        kid,
        token_type,
        algorithm,
        secret,
        claims,
    })
}

fn claims() -> impl Strategy<Value = Map<String, Value>> {
    let date = || prop::option::weighted(0.8, -200..200_i64);
    (
        (date(), date(), date(), weighted(&[json!("joe"), json!("eve"), json!(null)], json!(1))),
        weighted(&[json!("api"), json!(["api", "web"]), json!("web"), json!(null)], json!([1])),
        weighted(&[json!("read write"), json!("read"), json!(null)], json!(["read"])),
        select(vec![json!(["admin"]), json!("admin"), json!([]), json!(null)]),
        select(vec![json!("staff"), json!("guest"), json!(null)]),
        any::<bool>(),
    )
        .prop_map(|((exp, nbf, iat, iss), aud, scope, roles, class, nonce)| {
            let mut claims = Map::new();
            let mut put = |name: &str, value: Value| {
                if !value.is_null() {
                    claims.insert(name.to_owned(), value);
                }
            };
            for (name, offset, around) in
                [("exp", exp, 300), ("nbf", nbf, -300), ("iat", iat, -300)]
            {
                put(name, json!(offset.map(|offset| NOW + around + offset)));
            }
            for (name, value) in
                [("iss", iss), ("aud", aud), ("scope", scope), ("roles", roles), ("class", class)]
            {
                put(name, value);
            }
            put("private", json!("7f3a91c2e8d05b64"));
            if nonce {
                put("nonce", json!("a-nonce-of-the-caller"));
            }
            claims
        })
}

/// One of the usual values, or seldom one of the wrong type.
fn weighted(usual: &[Value], wrong: Value) -> impl Strategy<Value = Value> + use<> {
    prop_oneof![12 => select(usual.to_vec()), 1 => Just(wrong)]
}

#[derive(Clone, Debug)]
struct KeyOfSet {
    kid: Option<&'static str>,
    secret: usize,
    algorithm: Option<usize>,
    usage: Option<&'static str>,
}

fn key_sets() -> impl Strategy<Value = Vec<KeyOfSet>> {
    let key = (
        select(vec![Some("a"), Some("b"), Some("c"), Some("d"), None]),
        0..SECRETS.len(),
        prop_oneof![4 => Just(None), 1 => (0..ALGORITHMS.len()).prop_map(Some)],
        select(vec![None, None, None, Some("sig"), Some("enc")]),
    )
        .prop_map(|(kid, secret, algorithm, usage)| KeyOfSet { kid, secret, algorithm, usage });
    let usual = KeyOfSet { kid: Some("a"), secret: 0, algorithm: None, usage: None };
    (prop::collection::vec(key, 0..6), prop::bool::weighted(0.8)).prop_map(
        move |(mut keys, good)| {
            if good {
                keys.retain(|key| key.kid != Some("a"));
                keys.push(usual.clone());
            }
            keys
        },
    )
}

fn set_of(keys: &[KeyOfSet]) -> JwkSet {
    let keys = keys.iter().map(|key| {
        let mut jwk = json!({ "kty": "oct", "k": BASE64URL.encode(SECRETS[key.secret]) });
        if let Some(kid) = key.kid {
            jwk["kid"] = json!(kid);
        }
        if let Some(algorithm) = key.algorithm {
            jwk["alg"] = json!(ALGORITHMS[algorithm].name());
        }
        if let Some(usage) = key.usage {
            jwk["use"] = json!(usage);
        }
        jwk
    });
    let json = json!({ "keys": keys.collect::<Vec<_>>() }).to_string();
    JwkSetParser::new(default_provider()).allow_symmetric_keys().parse(json).unwrap()
}

/// The terms of a policy, each of which can be narrowed.
#[derive(Clone, Debug)]
struct Terms {
    issuers: Option<Vec<&'static str>>,
    audiences: Option<Vec<&'static str>>,
    algorithms: Vec<Algorithm>,
    types: Option<Vec<&'static str>>,
    leeway: u64,
    require_exp: bool,
    required_claims: Vec<&'static str>,
    nonce: bool,
    max_age: Option<u64>,
    max_lifetime: Option<u64>,
    classes: Option<(u64, u64)>,
    scopes: Vec<&'static str>,
    roles: bool,
    token_limit: usize,
}

fn terms() -> impl Strategy<Value = Terms> {
    let names = |names: &'static [&'static str]| {
        prop_oneof![
            4 => Just(None),
            1 => subsequence(names, 1..=names.len()).prop_map(Some),
        ]
    };
    (
        names(&["joe", "eve"]),
        names(&["api", "web"]),
        prop_oneof![
            4 => Just(ALGORITHMS.to_vec()),
            1 => subsequence(&ALGORITHMS[..], 1..=ALGORITHMS.len()),
        ],
        names(&["JWT", "at+jwt", "other"]),
        0..120_u64,
        prop::bool::weighted(0.3),
    )
        .prop_map(|(issuers, audiences, algorithms, types, leeway, require_exp)| Terms {
            issuers,
            audiences,
            algorithms,
            types,
            leeway,
            require_exp,
            required_claims: Vec::new(),
            nonce: false,
            max_age: None,
            max_lifetime: None,
            classes: None,
            scopes: Vec::new(),
            roles: false,
            token_limit: 16_384,
        })
}

fn steps() -> impl Strategy<Value = Vec<(usize, Index)>> {
    prop::collection::vec((0..13_usize, any::<Index>()), 1..6)
}

impl Terms {
    /// The same terms but one, which demands more or as much.
    fn narrowed(&self, step: usize, index: Index) -> Self {
        let mut terms = self.clone();
        let up_to = |ceiling: u64| {
            u64::try_from(index.index(usize::try_from(ceiling).unwrap() + 1)).unwrap()
        };
        let fewer = |names: &mut Option<Vec<&'static str>>, all: &[&'static str]| {
            let names = names.get_or_insert_with(|| all.to_vec());
            if names.len() > 1 {
                names.remove(index.index(names.len()));
            }
        };
        let less = |ceiling: &mut Option<u64>| *ceiling = Some(up_to(ceiling.unwrap_or(900)));
        match step {
            0 => fewer(&mut terms.issuers, &["joe", "eve"]),
            1 => fewer(&mut terms.audiences, &["api", "web"]),
            2 if terms.algorithms.len() > 1 => {
                terms.algorithms.remove(index.index(terms.algorithms.len()));
            }
            3 => fewer(&mut terms.types, &["JWT", "at+jwt", "other"]),
            4 => terms.leeway = up_to(terms.leeway),
            5 => terms.require_exp = true,
            6 => {
                terms.required_claims.push(["exp", "iat", "nonce", "scope", "sub"][index.index(5)]);
            }
            7 => terms.nonce = true,
            8 => less(&mut terms.max_age),
            9 => less(&mut terms.max_lifetime),
            10 => {
                let (staff, other) = terms.classes.unwrap_or((900, 900));
                terms.classes = Some((up_to(staff), up_to(other)));
            }
            11 => terms.scopes.push(["read", "write"][index.index(2)]),
            12 if index.index(2) == 0 => terms.roles = true,
            _ => terms.token_limit = terms.token_limit.min(200 + index.index(400)),
        }
        terms
    }

    fn verifier(&self) -> Verifier {
        let mut policy = Policy::new(
            self.issuers.clone().map_or_else(Issuers::any, Issuers::one_of),
            self.audiences.clone().map_or_else(Audiences::any, Audiences::one_of),
        )
        .algorithms(self.algorithms.iter().copied().collect::<verijot::AlgorithmSet>())
        .leeway(Duration::from_secs(self.leeway))
        .require_claims(self.required_claims.iter().copied())
        .require_scopes(self.scopes.iter().copied())
        .token_limit(self.token_limit);
        policy = match &self.types {
            Some(types) => policy.types(types.iter().copied()),
            None => policy.any_type(),
        };
        if !self.require_exp {
            policy = policy.allow_missing_expiry();
        }
        if self.nonce {
            policy = policy.expect_claim("nonce", "a-nonce-of-the-caller");
        }
        if let Some(max_age) = self.max_age {
            policy = policy.max_age(Duration::from_secs(max_age));
        }
        if let Some(max_lifetime) = self.max_lifetime {
            policy = policy.max_lifetime(Duration::from_secs(max_lifetime));
        }
        if let Some((staff, other)) = self.classes {
            policy = policy.max_lifetime_by(
                LifetimeClasses::by_claim("class")
                    .class("staff", Duration::from_secs(staff))
                    .otherwise(Duration::from_secs(other)),
            );
        }
        if self.roles {
            policy = policy.require_roles("roles", ["admin"]);
        }
        Verifier::new(policy).unwrap()
    }
}

fn times() -> impl Strategy<Value = UnixTime> {
    prop_oneof![3 => NOW - 200..NOW + 200, 1 => NOW - 2000..NOW + 2000]
        .prop_map(UnixTime::from_seconds)
}

type Spelling = fn(&str, Index) -> String;

/// Other ways to write a segment that a lax reader takes for the same octets.
const LAX: [Spelling; 8] = [
    |segment, _| BASE64_URL_SAFE.encode(BASE64URL.decode(segment).unwrap()),
    |segment, _| BASE64_STANDARD.encode(BASE64URL.decode(segment).unwrap()),
    |segment, _| segment.replace('-', "+").replace('_', "/"),
    |segment, place| inserted(segment, place, "\n"),
    |segment, place| inserted(segment, place, " "),
    |segment, place| inserted(segment, place, "="),
    // The last character's unused bits, where there are some.
    |segment, place| with_unused_bits(segment, place),
    |segment, _| format!("{segment}A"),
];

fn inserted(segment: &str, place: Index, text: &str) -> String {
    let (before, behind) = segment.split_at(place.index(segment.len() + 1));
    format!("{before}{text}{behind}")
}

fn with_unused_bits(segment: &str, place: Index) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let unused = [0, 0, 4, 2][segment.len() % 4];
    let last = ALPHABET.iter().position(|octet| Some(octet) == segment.as_bytes().last()).unwrap();
    let other = last | (place.index(1 << unused) & ((1 << unused) - 1));
    format!("{}{}", &segment[..segment.len() - 1], char::from(ALPHABET[other]))
}

const NOW: i64 = 1_700_000_000;
const ALGORITHMS: [Algorithm; 3] = [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];
const HASHES: [hmac::Algorithm; 3] = [hmac::HMAC_SHA256, hmac::HMAC_SHA384, hmac::HMAC_SHA512];
/// 64 octets each.
const SECRETS: [&str; 3] = [
    "zQ9mT4vK2pX7cR5wL8nB3fJ6hD1gS0yAuE7iO4tZ9qM2kV5xC8bN1rW6jP3lHaaa",
    "Y3dF8sG1hJ6kL9zX4cV7bN2mQ5wE0rT8yU1iO6pA3sD9fG4hJ7kL2zX5cV8bNbbb",
    "M7nB2vC5xZ8lK1jH4gF9dS6aP3oI0uY7tR2eW5qM8nB1vC4xZ7lK0jH3gF6dSccc",
];
const UP_TO_THE_SIGNATURE: [&str; 8] = [
    "token_too_large",
    "malformed_header",
    "unexpected_type",
    "algorithm_not_allowed",
    "unknown_key",
    "ambiguous_key",
    "algorithm_mismatch",
    "invalid_signature",
];
