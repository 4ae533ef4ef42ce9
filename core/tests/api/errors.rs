//! Every error as a caller sees it: code, status, claim, text, what was expected and found.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::{self, keys, now, token, token_of, verifier, waived};
use verijot::keys::KeyProblem;
use verijot::request::bearer;
use verijot::{
    Algorithm, Audiences, Error, Issuers, JwkSet, JwkSetParser, Key, LifetimeClasses, NumericDate,
    Policy, PolicyError, Revocation, Verifier, crypto,
};

const MINUTE: Duration = Duration::from_secs(60);
const NANOSECOND: Duration = Duration::from_nanos(1);
/// A hundred years.
const CENTURY: Duration = Duration::from_secs(36_525 * 86_400);

/// Each row: the error, then `claim | expected | actual`, then its text after the code.
fn table() -> Vec<(Error, &'static str, &'static str)> {
    let refused =
        |verifier: Verifier, token: String| verifier.verify(token, &keys(), now()).unwrap_err();
    let claims = |policy: Policy, payload: &str| refused(verifier(policy), token(payload));
    let header = |header: &str| refused(verifier(waived()), token_of(header, b"{}"));
    let revocation =
        |answer| refused(verifier(waived()).with_revocation(move |_| answer), token("{}"));
    let named = Key::from_secret(common::SECRET, Algorithm::Hs256, crypto::default_provider());
    let named = JwkSet::from_keys([named.unwrap().with_id("a")]);
    let keyed = |header: &str| {
        let token = token_of(header, b"{}");
        verifier(waived()).verify(token, &named, now()).unwrap_err()
    };
    let numbered =
        |octet| Key::from_secret(&[octet; 32], Algorithm::Hs256, crypto::default_provider());
    let two = JwkSet::from_keys([1, 2].map(|octet| numbered(octet).unwrap().with_id("a")));
    let five = JwkSet::from_keys([1, 2, 3, 4, 5].map(|octet| numbered(octet).unwrap()));
    let with = |keys: &JwkSet, header: &str| {
        verifier(waived()).verify(token_of(header, b"{}"), keys, now()).unwrap_err()
    };
    let elliptic = JwkSet::from_json(
        r#"{"keys": [{"kty": "EC", "crv": "P-256", "kid": "a",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#,
    )
    .unwrap();
    let long = "x".repeat(200);
    vec![
        (
            refused(verifier(waived().max_token_octets(10)), "A".repeat(11)),
            "| at most 10 octets | 11 octets",
            "the token has 11 octets; the maximum is 10",
        ),
        (
            refused(verifier(waived()), "a.b".to_owned()),
            "| |",
            "the token does not have exactly three segments",
        ),
        (
            refused(verifier(waived()), "a.b.c.d.e".to_owned()),
            "| |",
            "the token is encrypted (a JWE, five segments); send a signed token",
        ),
        (header("{}"), "| |", "header: alg is missing"),
        (
            header(r#"{"alg":"HS256","crit":["x\u0007"],"x\u0007":1}"#),
            "| | x\\u{7}",
            "the header marks x\\u{7} as critical, but no extension is supported",
        ),
        (header(r#"{"alg":"none"}"#), "| HS256 | none", "alg is none; allowed: HS256"),
        (
            header(r#"{"alg":"HS256","typ":"dpop+jwt"}"#),
            "| JWT, at+jwt | dpop+jwt",
            "typ is dpop+jwt; expected: JWT, at+jwt",
        ),
        (
            refused(verifier(waived().types(["at+jwt"])), token("{}")),
            "| at+jwt |",
            "the header has no typ; expected: at+jwt",
        ),
        (keyed(r#"{"alg":"HS256","kid":"b"}"#), "| | b", "no usable key has the kid b"),
        (
            with(&JwkSet::from_json(r#"{"keys":[]}"#).unwrap(), r#"{"alg":"ES256"}"#),
            "| |",
            "no usable key fits the algorithm, and the token has no kid",
        ),
        (
            with(&two, r#"{"alg":"HS256","kid":"a"}"#),
            "| | a",
            "two keys for this algorithm have the kid a; the issuer must give each its own",
        ),
        (
            with(&five, r#"{"alg":"HS256"}"#),
            "| |",
            "the token has no kid and too many keys fit; the issuer must add a kid",
        ),
        (
            with(&elliptic, r#"{"alg":"RS256","kid":"a"}"#),
            "| ES256 | RS256",
            "alg is RS256, but the key is for ES256",
        ),
        (
            refused(verifier(waived()), format!("{}A", &token("{}")[..62])),
            "| |",
            "the signature does not verify",
        ),
        (claims(waived(), "[]"), "| |", "claims: not a JSON object"),
        (claims(waived().require_claims(["nonce"]), "{}"), "nonce | |", "claim `nonce` is missing"),
        (
            claims(waived().require_claims(["nonce"]), r#"{"nonce":null}"#),
            "nonce | a value other than null |",
            "claim `nonce` must be a value other than null",
        ),
        (
            claims(waived(), r#"{"exp":"1"}"#),
            "exp | a finite number of seconds |",
            "claim `exp` must be a finite number of seconds",
        ),
        (
            claims(waived(), r#"{"exp":1699999970}"#),
            "exp | after 1699999970 | 1699999970",
            "exp is 1699999970, now is 1700000000, leeway 30s; get a new token",
        ),
        (
            claims(waived(), r#"{"nbf":1700000030.5}"#),
            "nbf | at most 1700000030 | 1700000030.5",
            "nbf is 1700000030.5, now is 1700000000, leeway 30s; check both clocks",
        ),
        (
            claims(waived(), r#"{"iat":1700000031}"#),
            "iat | at most 1700000030 | 1700000031",
            "iat is 1700000031, now is 1700000000, leeway 30s; check both clocks",
        ),
        (
            claims(waived().max_age(MINUTE), r#"{"iat":1699999909}"#),
            "iat | age at most 60s | 1699999909",
            "iat is 1699999909, now is 1700000000, max_age 60s; get a new token",
        ),
        (
            claims(waived().max_lifetime(MINUTE), r#"{"iat":1700000000,"exp":1700000061}"#),
            "exp | lifetime at most 60s | 1700000061",
            "iat is 1700000000, exp is 1700000061, max_lifetime 60s",
        ),
        (
            claims(
                Policy::new(Issuers::one_of(["a", "b"]), Audiences::any()).allow_missing_expiry(),
                &format!(r#"{{"iss":"{long}"}}"#),
            ),
            concat!(
                "iss | a, b | ",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
            ),
            concat!(
                "iss is xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…; expected: a, b",
            ),
        ),
        (
            claims(
                Policy::new(Issuers::any(), Audiences::only("a")).allow_missing_expiry(),
                r#"{"aud":["b","c"]}"#,
            ),
            "aud | a | b, c",
            "aud is b, c; expected: a",
        ),
        (
            claims(waived().expect_claim("nonce", "a"), r#"{"nonce":"b"}"#),
            "nonce | |",
            "claim `nonce` does not have the expected value",
        ),
        (revocation(Revocation::Revoked), "jti | |", "the token has been revoked"),
        (
            claims(waived().require_scopes(["a", "b"]), r#"{"scope":"a"}"#),
            "scope | a, b |",
            "claim `scope` must grant: a, b",
        ),
        (
            claims(waived().require_roles("x.roles", ["a"]), "{}"),
            "x.roles | a |",
            "claim `x.roles` must grant: a",
        ),
        (bearer::token(None).unwrap_err(), "| |", "the request has no bearer token"),
        (
            bearer::token(Some(b"Bearer a b")).unwrap_err(),
            "| |",
            "the Authorization header must be `Bearer <token>`; any other header or \
             cookie must occur once and hold only the token",
        ),
        (
            Error::KeysUnavailable { retry_after: Some(MINUTE) },
            "| |",
            "could not fetch the issuer's keys; retry in 60 s",
        ),
        (
            revocation(Revocation::Unavailable),
            "| |",
            "the revocation check gave no answer; retry in 1 s",
        ),
        (
            Error::ReplayUnavailable { retry_after: None },
            "| |",
            "the record of used tokens gave no answer; retry in 1 s",
        ),
        (Error::Replayed, "jti | |", "the token was used before"),
        (
            Error::UnexpectedClaim { claim: "nonce".to_owned() },
            "nonce | |",
            "claim `nonce` is not allowed in this token",
        ),
        (
            Error::AuthenticationTooOld {
                authenticated_at: NumericDate::from_json_number("1699999000").unwrap(),
                now: now(),
                max_age: MINUTE,
            },
            "auth_time | age at most 60s | 1699999000",
            "auth_time is 1699999000, now is 1700000000, max_age 60s; sign in again",
        ),
        (
            Error::InsufficientAuthentication {
                claim: "acr",
                acr_values: vec!["a".to_owned(), "b".to_owned()],
                max_age: None,
            },
            "acr | one of: a, b |",
            "acr must be one of: a, b",
        ),
        (
            Error::InsufficientAuthentication {
                claim: "auth_time",
                acr_values: Vec::new(),
                max_age: Some(MINUTE),
            },
            "auth_time | age at most 60s |",
            "auth_time must be at most 60s old; sign in again",
        ),
    ]
}

#[test]
fn every_error_has_the_expected_text() {
    let mut codes = BTreeSet::new();
    for (error, facts, text) in table() {
        codes.insert(error.code());
        assert_eq!(error.to_string(), format!("{}: {text}", error.code()));
        assert_eq!(error.message(), text);
        let part = |part: Option<String>| part.unwrap_or_default();
        let got = [error.claim().map(String::from), error.expected(), error.actual()].map(part);
        assert_eq!(got.join(" | ").replace("  ", " ").trim(), facts, "{error}");
        let status = match error.code() {
            "insufficient_scope" => 403,
            "keys_unavailable" | "revocation_unavailable" | "replay_unavailable" => 503,
            _ => 401,
        };
        assert_eq!(error.http_status(), status, "{error}");
        assert_eq!(error.retry_after().is_some(), status == 503, "{error}");
        assert_eq!(error.www_authenticate(None).is_none(), status == 503, "{error}");
    }
    assert_eq!(codes, BTreeSet::from_iter(Error::CODES.iter().copied()));
}

#[test]
fn a_lifetime_class_decides_the_ceiling() {
    let classes = || LifetimeClasses::by_claim("track").class("a", MINUTE * 2);
    let code = |classes: LifetimeClasses, claims: &str| {
        let payload = format!(r#"{{"iat":1700000000,"exp":1700000061{claims}}}"#);
        let verdict =
            verifier(waived().max_lifetime_by(classes)).verify(token(&payload), &keys(), now());
        verdict.map_or_else(|error| error.code(), |_| "accepted")
    };
    assert_eq!(code(classes(), r#","track":"a""#), "accepted");
    assert_eq!(code(classes(), r#","track":"b""#), "wrong_claim");
    assert_eq!(code(classes(), r#","track":1"#), "invalid_claim");
    assert_eq!(code(classes(), ""), "missing_claim");
    assert_eq!(code(classes().otherwise(MINUTE), ""), "lifetime_too_long");
    assert_eq!(code(classes().otherwise(MINUTE * 2), r#","track":"b""#), "accepted");
}

#[test]
fn a_type_is_accepted_only_in_its_short_and_long_form() {
    let code = |policy: Policy, name: &str| {
        let token = token_of(&format!(r#"{{"alg":"HS256","typ":"{name}"}}"#), b"{}");
        let verdict = verifier(policy).verify(token, &keys(), now());
        verdict.map_or_else(|error| error.code(), |_| "accepted")
    };
    for name in ["JWT", "jwt", "at+jwt", "application/JWT", "APPLICATION/at+JWT"] {
        assert_eq!(code(waived(), name), "accepted", "{name}");
    }
    for name in ["application0JWT", "applicationsJWT", "text/javascriJWT", "application/", "J", ""]
    {
        assert_eq!(code(waived(), name), "unexpected_type", "{name}");
    }
    for policy in [waived().types(["b+jwt"]), waived().types(["application/B+jwt"])] {
        assert_eq!(code(policy.clone(), "B+JWT"), "accepted");
        assert_eq!(code(policy.clone(), "application/b+jwt"), "accepted");
        assert_eq!(code(policy.clone(), "applicationsb+jwt"), "unexpected_type");
        assert_eq!(code(policy, "JWT"), "unexpected_type");
    }
    assert_eq!(code(waived().any_type(), "applicationsJWT"), "accepted");
}

#[test]
fn an_invalid_policy_is_refused() {
    let named = |issuer: &str, audience: &str| {
        Policy::new(Issuers::only(issuer), Audiences::only(audience))
    };
    let none: [&str; 0] = [];
    let classes = |claim: &str| LifetimeClasses::by_claim(claim).class("x", MINUTE);
    let by = |classes| waived().max_lifetime_by(classes);
    for (policy, problem) in [
        (named("", "a"), "the list is empty or contains"),
        (named(" \t", "a"), "the list is empty or contains"),
        (named("a", ""), "the list is empty or contains"),
        (Policy::new(Issuers::one_of(none), Audiences::any()), "the list is empty or contains"),
        (
            Policy::new(Issuers::one_of(["a", ""]), Audiences::any()),
            "the list is empty or contains",
        ),
        (Policy::new(Issuers::any(), Audiences::one_of(none)), "the list is empty or contains"),
        (waived().algorithms([]), "the list is empty"),
        (waived().types(none), "the list is empty or contains a blank name"),
        (waived().types([""]), "the list is empty or contains a blank name"),
        (waived().require_claims([""]), "a claim name is blank"),
        (waived().expect_claim("", 1), "a claim name is blank"),
        (waived().require_claims(["a", " "]), "a claim name is blank"),
        (waived().require_claims(none), "an empty list requires nothing"),
        (waived().require_claims(["a"]).require_claims(none), "an empty list requires nothing"),
        (waived().require_scopes(none), "an empty list requires nothing"),
        (waived().require_scopes([""]), "a scope is blank or contains whitespace"),
        (waived().require_scopes(["a b"]), "a scope is blank or contains whitespace"),
        (waived().require_scopes(["a\tb"]), "a scope is blank or contains whitespace"),
        (waived().require_roles("", ["a"]), "required roles need a path"),
        (waived().require_roles("a..b", ["a"]), "required roles need a path"),
        (waived().require_roles("a. ", ["a"]), "required roles need a path"),
        (waived().require_roles("a", none), "required roles need a path"),
        (waived().require_roles("a", [""]), "required roles need a path"),
        (waived().max_token_octets(0), "a limit of zero octets"),
        (waived().leeway(MINUTE * 10 + NANOSECOND), "the maximum leeway is 600 s"),
        (waived().leeway(Duration::MAX), "the maximum leeway is 600 s"),
        (waived().max_age(Duration::ZERO), "must be more than zero"),
        (waived().max_age(Duration::MAX), "must be more than zero and at most"),
        (waived().max_lifetime(CENTURY + NANOSECOND), "must be more than zero and at most"),
        (by(classes("")), "the claim name is blank"),
        (by(classes("a").class(" ", MINUTE)), "a class name is blank"),
        (by(classes("a").class("b", MINUTE).class("b", MINUTE)), "a class has two limits"),
        (by(LifetimeClasses::by_claim("a")), "without a class or a default"),
        (by(classes("a").class("b", Duration::ZERO)), "the limit of a class must be"),
        (
            by(LifetimeClasses::by_claim("a").otherwise(Duration::MAX)),
            "the limit of a class must be",
        ),
    ] {
        let shown = format!("{policy:?}");
        let error: PolicyError = Verifier::new(policy).unwrap_err();
        assert!(error.problem().starts_with(problem), "{shown}: {error}");
        let member = error.member().unwrap();
        assert_eq!(error.to_string(), format!("invalid_policy: {member}: {}", error.problem()));
    }
}

#[test]
fn a_policy_at_its_limits_is_accepted() {
    for policy in [
        waived().leeway(MINUTE * 10).max_age(CENTURY).max_lifetime(NANOSECOND),
        waived().max_lifetime_by(LifetimeClasses::by_claim("a").otherwise(CENTURY)),
    ] {
        assert!(Verifier::new(policy).is_ok());
    }
}

#[test]
fn sets_and_keys_say_why_they_are_unusable() {
    let parser = || JwkSetParser::new(crypto::default_provider());
    let text = |parser: JwkSetParser<'_>, json: &[u8]| parser.parse(json).unwrap_err().to_string();
    assert_eq!(text(parser(), b"\xff"), "malformed_jwks: not UTF-8");
    assert_eq!(text(parser(), b"{}"), "malformed_jwks: keys is missing or not an array");
    assert_eq!(
        text(parser().max_octets(1), b"{}"),
        "jwks_too_large: the set has more than 1 octets"
    );
    assert_eq!(
        text(parser().max_keys(1), br#"{"keys":[1,2]}"#),
        "jwks_too_large: the set has more than 1 keys"
    );
    let keys = parser().parse(br#"{"keys":[{"kty":"x","kid":"a"},1]}"#).unwrap();
    let skipped = &keys.skipped()[0];
    assert_eq!((skipped.index(), skipped.id(), skipped.key_type()), (0, Some("a"), Some("x")));
    let reason = skipped.reason();
    assert_eq!(reason.to_string(), format!("unsupported_key_type: {}", reason.detail()));
    assert_eq!(keys.skipped()[1].id(), None);
    assert_eq!(keys.skipped()[1].reason().detail(), "not a JSON object");
    // A skipped key is known; for an unknown one a fetch may help.
    assert!(keys.knows_id("a") && !keys.knows_id("b"));
    let codes = KeyProblem::ALL.map(KeyProblem::code);
    assert_eq!(BTreeSet::from(codes).len(), codes.len());
    let every_hash =
        |octets| Key::from_secret_for_every_hash(&vec![7; octets], crypto::default_provider());
    assert_eq!(every_hash(31).unwrap_err().problem(), KeyProblem::WeakKey);
    assert_eq!(every_hash(63).unwrap().algorithms().to_string(), "HS256, HS384");
    let short = Key::from_secret(
        &[0; 40],
        [Algorithm::Hs256, Algorithm::Hs512],
        crypto::default_provider(),
    );
    assert_eq!(short.unwrap_err().problem(), KeyProblem::WeakKey);
}

#[test]
fn names_are_parsed_or_refused_with_help() {
    assert_eq!("ES256".parse::<Algorithm>(), Ok(Algorithm::Es256));
    let error = "none".parse::<Algorithm>().unwrap_err();
    assert!(error.to_string().contains("RS256, RS384"), "{error}");
}

#[test]
fn unencoded_payloads_and_extensions_are_refused_with_the_reason() {
    let reason = |header: &str| {
        let token = token_of(header, b"{}");
        verifier(waived()).verify(token, &keys(), now()).unwrap_err().message()
    };
    for (members, expected) in [
        (r#""b64":"false""#, "header: b64 is not a boolean"),
        (r#""b64":false"#, "header: b64 is false but not marked as critical"),
        (r#""b64":1,"crit":["b64"]"#, "header: b64 is not a boolean"),
        (r#""b64":false,"crit":["x"],"x":1"#, "header: b64 is false but not marked as critical"),
        (r#""crit":"b64""#, "header: crit is not an array"),
        (r#""crit":[1]"#, "header: crit contains a value that is not a string"),
        (r#""crit":["alg"]"#, "header: crit names a registered parameter"),
        (r#""crit":["x","x"],"x":1"#, "header: crit names a parameter twice"),
        (r#""crit":["x"]"#, "header: crit names a parameter that the header does not have"),
        (r#""crit":[]"#, "header: crit is empty"),
        (
            r#""b64":false,"crit":["b64"]"#,
            "the header marks b64 as critical, but no extension is supported",
        ),
    ] {
        assert_eq!(reason(&format!(r#"{{"alg":"HS256",{members}}}"#)), expected, "{members}");
    }
    let plain = token_of(r#"{"alg":"HS256","b64":true}"#, b"{}");
    assert!(verifier(waived()).verify(plain, &keys(), now()).is_ok());
}

#[test]
fn an_overlong_signature_is_invalid_but_bad_base64url_comes_first() {
    let (signed, _) = token("{}").rsplit_once('.').map(|(a, b)| (a.to_owned(), b.len())).unwrap();
    for (signature, code) in [
        ("A".repeat(1366), "invalid_signature"),
        ("A".repeat(1367), "invalid_signature"),
        ("A".repeat(4000), "invalid_signature"),
        // One character is less than an octet, and "AB" has unused bits that are set.
        ("A".repeat(1369), "malformed_token"),
        (format!("{}AB", "A".repeat(1368)), "malformed_token"),
        (format!("{}+", "A".repeat(1367)), "malformed_token"),
    ] {
        let token = format!("{signed}.{signature}");
        let error = verifier(waived()).verify(&token, &keys(), now()).unwrap_err();
        assert_eq!(error.code(), code, "{}", signature.len());
        let error = verifier(waived()).verify_jws(&token, &keys()).unwrap_err();
        assert_eq!(error.code(), code, "{}", signature.len());
    }
}
