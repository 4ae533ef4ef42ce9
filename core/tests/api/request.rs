//! What guards decide: token places, rules, complete answers; demands are in a module of their own.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used)]

mod demands;

use std::time::Duration;

use crate::common::{keys, now, token, verifier, waived};
use verijot::request::{Answer, Demand, GuardRules, TokenPlace, resource_metadata_url};
use verijot::{Error, Revocation, Verified};

fn verified(payload: &str) -> Verified {
    verifier(waived()).verify(token(payload), &keys(), now()).unwrap()
}

#[test]
fn a_place_has_exactly_one_token() {
    let header = TokenPlace::header("CF-Access-Jwt-Assertion").unwrap();
    let cookie = TokenPlace::cookie("__Host-session").unwrap();
    let authorization = TokenPlace::authorization();
    assert_eq!(TokenPlace::default(), authorization);
    let (none, malformed) = (Ok(None), Err("malformed_authorization"));
    let good = Ok(Some("a.b.c"));
    for (place, lines, expected) in [
        (&authorization, &[][..], none),
        (&authorization, &["Bearer a.b.c"], good),
        (&authorization, &[" bearer  a.b.c "], good),
        (&authorization, &["Basic YTpi"], Err("missing_token")),
        (&authorization, &["a.b.c"], Err("missing_token")),
        (&authorization, &["Bearer"], malformed),
        (&authorization, &["Bearer a.b.c, Bearer a.b.c"], malformed),
        (&authorization, &[""], Err("missing_token")),
        (&authorization, &[" "], Err("missing_token")),
        (&authorization, &["Bearer a.b.c", "Bearer a.b.c"], malformed),
        (&authorization, &["Basic YTpi", "Bearer a.b.c"], malformed),
        (&authorization, &["", "Bearer a.b.c"], malformed),
        (&header, &[], none),
        (&header, &["a.b.c"], good),
        (&header, &["\ta.b.c "], good),
        (&header, &["Bearer a.b.c"], malformed),
        (&header, &["\"a.b.c\""], malformed),
        (&header, &["a.b.c, a.b.c"], malformed),
        (&header, &["a.b.c", "a.b.c"], malformed),
        (&header, &["a.b.c", ""], malformed),
        (&header, &[""], malformed),
        (&header, &["é"], malformed),
        (&cookie, &[], none),
        (&cookie, &[""], none),
        (&cookie, &["theme=dark; x"], none),
        (&cookie, &["__Host-session"], none),
        (&cookie, &["__host-session=a.b.c"], none),
        (&cookie, &["x__Host-session=a.b.c; x=__Host-session=a.b.c"], none),
        (&cookie, &["__Host-session=a.b.c"], good),
        (&cookie, &["theme=dark; __Host-session=a.b.c; x=\"; y"], good),
        (&cookie, &["theme=dark;__Host-session = a.b.c;"], good),
        (&cookie, &["__Host-session=\"a.b.c\""], good),
        (&cookie, &["theme=dark", "__Host-session=a.b.c"], good),
        (&cookie, &["__Host-session=a.b.c; __Host-session=a.b.c"], malformed),
        (&cookie, &["__Host-session=a.b.c", "__Host-session=x"], malformed),
        (&cookie, &["__Host-session=; __Host-session=a.b.c"], malformed),
        (&cookie, &["__Host-session="], malformed),
        (&cookie, &["__Host-session=\"\""], malformed),
        (&cookie, &["__Host-session=\"a.b.c"], malformed),
        (&cookie, &["x=\"y; __Host-session=a.b.c\""], malformed),
        (&cookie, &["__Host-session=Bearer a.b.c"], malformed),
        (&cookie, &["__Host-session=a,b"], malformed),
    ] {
        let found = place.token(lines.iter().map(|line| line.as_bytes()));
        let found =
            found.as_ref().map(|token| token.map(|token| std::str::from_utf8(token).unwrap()));
        assert_eq!(found.map_err(Error::code), expected, "{place:?} {lines:?}");
    }
    assert_eq!(header.header_name(), "cf-access-jwt-assertion");
    assert_eq!(cookie.header_name(), "cookie");
    assert_eq!(authorization.header_name(), "authorization");
    assert!(authorization.is_authorization() && !header.is_authorization());
    let names = ["", " ", "a b", "a:b", "a\r\nb", "ä", "a;b", "a=b", "a\"", "(a)"];
    for name in names {
        assert!(TokenPlace::header(name).is_err() && TokenPlace::cookie(name).is_err(), "{name:?}");
    }
    for name in ["Authorization", "cookie"] {
        assert!(TokenPlace::header(name).is_err(), "{name}");
    }
}

