//! Rules about single claims and header parameters.

use serde_json::{Value, json};

use crate::case::{Case, case};

mod values;

/// Every rule, accepted and refused.
pub fn rules() -> Vec<Case> {
    let mut cases = values::cases();
    cases.extend(paths());
    cases.extend(headers());
    cases.extend(orders());
    cases.extend(contradictions());
    cases
}

fn paths() -> Vec<Case> {
    let why = "A path is a list of names, each compared exactly, so names may contain anything.";
    let mut cases = Vec::new();
    for (id, path, claims, found) in [
        (
            "kubernetes",
            json!(["kubernetes.io", "namespace"]),
            json!({ "kubernetes.io": { "namespace": "a" } }),
            true,
        ),
        (
            "slash",
            json!(["oidc.circleci.com/project-id"]),
            json!({ "oidc.circleci.com/project-id": "a" }),
            true,
        ),
        (
            "url",
            json!(["https://app.example/claims", "tenant"]),
            json!({ "https://app.example/claims": { "tenant": "a" } }),
            true,
        ),
        ("dots-are-no-path", json!(["a.b"]), json!({ "a": { "b": "a" } }), false),
        ("path-is-no-name", json!(["a", "b"]), json!({ "a.b": "a" }), false),
        ("other-case", json!(["A"]), json!({ "a": "a" }), false),
        ("array-on-the-way", json!(["a", "0"]), json!({ "a": ["a"] }), false),
        ("text-on-the-way", json!(["a", "b"]), json!({ "a": "b" }), false),
        (
            "deep",
            json!(["a", "b", "c", "d", "e"]),
            json!({ "a": { "b": { "c": { "d": { "e": "a" } } } } }),
            true,
        ),
        ("unicode", json!(["\u{e9}"]), json!({ "\u{e9}": "a" }), true),
    ] {
        let title = format!("A path: {}", id.replace('-', " "));
        let name = path.as_array().expect("names").iter().filter_map(Value::as_str);
        let name = name.collect::<Vec<_>>().join(".");
        let case = case(format!("rule-path-{id}"), title, why, &REFS)
            .claims(claims)
            .policy(json!({ "rules": [{ "path": path, "equals": "a" }] }));
        cases.push(if found { case.valid() } else { case.claim_error("missing_claim", &name) });
    }
    cases
}

