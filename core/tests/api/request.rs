//! What guards decide: demands, token places, rules, complete answers.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use crate::common::{keys, now, token, verifier, waived};
use verijot::request::{
    Answer, Demand, DemandError, GuardRules, TokenPlace, resource_metadata_url,
};
use verijot::{ClaimPath, Error, Revocation, Verified};

const NONE: [&str; 0] = [];

fn verified(payload: &str) -> Verified {
    verifier(waived()).verify(token(payload), &keys(), now()).unwrap()
}

/// Checks that the token and its payload give the same result: the code, and what would have been
/// accepted.
fn verdict(demand: &Demand, payload: &str) -> Result<(), (&'static str, String)> {
    let of_token = demand.check(&verified(payload), now());
    assert_eq!(of_token, demand.check_payload(payload, now()));
    of_token.map_err(|error| (error.code(), error.expected().unwrap()))
}

#[test]
fn all_and_any_of_scopes_and_roles() {
    let all = Demand::all_scopes(["a", "b"]).unwrap();
    let any = Demand::any_scope(["a", "b"]).unwrap();
    let lacks = |text: &str| Err(("insufficient_scope", text.to_owned()));
    for (payload, of_all, of_any) in [
        (r#"{"scope":"b x a"}"#, Ok(()), Ok(())),
        (r#"{"scope":["a","b","a"]}"#, Ok(()), Ok(())),
        (r#"{"scp":["a"]}"#, lacks("a, b"), Ok(())),
        (r#"{"scope":"b"}"#, lacks("a, b"), Ok(())),
        (r#"{"scope":["a b"]}"#, lacks("a, b"), lacks("one of: a, b")),
        (r#"{"scope":"A"}"#, lacks("a, b"), lacks("one of: a, b")),
        (r#"{"scope":[],"scp":"a b"}"#, lacks("a, b"), lacks("one of: a, b")),
        ("{}", lacks("a, b"), lacks("one of: a, b")),
    ] {
        assert_eq!(verdict(&all, payload), of_all, "{payload}");
        assert_eq!(verdict(&any, payload), of_any, "{payload}");
    }
    let all = Demand::all_roles("x.roles", ["a", "b"]).unwrap();
    let any = Demand::any_role(ClaimPath::from_names(["x", "roles"]), ["a", "b"]).unwrap();
    for (payload, of_all, of_any) in [
        (r#"{"x":{"roles":["b","a"]}}"#, Ok(()), Ok(())),
        (r#"{"x":{"roles":"a"}}"#, lacks("a, b"), Ok(())),
        (r#"{"x":{"roles":"a b"}}"#, lacks("a, b"), lacks("one of: a, b")),
        (r#"{"x.roles":["a","b"]}"#, lacks("a, b"), lacks("one of: a, b")),
    ] {
        assert_eq!(verdict(&all, payload), of_all, "{payload}");
        assert_eq!(verdict(&any, payload), of_any, "{payload}");
    }
    assert_eq!(verdict(&Demand::good_token(), "{}"), Ok(()));
}

/// A policy and a guard give a token the same status.
#[test]
fn a_claim_of_the_wrong_type_is_not_a_missing_scope() {
    let scope = Demand::all_scopes(["a"]).unwrap();
    let role = Demand::any_role("roles", ["a", "b"]).unwrap();
    let both = role.clone().and(scope.clone());
    for (demand, payload, claim) in [
        (&scope, r#"{"scope":5}"#, "scope"),
        (&scope, r#"{"scope":["a",5]}"#, "scope"),
        (&scope, r#"{"scope":null,"scp":"a"}"#, "scope"),
        (&scope, r#"{"scp":{}}"#, "scp"),
        (&role, r#"{"roles":{"a":true}}"#, "roles"),
        // Even if something else is missing first.
        (&both, r#"{"roles":5}"#, "roles"),
    ] {
        let error = demand.check_payload(payload, now()).unwrap_err();
        let found = error.claim().map(|claim| claim.to_string());
        assert_eq!((error.code(), found.as_deref()), ("invalid_claim", Some(claim)), "{payload}");
    }
    for payload in ["", "[]", "{}x", r#"{"scope":"a","scope":"b"}"#] {
        let error = scope.check_payload(payload, now()).unwrap_err();
        assert_eq!(error.code(), "malformed_claims", "{payload}");
        assert_eq!(Demand::good_token().check_payload(payload, now()), Err(error));
    }
}

#[test]
fn no_scope_and_no_role_is_empty() {
    for payload in [
        r#"{"scope":"","roles":""}"#,
        r#"{"scope":" a  b ","roles":["","a"]}"#,
        r#"{"scope":"\u0020a","roles":"\u0000"}"#,
        r#"{"scope":["","a"],"roles":[""]}"#,
        r#"{"scp":["",""]}"#,
        r#"{"scp":" "}"#,
    ] {
        let token = verified(payload);
        let path = ClaimPath::from("roles");
        assert!(!token.has_scope(""), "{payload}");
        assert!(!token.has_role(&path, ""), "{payload}");
        assert!(token.scopes().iter().all(|scope| !scope.is_empty()), "{payload}");
        assert!(token.roles(&path).iter().all(|role| !role.is_empty()), "{payload}");
    }
    assert_eq!(verified(r#"{"scope":" a  b "}"#).scopes(), ["a", "b"]);
    assert_eq!(verified(r#"{"scope":["b","","a"]}"#).scopes(), ["b", "a"]);
}

#[test]
fn demands_add_up() {
    let demand = Demand::all_roles("roles", ["staff"])
        .unwrap()
        .and(Demand::all_scopes(["a"]).unwrap())
        .and(Demand::any_scope(["c", "d"]).unwrap())
        .and(Demand::all_scopes(["b", "a"]).unwrap())
        .and(Demand::all_roles("roles", ["admin"]).unwrap())
        .and(Demand::any_scope(["e", "f"]).unwrap());
    for (payload, expected) in [
        ("{}", "a, b"),
        (r#"{"scope":"a b"}"#, "one of: c, d"),
        (r#"{"scope":"a b c"}"#, "one of: e, f"),
        (r#"{"scope":"a b c e"}"#, "staff, admin"),
        (r#"{"scope":"a b c e","roles":["staff"]}"#, "staff, admin"),
    ] {
        let expected = Err(("insufficient_scope", expected.to_owned()));
        assert_eq!(verdict(&demand, payload), expected, "{payload}");
    }
    assert_eq!(verdict(&demand, r#"{"scope":"a b d f","roles":["admin","staff"]}"#), Ok(()));
    assert_eq!(demand.clone().and(Demand::good_token()), demand);
    assert_eq!(demand.clone().and(demand.clone()), demand);
    assert!(Demand::good_token().is_empty() && !demand.is_empty());
    // Any of one name is that name.
    assert_eq!(Demand::any_scope(["a", "a"]).unwrap(), Demand::all_scopes(["a"]).unwrap());
}

#[test]
fn empty_and_impossible_demands_are_refused() {
    let path = ClaimPath::from_names(NONE);
    let problems = [
        Demand::all_scopes(NONE),
        Demand::any_scope(NONE),
        Demand::all_scopes([""]),
        Demand::any_scope(["a", ""]),
        Demand::all_scopes([" "]),
        Demand::all_scopes(["a b"]),
        Demand::all_scopes(["a\n"]),
        Demand::all_scopes(["a\u{a0}b"]),
        Demand::any_scope(["a\0"]),
        Demand::all_roles("roles", NONE),
        Demand::any_role("roles", NONE),
        Demand::all_roles("roles", ["a", " "]),
        Demand::any_role("roles", [""]),
        Demand::all_roles("", ["a"]),
        Demand::all_roles("a..b", ["a"]),
        Demand::all_roles(ClaimPath::from_names([" "]), ["a"]),
        Demand::any_role(path, ["a"]),
    ];
    for problem in problems {
        let text = problem.unwrap_err().to_string();
        assert!(text.starts_with("invalid_demand: "), "{text}");
    }
    assert!(Demand::all_roles("roles", ["Site Admin"]).is_ok());
    assert_eq!(DemandError::CODE, "invalid_demand");
}

#[test]
fn documents_are_read_strictly_and_written_again() {
    let whole = r#"[{"all_roles":{"at":["realm_access","roles"],"roles":["staff"]},"all_scopes":["a"],"any_role":{"at":["https://x.example/roles"],"roles":["b","c"]},"any_scope":["d","e"]},{"any_scope":["f","g"]}]"#;
    let demand = Demand::from_json(whole).unwrap();
    assert_eq!(demand.to_json().as_deref(), Some(whole));
    let spelled = r#" [ {"any_role": {"roles": ["b","c","b"], "at": ["https://x.example/roles"]}},
        {"any_scope": ["d", "e"]}, {"any_scope": ["f", "g"]}, {"\u0061ll_scopes": ["a"]},
        {"all_roles": {"at": "realm_access.roles", "roles": ["staff"]}} ] "#;
    assert_eq!(Demand::from_json(spelled).unwrap(), demand);
    assert_eq!(Demand::all_scopes(["a"]).unwrap().to_json().unwrap(), r#"{"all_scopes":["a"]}"#);
    assert_eq!(Demand::good_token().to_json(), None);
    for (document, problem) in [
        ("", "demand: not valid JSON (RFC 8259)"),
        ("5", "the demand must be an object or a list of objects"),
        ("null", "the demand must be an object or a list of objects"),
        ("[5]", "the demand must be an object or a list of objects"),
        (r#"[[{"all_scopes":["a"]}]]"#, "the demand must be an object or a list of objects"),
        ("[]", "an empty list demands nothing; name scopes or roles"),
        ("{}", "an empty object demands nothing; name scopes or roles"),
        (r#"[{"all_scopes":["a"]},{}]"#, "an empty object demands nothing; name scopes or roles"),
        (r#"{"all_scopes":["a"]} {}"#, "demand: not valid JSON (RFC 8259)"),
        (r#"{"all_scopes":["a"]},"x":1"#, "the demand must be an object or a list of objects"),
        (
            r#"{"all_scopes":["a"]},"demand":1"#,
            "demand: a member name occurs twice in one JSON object",
        ),
        (r#"{"all_scopes":["a"]}}"#, "demand: data after the JSON object"),
        (
            r#"{"all_scopes":["a"],"all_scopes":["b"]}"#,
            "demand: a member name occurs twice in one JSON object",
        ),
        (r#"{"all_scopes":[]}"#, "no scope is named; name at least one"),
        (r#"{"all_scopes":"a"}"#, "all_scopes must be an array of strings"),
        (r#"{"any_scope":["a",null]}"#, "any_scope must be an array of strings"),
        (r#"{"all_roles":["a"]}"#, "all_roles must be an object with the members `at` and `roles`"),
        (
            r#"{"all_roles":{"roles":["a"]}}"#,
            "all_roles must be an object with the members `at` and `roles`",
        ),
        (
            r#"{"any_role":{"at":5,"roles":["a"]}}"#,
            "any_role.at must be a string or an array of strings",
        ),
        (r#"{"any_role":{"at":"a","roles":"a"}}"#, "any_role.roles must be an array of strings"),
        (
            r#"{"any_role":{"at":[],"roles":["a"]}}"#,
            "the path of the roles claim is empty or contains a blank name; name the claim",
        ),
    ] {
        let error = Demand::from_json(document).unwrap_err();
        assert_eq!(error.problem(), problem, "{document}");
    }
    for (document, name) in [
        (r#"{"all_scopes":["a"],"any_scopes":["b"]}"#, "unknown member `any_scopes`;"),
        (r#"{"any_role":{"at":"a","roles":["a"],"x\n":1}}"#, "unknown member `any_role.x\\n`;"),
    ] {
        let error = Demand::from_json(document).unwrap_err();
        assert!(error.problem().starts_with(name), "{error}");
    }
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

/// A request and the token's claims, with what a demand for a sign-in says.
#[test]
fn a_sign_in_is_demanded() {
    let at = now().seconds();
    let acr = Demand::acr_values(["phr", "mfa"]).unwrap();
    let age = Demand::max_authentication_age(Duration::from_secs(600)).unwrap();
    let both = acr.clone().and(age.clone());
    let lacks = |claim: &str, challenge: &str| Some((claim.to_owned(), challenge.to_owned()));
    let acr_values = r#", acr_values="phr mfa""#;
    let max_age = r#", max_age="600""#;
    let neither = format!("{acr_values}{max_age}");
    for (demand, payload, expected) in [
        (&acr, String::from(r#"{"acr":"mfa"}"#), None),
        (&acr, String::from(r#"{"acr":"\u0070hr"}"#), None),
        (&acr, String::from(r#"{"acr":"pwd"}"#), lacks("acr", acr_values)),
        (&acr, String::from(r#"{"acr":"phr mfa"}"#), lacks("acr", acr_values)),
        (&acr, String::from(r#"{"acr":"MFA"}"#), lacks("acr", acr_values)),
        (&acr, String::from("{}"), lacks("acr", acr_values)),
        (&age, format!(r#"{{"auth_time":{at}}}"#), None),
        (&age, format!(r#"{{"auth_time":{}}}"#, at - 600), None),
        (&age, format!(r#"{{"auth_time":{}}}"#, at + 600), None),
        (&age, format!(r#"{{"auth_time":{}}}"#, at - 601), lacks("auth_time", max_age)),
        (&age, format!(r#"{{"auth_time":{}}}"#, at + 601), lacks("auth_time", max_age)),
        (&age, format!(r#"{{"auth_time":{}.9}}"#, at - 601), lacks("auth_time", max_age)),
        (&age, String::from("{}"), lacks("auth_time", max_age)),
        (&both, format!(r#"{{"auth_time":{at},"acr":"phr"}}"#), None),
        (&both, format!(r#"{{"auth_time":{at}}}"#), lacks("acr", &neither)),
        (&both, String::from(r#"{"acr":"phr"}"#), lacks("auth_time", &neither)),
    ] {
        let verdict = demand.check(&verified(&payload), now());
        assert_eq!(verdict, demand.check_payload(&payload, now()), "{payload}");
        let Some((claim, challenge)) = expected else {
            assert_eq!(verdict, Ok(()), "{payload}");
            continue;
        };
        let error = verdict.unwrap_err();
        assert_eq!(error.code(), "insufficient_authentication", "{payload}");
        assert_eq!(error.claim().map(|claim| claim.to_string()), Some(claim), "{payload}");
        let whole = format!(
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"insufficient_authentication\"{challenge}"
        );
        let answer = GuardRules::new(demand.clone()).answer(&error);
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.header("WWW-Authenticate"), Some(whole.as_str()), "{payload}");
    }
    for payload in [r#"{"acr":1}"#, r#"{"acr":null}"#, r#"{"acr":["phr"]}"#] {
        assert_eq!(acr.check_payload(payload, now()).unwrap_err().code(), "invalid_claim");
    }
    for payload in [r#"{"auth_time":"1"}"#, r#"{"auth_time":null}"#, r#"{"auth_time":1e999}"#] {
        let error = both.check_payload(payload, now()).unwrap_err();
        assert_eq!(error.code(), "invalid_claim", "{payload}");
    }
    // Before 403, because without authentication there is no authorization.
    let scope = Demand::all_scopes(["a"]).unwrap().and(acr);
    let code = |payload: &str| scope.check_payload(payload, now()).unwrap_err().code();
    assert_eq!(code("{}"), "insufficient_authentication");
    assert_eq!(code(r#"{"acr":"mfa"}"#), "insufficient_scope");
}

#[test]
fn demands_for_a_sign_in_add_up() {
    let acr = |values: &[&str]| Demand::acr_values(values.iter().copied()).unwrap();
    let age = |seconds| Demand::max_authentication_age(Duration::from_secs(seconds)).unwrap();
    assert_eq!(acr(&["a", "b", "c", "a"]).and(acr(&["c", "b", "d"])), acr(&["b", "c"]));
    assert_eq!(age(5).and(age(9)), age(5));
    assert_eq!(age(9).and(age(5)).and(Demand::good_token()), age(5));
    assert!(!age(5).is_empty() && !acr(&["a"]).is_empty());
    // No token meets both.
    let nobody = acr(&["a"]).and(acr(&["b"]));
    for payload in ["{}", r#"{"acr":"a"}"#, r#"{"acr":"b"}"#] {
        let error = nobody.check_payload(payload, now()).unwrap_err();
        assert_eq!(error.code(), "insufficient_authentication", "{payload}");
    }
    for demand in [
        acr(&["a", "b"]),
        age(600),
        acr(&["a"]).and(age(1)).and(Demand::all_scopes(["s"]).unwrap()),
        nobody,
    ] {
        let document = demand.to_json().unwrap();
        assert_eq!(Demand::from_json(&document), Ok(demand), "{document}");
    }
    for document in [
        r#"{"acr_values":[]}"#,
        r#"{"acr_values":[""]}"#,
        r#"{"acr_values":["a b"]}"#,
        r#"{"acr_values":["a\"b"]}"#,
        r#"{"acr_values":["\u00e4"]}"#,
        r#"{"acr_values":"a"}"#,
        r#"{"max_authentication_age":"0"}"#,
        r#"{"max_authentication_age":600}"#,
        r#"{"max_authentication_age":"1.5"}"#,
        r#"{"max_authentication_age":"-1"}"#,
        r#"{"max_authentication_age":""}"#,
        r#"{"max_authentication_age":"3155760001"}"#,
        r#"{"max_authentication_age":"99999999999999999999"}"#,
    ] {
        assert!(Demand::from_json(document).is_err(), "{document}");
    }
    assert!(Demand::max_authentication_age(Duration::from_millis(1500)).is_err());
    assert!(GuardRules::new(age(600)).optional().is_err());
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