#[test]
fn an_optional_guard_demands_nothing() {
    let scopes = || Demand::all_scopes(["a"]).unwrap();
    assert!(GuardRules::new(scopes()).optional().is_err());
    let optional = GuardRules::new(Demand::good_token()).optional().unwrap();
    assert!(optional.clone().and(scopes()).is_err());
    assert_eq!(optional.clone().and(Demand::good_token()).as_ref(), Ok(&optional));
    assert_eq!(optional.token([]), Ok(None));
    let code = |lines: &[&[u8]]| optional.token(lines.iter().copied()).unwrap_err().code();
    assert_eq!(code(&[b"Basic YTpi"]), "missing_token");
    assert_eq!(code(&[b""]), "missing_token");
    let rules = GuardRules::new(scopes()).and(Demand::all_scopes(["b"]).unwrap()).unwrap();
    let rules = rules.at(TokenPlace::header("x-token").unwrap()).with_realm("r");
    assert_eq!(rules.token([]), Err(Error::MissingToken));
    assert_eq!(rules.token([&b"a.b.c"[..]]), Ok(Some(&b"a.b.c"[..])));
    let error = rules.check(&verified(r#"{"scope":"a"}"#), now()).unwrap_err();
    assert_eq!(error.expected().as_deref(), Some("a, b"));
    assert_eq!(rules.check(&verified(r#"{"scope":"a b"}"#), now()), Ok(()));
    assert_eq!((rules.realm(), rules.is_optional()), (Some("r"), false));
    assert_eq!(rules.place().header_name(), "x-token");
    assert_eq!(rules.demand(), &Demand::all_scopes(["a", "b"]).unwrap());
}

#[test]
fn an_answer_is_complete() {
    let lacking = |demand: Demand| demand.check_payload("{}", now()).unwrap_err();
    let all = || lacking(Demand::all_scopes(["a", "b"]).unwrap());
    let any = lacking(Demand::any_scope(["a", "b"]).unwrap());
    let role = lacking(Demand::all_roles("roles", ["a"]).unwrap());
    let challenge = |scope: &str| {
        let text = r#"Bearer realm="r", error="insufficient_scope", error_description="insufficient_scope""#;
        Some(format!("{text}{scope}"))
    };
    let here = TokenPlace::authorization();
    let wait = |retry_after| Error::KeysUnavailable { retry_after };
    for (error, status, challenge, retry_after, close) in [
        (Error::MissingToken, 401, Some(String::from(r#"Bearer realm="r""#)), None, 1008),
        (all(), 403, challenge(r#", scope="a b""#), None, 1008),
        (any, 403, challenge(""), None, 1008),
        (role, 403, challenge(""), None, 1008),
        (wait(None), 503, None, Some("1"), 1013),
        (wait(Some(Duration::ZERO)), 503, None, Some("1"), 1013),
        (wait(Some(Duration::from_millis(1500))), 503, None, Some("2"), 1013),
        (wait(Some(Duration::from_secs(4))), 503, None, Some("4"), 1013),
        (wait(Some(Duration::MAX)), 503, None, Some("18446744073709551615"), 1013),
    ] {
        let answer = error.answer(Some("r"), &here);
        assert_eq!(answer.status(), status, "{error}");
        assert_eq!(answer.header("www-authenticate"), challenge.as_deref(), "{error}");
        assert_eq!(answer.header("Retry-After"), retry_after, "{error}");
        assert_eq!(answer.websocket_close_code(), close, "{error}");
        checks_always(&answer, &error);
        for place in [&here, &TokenPlace::header("x").unwrap()] {
            for realm in [None, Some("r"), Some("a\"b")] {
                let mut rules = GuardRules::new(Demand::good_token()).at(place.clone());
                if let Some(realm) = realm {
                    rules = rules.with_realm(realm);
                }
                let kept = error.www_authenticate(None);
                let restored = Answer::restored(
                    error.code(),
                    error.http_status(),
                    kept.as_deref(),
                    error.retry_after_seconds(),
                    &rules,
                );
                assert_eq!(restored, error.answer(realm, place), "{error}");
                assert_eq!(restored, rules.answer(&error), "{error}");
            }
        }
        let elsewhere = error.answer(Some("r"), &TokenPlace::cookie("c").unwrap());
        assert_eq!(elsewhere.header("www-authenticate"), None, "{error}");
        assert_eq!(elsewhere.header("Retry-After"), retry_after, "{error}");
        checks_always(&elsewhere, &error);
    }
    for (code, status, kept, challenge) in [
        ("missing_token", 401, None, r#"Bearer realm="r""#),
        (
            "expired",
            0,
            None,
            r#"Bearer realm="r", error="invalid_token", error_description="expired""#,
        ),
        ("a\"\r\nb", 200, Some("Bearer a=\"\r\n\""), "Bearer realm=\"r\", a=\"\""),
        ("a", 401, Some("Basic x"), "Bearer realm=\"r\""),
    ] {
        let rules = GuardRules::new(Demand::good_token()).with_realm("r");
        let answer = Answer::restored(code, status, kept, Some(1), &rules);
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
        assert_eq!(answer.header("Retry-After"), None);
        assert!(answer.body().bytes().all(|octet| matches!(octet, b' '..=b'~')));
    }
    let rules = GuardRules::new(Demand::good_token()).with_realm("r");
    assert_eq!(rules.answer(&all()), all().answer(Some("r"), &here));
    assert!(all().to_string().ends_with("claim `scope` must grant: a, b"));
}

fn checks_always(answer: &Answer, error: &Error) {
    assert_eq!(answer.body(), format!(r#"{{"detail":"{}"}}"#, error.code()));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let names = answer.headers().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names.len(), names.iter().collect::<std::collections::BTreeSet<_>>().len());
    assert!(
        answer.headers().all(|(_, value)| value.bytes().all(|octet| matches!(octet, b' '..=b'~')))
    );
}

#[test]
fn every_revocation_check_runs() {
    use Revocation::{Clear, Revoked, Unavailable};
    for (answers, expected) in [
        ([Clear, Clear], None),
        ([Revoked, Clear], Some("revoked")),
        ([Clear, Revoked], Some("revoked")),
        ([Unavailable, Clear], Some("revocation_unavailable")),
        ([Clear, Unavailable], Some("revocation_unavailable")),
        ([Revoked, Unavailable], Some("revoked")),
        ([Unavailable, Revoked], Some("revocation_unavailable")),
    ] {
        let [first, second] = answers;
        let both =
            verifier(waived()).with_revocation(move |_| first).with_revocation(move |_| second);
        let verdict = both.verify(token("{}"), &keys(), now());
        assert_eq!(verdict.err().map(|error| error.code()), expected, "{answers:?}");
    }
}

#[test]
fn every_challenge_names_the_metadata_of_the_resource() {
    let url = "https://api.example/.well-known/oauth-protected-resource/notes";
    let rules = GuardRules::new(Demand::good_token()).with_realm("r");
    let rules = rules.with_resource_metadata(url).unwrap();
    assert_eq!(rules.resource_metadata(), Some(url));
    let scope = Demand::all_scopes(["a"]).unwrap().check_payload("{}", now()).unwrap_err();
    for error in [Error::MissingToken, Error::MalformedAuthorization, Error::Revoked, scope] {
        let plain = error.www_authenticate(None).unwrap();
        let plain = plain.strip_prefix("Bearer").unwrap().trim_start();
        let parts = [format!("Bearer realm=\"r\", resource_metadata=\"{url}\""), plain.to_owned()];
        let whole =
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        assert_eq!(rules.answer(&error).header("WWW-Authenticate"), Some(whole.as_str()));
    }
    let unavailable = Error::KeysUnavailable { retry_after: None };
    assert_eq!(rules.answer(&unavailable).header("WWW-Authenticate"), None);
    let elsewhere = rules.at(TokenPlace::cookie("c").unwrap());
    assert_eq!(elsewhere.answer(&Error::Revoked).header("WWW-Authenticate"), None);
    for url in [
        "",
        "/.well-known/oauth-protected-resource",
        "urn:example:notes",
        "null/.well-known/oauth-protected-resource",
        "http://api.example/x",
        "https://user@api.example/x",
        "https://api.example/x#y",
        "https://api.example/\"x",
        "https://api.example/\\x",
        "https://api.example/\r\nx",
        "https://api.example/ä",
    ] {
        let rules = GuardRules::new(Demand::good_token()).with_resource_metadata(url);
        assert_eq!(rules.unwrap_err().code(), "invalid_demand", "{url}");
        assert!(url.starts_with('/') || resource_metadata_url(url).is_err(), "{url}");
    }
    let inserted = "/.well-known/oauth-protected-resource";
    for (resource, url) in [
        ("https://api.example", format!("https://api.example{inserted}")),
        ("https://api.example/", format!("https://api.example{inserted}")),
        ("https://api.example:8443/mcp", format!("https://api.example:8443{inserted}/mcp")),
        ("https://api.example/mcp/", format!("https://api.example{inserted}/mcp/")),
        ("https://api.example?a=b", format!("https://api.example{inserted}?a=b")),
        ("https://api.example/?a=b", format!("https://api.example{inserted}?a=b")),
        ("http://127.0.0.1:8000/mcp", format!("http://127.0.0.1:8000{inserted}/mcp")),
    ] {
        assert_eq!(resource_metadata_url(resource), Ok(url), "{resource}");
    }
}
