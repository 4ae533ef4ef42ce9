//! Rules about claims: contradictions with the rest of the policy, and their form in a document.

use verijot::{Audiences, ClaimPath, Issuers, Policy, Rule, Verifier};

use super::{waived, with};

/// Rules that cannot be met, built by a program and read from a document.
#[test]
fn a_rule_that_contradicts_the_policy_is_refused() {
    let roles = || waived().require_roles("realm.roles", ["admin"]);
    let api = Policy::new(Issuers::any(), Audiences::only("api"));
    let in_client = Policy::new(Issuers::any(), Audiences::only("api").in_claim("client_id"));
    let of_issuer = Policy::new(Issuers::only("https://a.example"), Audiences::any());
    let never = "no token can pass this rule and the rest of the policy";
    for (policy, path, problem) in [
        (roles(), "realm.roles", Some(never)),
        (roles(), "realm", Some(never)),
        (roles(), "realm.other", None),
        (roles(), "roles", None),
        (api.clone(), "aud", Some(never)),
        (api, "client_id", None),
        (in_client.clone(), "client_id", Some(never)),
        (in_client, "aud", None),
        (of_issuer.clone(), "iss", Some(never)),
        (of_issuer, "aud", None),
        (waived(), "aud", None),
    ] {
        let policy = policy.claim(path, Rule::absent());
        let found = Verifier::new(policy.clone()).err();
        let found = found.as_ref().map(|error| (error.member(), error.problem()));
        assert_eq!(found, problem.map(|problem| (Some("rules[0]"), problem)), "{path}");
        let read = Policy::from_json(policy.to_json());
        assert_eq!(read.is_err(), problem.is_some(), "{path}");
    }
    for names in [&[][..], &[""], &["a", " "]] {
        let rule = Rule::same_as(ClaimPath::from_names(names.iter().copied()));
        let error = Verifier::new(waived().claim("sub", rule)).unwrap_err();
        assert_eq!(error.member(), Some("rules[0]"), "{names:?}");
        assert!(error.problem().starts_with("the path of same_as is empty"), "{error}");
    }
}

#[test]
fn a_rule_has_one_place_and_one_test() {
    for rule in [
        r#"{"path":["a"],"path":["b"],"equals":1}"#,
        r#"{"path":["a"],"header":"b","equals":1}"#,
        r#"{"path":["a"],"equals":1,"is":"date"}"#,
        r#"{"path":["a"],"equals":1,"if_present":false}"#,
        r#"{"path":["a"]}"#,
        r#"{"equals":1}"#,
        r#"{"path":["a"],"if_present":true}"#,
        "{}",
        "[]",
    ] {
        let error = Policy::from_json(with(&format!(r#","rules":[{rule}]"#))).unwrap_err();
        let member = error.member().unwrap();
        assert!(member.starts_with("rules[0]"), "{rule}: {error}");
        let says = error.problem();
        assert!(says.contains("either path or header") || says.contains("twice"), "{rule}: {says}");
    }
    let rules =
        r#","rules":[{"path":["a"],"equals":1},{"header":"b","is":"date","if_present":true}]"#;
    let policy = Policy::from_json(with(rules)).unwrap();
    let built = waived().claim("a", Rule::equals(1)).header("b", Rule::date().if_present());
    assert_eq!(policy.to_json(), Policy::from_json(built.to_json()).unwrap().to_json());
    let shown = format!("{policy:?}");
    assert!(shown.contains("[a equals, header.b date if present]"), "{shown}");
}