fn headers() -> Vec<Case> {
    let why = "A header parameter can tell kinds of tokens apart, as Salesforce's tty.";
    let tty = json!({ "header": "tty", "equals": "sfdc-core-token" });
    let nested = "Rules about the header look only there, and those about claims only there.";
    let replicated = "A claim that the header repeats must have the payload's value.";
    let iss = json!({ "header": "iss", "same_as": ["iss"] });
    let header = |members: &str| format!(r#"{{"alg":"ES256","kid":"p256"{members}}}"#);
    let mut cases = Vec::new();
    for (id, why, rule, members, code, claim) in [
        ("same", why, &tty, r#","tty":"sfdc-core-token""#, "", ""),
        ("other", why, &tty, r#","tty":"sfdc-id-token""#, "wrong_claim", "header.tty"),
        ("missing", why, &tty, "", "missing_claim", "header.tty"),
        (
            "number",
            why,
            &json!({ "header": "ver", "is": "string" }),
            r#","ver":1"#,
            "invalid_claim",
            "header.ver",
        ),
        ("object", why, &json!({ "header": "x", "has_key": "y" }), r#","x":{"y":1}"#, "", ""),
        ("absent", why, &json!({ "header": "nonce", "is": "absent" }), "", "", ""),
        (
            "there",
            why,
            &json!({ "header": "nonce", "is": "absent" }),
            r#","nonce":null"#,
            "unexpected_claim",
            "header.nonce",
        ),
        ("dotted-name", why, &json!({ "header": "a.b", "equals": 1 }), r#","a.b":1"#, "", ""),
        (
            "not-a-path",
            why,
            &json!({ "header": "a.b", "equals": 1 }),
            r#","a":{"b":1}"#,
            "missing_claim",
            "header.a.b",
        ),
        (
            "of-payload",
            nested,
            &json!({ "header": "sub", "equals": "alice" }),
            "",
            "missing_claim",
            "header.sub",
        ),
        (
            "of-header",
            nested,
            &json!({ "path": ["tty"], "is": "string" }),
            r#","tty":"a""#,
            "missing_claim",
            "tty",
        ),
        ("algorithm", why, &json!({ "header": "alg", "one_of": ["ES256", "RS256"] }), "", "", ""),
        ("replicated", replicated, &iss, r#","iss":"https://issuer.example""#, "", ""),
        (
            "replicated-other",
            replicated,
            &iss,
            r#","iss":"https://other.example""#,
            "wrong_claim",
            "header.iss",
        ),
        ("replicated-missing", replicated, &iss, "", "missing_claim", "header.iss"),
    ] {
        let title = format!("A header parameter: {}", id.replace('-', " "));
        let refs = if why == replicated { ["RFC 7519 §5.3", REFS[1]] } else { REFS };
        let case = case(format!("rule-header-{id}"), title, why, &refs)
            .header(header(members))
            .policy(json!({ "rules": [rule] }));
        cases.push(if code.is_empty() { case.valid() } else { case.claim_error(code, claim) });
    }
    cases.push(
        case("rule-header-signature-only", "Rules are for tokens with claims", nested, &REFS)
            .payload("x")
            .signature_only()
            .policy(json!({ "rules": [tty] }))
            .valid(),
    );
    cases
}

fn orders() -> Vec<Case> {
    let why = "Rules are checked in their order, after aud and expected claims, before scopes.";
    let x = json!({ "path": ["x"], "equals": 1 });
    let y = json!({ "path": ["y"], "equals": 1 });
    let both = json!({ "rules": [x, y] });
    let order = |id: &str, title: &str| case(format!("rule-order-{id}"), title, why, &REFS);
    vec![
        order("both", "Two rules, both met")
            .claims(json!({ "x": 1, "y": 1 }))
            .policy(both.clone())
            .valid(),
        order("first", "Two rules, neither met")
            .policy(both.clone())
            .claim_error("missing_claim", "x"),
        order("second", "Two rules, the second not met")
            .claims(json!({ "x": 1, "y": 2 }))
            .policy(both.clone())
            .claim_error("wrong_claim", "y"),
        order("same-claim", "Two rules about one claim, the second not met")
            .claims(json!({ "x": "a:b" }))
            .policy(json!({ "rules": [
                { "path": ["x"], "starts_with": "a:" }, { "path": ["x"], "matches_segments": "*:c" }
            ] }))
            .claim_error("wrong_claim", "x"),
        order("after-audience", "Both aud and a rule are wrong")
            .claims(json!({ "aud": "https://other.example" }))
            .policy(both.clone())
            .claim_error("wrong_audience", "aud"),
        order("after-expiry", "The token is expired, and a rule is wrong")
            .claims(json!({ "exp": 1 }))
            .policy(both.clone())
            .claim_error("expired", "exp"),
        order("after-expected", "Both an expected claim and a rule are wrong")
            .policy(json!({ "rules": [x], "expected_claims": { "z": 1 } }))
            .claim_error("missing_claim", "z"),
        order("before-scopes", "Both a rule and the scope are wrong")
            .policy(json!({ "rules": [x], "required_scopes": ["read"] }))
            .claim_error("missing_claim", "x"),
    ]
}

/// Policies with rules that require nothing or that no token can pass.
fn contradictions() -> Vec<Case> {
    let why =
        "A rule that no token can pass, or that requires nothing, is a mistake of its author.";
    let of_x = |test: Value| {
        let mut rule = test;
        rule.as_object_mut().expect("an object").insert("path".into(), json!(["x"]));
        rule
    };
    let mut cases = Vec::new();
    for (id, policy) in [
        ("no-rule", json!({ "rules": [] })),
        ("no-path", json!({ "rules": [{ "path": [], "is": "date" }] })),
        ("blank-name", json!({ "rules": [{ "path": ["a", ""], "is": "date" }] })),
        ("blank-value", json!({ "rules": [of_x(json!({ "equals": "" }))] })),
        ("one-of-nothing", json!({ "rules": [of_x(json!({ "one_of": [] }))] })),
        ("only-star", json!({ "rules": [of_x(json!({ "matches_segments": "*" }))] })),
        ("only-stars", json!({ "rules": [of_x(json!({ "matches_segments": "*:*/*" }))] })),
        ("two-stars", json!({ "rules": [of_x(json!({ "matches_segments": "repo:o/**" }))] })),
        ("empty-prefix", json!({ "rules": [of_x(json!({ "starts_with": "" }))] })),
        ("same-as-itself", json!({ "rules": [of_x(json!({ "same_as": ["x"] }))] })),
        (
            "absent-if-present",
            json!({ "rules": [of_x(json!({ "is": "absent", "if_present": true }))] }),
        ),
        (
            "two-values",
            json!({ "rules": [of_x(json!({ "equals": 1 })), of_x(json!({ "equals": 2 }))] }),
        ),
        (
            "two-types",
            json!({ "rules": [of_x(json!({ "is": "string" })), of_x(json!({ "is": "object" }))] }),
        ),
        (
            "value-of-another-pattern",
            json!({ "rules": [
            of_x(json!({ "one_of": ["a", "b"] })), of_x(json!({ "starts_with": "c" }))
        ] }),
        ),
        (
            "absent-and-there",
            json!({ "rules": [
            of_x(json!({ "is": "absent" })), { "path": ["x", "y"], "is": "date", "if_present": true }
        ] }),
        ),
        (
            "absent-and-required",
            json!({
                "rules": [of_x(json!({ "is": "absent" }))], "required_claims": ["x"]
            }),
        ),
        ("absent-expiry", json!({ "rules": [{ "path": ["exp"], "is": "absent" }] })),
        ("issuer-of-another-type", json!({ "rules": [{ "path": ["iss"], "is": "object" }] })),
    ] {
        let title = format!("A policy: {}", id.replace('-', " "));
        cases.push(
            case(format!("rule-policy-{id}"), title, why, &REFS)
                .policy(policy)
                .error("invalid_policy"),
        );
    }
    let why = "Rules that only look alike do not contradict each other.";
    for (id, claims, policy) in [
        (
            "absent-where-waived",
            json!({ "exp": null }),
            json!({ "rules": [{ "path": ["exp"], "is": "absent" }], "require_exp": false }),
        ),
        (
            "absent-in-header",
            json!({ "x": 1 }),
            json!({ "rules": [{ "header": "x", "is": "absent" }, { "path": ["x"], "equals": 1 }] }),
        ),
        (
            "values-that-overlap",
            json!({ "x": "b" }),
            json!({ "rules": [of_x(json!({ "one_of": ["a", "b"] })), of_x(json!({ "one_of": ["b", "c"] }))] }),
        ),
    ] {
        let title = format!("A policy: {}", id.replace('-', " "));
        cases.push(
            case(format!("rule-policy-good-{id}"), title, why, &REFS)
                .claims(claims)
                .policy(policy)
                .valid(),
        );
    }
    cases
}

const REFS: [&str; 2] = ["RFC 7519 §4", "RFC 8725 §3.12"];
