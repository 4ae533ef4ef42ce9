//! What a demand accepts, how demands add up, and their documents.

use std::time::Duration;

use verijot::ClaimPath;
use verijot::request::{Demand, DemandError, GuardRules};

use super::verified;
use crate::common::now;

const NONE: [&str; 0] = [];

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
