//! Rules about single claims and header parameters.

use serde_json::{Value, json};

use crate::case::{Case, PAYLOAD, case};

const REFS: [&str; 2] = ["RFC 7519 §4", "RFC 8725 §3.12"];

/// Every rule, accepted and refused.
pub fn rules() -> Vec<Case> {
    let mut cases = values();
    cases.extend(lists());
    cases.extend(types());
    cases.extend(texts());
    cases.extend(absences());
    cases.extend(comparisons());
    cases.extend(paths());
    cases.extend(headers());
    cases.extend(orders());
    cases.extend(contradictions());
    cases
}

/// The usual payload with one more member, written exactly so.
fn payload_with(member: &str) -> String {
    PAYLOAD.replacen('{', &format!("{{{member},"), 1)
}

/// One rule about the claim `x`, and its values as JSON; an empty one is a missing claim, an empty
/// code accepts.
fn about_x(kind: &str, why: &str, rule: &Value, values: &[(&str, &str, &str)]) -> Vec<Case> {
    let mut rule = rule.clone();
    rule.as_object_mut().expect("an object").insert("path".into(), json!(["x"]));
    let one = |(id, value, code): &(&str, &str, &str)| {
        let payload = match *value {
            "" => PAYLOAD.to_string(),
            value => payload_with(&format!("\"x\":{value}")),
        };
        let title = format!("{kind}: {}", id.replace('-', " "));
        let case = case(format!("rule-{kind}-{id}"), title, why, &REFS)
            .payload(payload)
            .policy(json!({ "rules": [rule] }));
        if code.is_empty() { case.valid() } else { case.claim_error(code, "x") }
    };
    values.iter().map(one).collect()
}

fn values() -> Vec<Case> {
    let why = "A claim that must have a value is compared as JSON, so its type counts too.";
    let mut cases = about_x(
        "equals",
        why,
        &json!({ "equals": "access" }),
        &[
            ("same", r#""access""#, ""),
            ("escaped", r#""a\u0063cess""#, ""),
            ("all-escaped", r#""\u0061\u0063\u0063\u0065\u0073\u0073""#, ""),
            ("spaces-around", r#"  "access"  "#, ""),
            ("other", r#""id""#, "wrong_claim"),
            ("other-case", r#""Access""#, "wrong_claim"),
            ("longer", r#""access ""#, "wrong_claim"),
            ("array-of-it", r#"["access"]"#, "wrong_claim"),
            ("null", "null", "wrong_claim"),
            ("missing", "", "missing_claim"),
        ],
    );
    cases.extend(about_x(
        "equals-null",
        "Null is a value like any other, and a missing claim is not null.",
        &json!({ "equals": null }),
        &[
            ("null", "null", ""),
            ("text", r#""null""#, "wrong_claim"),
            ("missing", "", "missing_claim"),
        ],
    ));
    cases.extend(about_x(
        "equals-if-present",
        "The waiver is for tokens without the claim only.",
        &json!({ "equals": 1, "if_present": true }),
        &[
            ("missing", "", ""),
            ("same", "1", ""),
            ("null", "null", "wrong_claim"),
            ("other", "2", "wrong_claim"),
        ],
    ));
    cases.extend(about_x(
        "one-of",
        "One of the values is enough, and each is compared as JSON.",
        &json!({ "one_of": ["web", 5, { "a": [true] }] }),
        &[
            ("first", r#""web""#, ""),
            ("number", "5", ""),
            ("object", r#"{ "a" : [ true ] }"#, ""),
            ("object-without-spaces", r#"{"a":[true]}"#, ""),
            ("escaped", r#""w\u0065b""#, ""),
            ("text-of-number", r#""5""#, "wrong_claim"),
            ("fraction", "5.0", "wrong_claim"),
            ("prefix", r#""we""#, "wrong_claim"),
            ("both", r#"["web",5]"#, "wrong_claim"),
            ("object-with-more", r#"{"a":[true],"b":1}"#, "wrong_claim"),
            ("empty", r#""""#, "wrong_claim"),
            ("missing", "", "missing_claim"),
        ],
    ));
    cases
}

fn lists() -> Vec<Case> {
    let all = "An array must hold all of the strings; a string counts as an array of one.";
    let mut cases = about_x(
        "contains-all",
        all,
        &json!({ "contains_all": ["a", "b"] }),
        &[
            ("both", r#"["a","b"]"#, ""),
            ("among", r#"["c","b","d","\u0061"]"#, ""),
            ("other-order", r#"["b","a"]"#, ""),
            ("twice", r#"["a","a","b"]"#, ""),
            ("beside-empty", r#"["","a","b"]"#, ""),
            ("one", r#"["a"]"#, "wrong_claim"),
            ("string", r#""a""#, "wrong_claim"),
            ("words", r#""a b""#, "wrong_claim"),
            ("joined", r#"["a,b"]"#, "wrong_claim"),
            ("none", "[]", "wrong_claim"),
            ("number-among", r#"["a","b",1]"#, "invalid_claim"),
            ("nested", r#"[["a","b"]]"#, "invalid_claim"),
            ("object", r#"{"a":1,"b":1}"#, "invalid_claim"),
            ("null", "null", "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    );
    cases.extend(about_x(
        "contains-any",
        "An array must hold one of the strings; a string counts as an array of one.",
        &json!({ "contains_any": ["a", "b"] }),
        &[
            ("one", r#"["c","b"]"#, ""),
            ("both", r#"["a","b"]"#, ""),
            ("first", r#"["a","x"]"#, ""),
            ("alone", r#"["b"]"#, ""),
            ("twice", r#"["b","b"]"#, ""),
            ("string", r#""a""#, ""),
            ("other-string", r#""b""#, ""),
            ("prefix", r#"["ab","A"]"#, "wrong_claim"),
            ("words", r#""a b""#, "wrong_claim"),
            ("none", "[]", "wrong_claim"),
            ("null-among", r#"["a",null]"#, "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    ));
    cases.extend(about_x(
        "has-key",
        "An object must have the member, whatever its value.",
        &json!({ "has_key": "urn:zitadel:iam:org:project:roles" }),
        &[
            ("object", r#"{"urn:zitadel:iam:org:project:roles":{}}"#, ""),
            ("null", r#"{"a":1,"urn:zitadel:iam:org:project:roles":null}"#, ""),
            ("none", "{}", "wrong_claim"),
            ("deeper", r#"{"a":{"urn:zitadel:iam:org:project:roles":1}}"#, "wrong_claim"),
            ("array", r#"["urn:zitadel:iam:org:project:roles"]"#, "invalid_claim"),
            ("string", r#""urn:zitadel:iam:org:project:roles""#, "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    ));
    cases
}

fn types() -> Vec<Case> {
    let why = "A claim of the wrong type is refused; it does not count as missing.";
    let mut cases = about_x(
        "string",
        why,
        &json!({ "is": "string" }),
        &[
            ("empty", r#""""#, ""),
            ("number", "5", "invalid_claim"),
            ("null", "null", "invalid_claim"),
            ("array", r#"["a"]"#, "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    );
    cases.extend(about_x(
        "not-empty",
        "An empty string identifies nobody.",
        &json!({ "is": "not_empty" }),
        &[
            ("text", r#""a""#, ""),
            ("space", r#"" ""#, ""),
            ("empty", r#""""#, "invalid_claim"),
            ("array", r#"["a"]"#, "invalid_claim"),
            ("number", "1", "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    ));
    cases.extend(about_x(
        "boolean",
        "A truth value is true or false without quotation marks.",
        &json!({ "boolean": true }),
        &[
            ("same", "true", ""),
            ("other", "false", "wrong_claim"),
            ("text", r#""true""#, "invalid_claim"),
            ("number", "1", "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    ));
    cases.extend(about_x(
        "date",
        "A date is a number of seconds, as RFC 7519 §2 says. It is not compared with the time.",
        &json!({ "is": "date" }),
        &[
            ("whole", "1", ""),
            ("fraction", "1700000000.5", ""),
            ("ahead", "99999999999", ""),
            ("infinite", "1e999", "invalid_claim"),
            ("text", r#""1700000000""#, "invalid_claim"),
            ("null", "null", "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    ));
    cases.extend(about_x(
        "date-if-present",
        "The waiver is for tokens without the claim only.",
        &json!({ "is": "date", "if_present": true }),
        &[("missing", "", ""), ("null", "null", "invalid_claim")],
    ));
    cases.extend(about_x(
        "object",
        "Apple sends events as a string that holds JSON, which is no object.",
        &json!({ "is": "object" }),
        &[
            ("empty", "{}", ""),
            ("string", r#""{}""#, "invalid_claim"),
            ("array", "[{}]", "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    ));
    cases
}

fn texts() -> Vec<Case> {
    let mut cases = about_x(
        "starts-with",
        "The prefix is compared exactly, and only with a string.",
        &json!({ "starts_with": "system:serviceaccount:prod:" }),
        &[
            ("longer", r#""system:serviceaccount:prod:api""#, ""),
            ("only", r#""system:serviceaccount:prod:""#, ""),
            ("other", r#""system:serviceaccount:production:api""#, "wrong_claim"),
            ("shorter", r#""system:serviceaccount:prod""#, "wrong_claim"),
            ("other-case", r#""System:serviceaccount:prod:api""#, "wrong_claim"),
            ("inside", r#"" system:serviceaccount:prod:api""#, "wrong_claim"),
            ("array", r#"["system:serviceaccount:prod:api"]"#, "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    );
    cases.extend(about_x(
        "segments",
        "A star stands for a part of one segment; outsiders choose the names of branches.",
        &json!({ "matches_segments": "repo:octo/app:ref:refs/heads/release-*" }),
        &[
            ("branch", r#""repo:octo/app:ref:refs/heads/release-1""#, ""),
            ("escaped", r#""repo:octo\/app:ref:refs\/heads\/release-\u0031""#, ""),
            ("empty-star", r#""repo:octo/app:ref:refs/heads/release-""#, "wrong_claim"),
            ("across-slash", r#""repo:octo/app:ref:refs/heads/release-1/x""#, "wrong_claim"),
            ("across-colon", r#""repo:octo/app:ref:refs/heads/release-1:x""#, "wrong_claim"),
            ("other-separator", r#""repo:octo:app:ref:refs/heads/release-1""#, "wrong_claim"),
            ("fewer", r#""repo:octo/app:ref:refs/heads""#, "wrong_claim"),
            ("prefix", r#""xrepo:octo/app:ref:refs/heads/release-1""#, "wrong_claim"),
            ("line-break", r#""repo:octo/app:ref:refs/heads/release-1\nx/""#, "wrong_claim"),
            ("other-case", r#""repo:Octo/app:ref:refs/heads/release-1""#, "wrong_claim"),
            ("number", "5", "invalid_claim"),
            ("missing", "", "missing_claim"),
        ],
    ));
    cases.extend(about_x(
        "segments-whole",
        "A star that is a whole segment matches no other one, so a pattern without the segments of a \
         branch matches none.",
        &json!({ "matches_segments": "repo:octo/app:*" }),
        &[
            ("pull-request", r#""repo:octo/app:pull_request""#, ""),
            ("branch", r#""repo:octo/app:ref:refs/heads/main""#, "wrong_claim"),
            ("empty", r#""repo:octo/app:""#, "wrong_claim"),
            ("longer-name", r#""repo:octo/app-of-others:pull_request""#, "wrong_claim"),
        ],
    ));
    cases.extend(about_x(
        "segments-inner",
        "The text around a star in its segment must not overlap.",
        &json!({ "matches_segments": "a/aba*aba/c" }),
        &[
            ("apart", r#""a/aba1aba/c""#, ""),
            ("star", r#""a/aba*aba/c""#, ""),
            ("overlap", r#""a/ababa/c""#, "wrong_claim"),
            ("nothing-between", r#""a/abaaba/c""#, "wrong_claim"),
        ],
    ));
    cases.extend(about_x(
        "segments-without-star",
        "A pattern without a star is compared exactly.",
        &json!({ "matches_segments": "a::b/" }),
        &[
            ("same", r#""a::b/""#, ""),
            ("not-empty", r#""a:x:b/""#, "wrong_claim"),
            ("more", r#""a::b/c""#, "wrong_claim"),
        ],
    ));
    cases
}

fn absences() -> Vec<Case> {
    let mut cases = about_x(
        "absent",
        "A claim that must be absent is not there at all; null counts as there.",
        &json!({ "is": "absent" }),
        &[
            ("missing", "", ""),
            ("text", r#""a""#, "unexpected_claim"),
            ("null", "null", "unexpected_claim"),
            ("false", "false", "unexpected_claim"),
            ("empty", "{}", "unexpected_claim"),
        ],
    );
    let why = "A nested claim is absent, too, where the claim around it is no object.";
    let policy = json!({ "rules": [{ "path": ["x", "y"], "is": "absent" }] });
    for (id, claims, code) in [
        ("outer-missing", json!({}), ""),
        ("outer-text", json!({ "x": "y" }), ""),
        ("outer-other", json!({ "x": { "z": 1 } }), ""),
        ("other-place", json!({ "y": 1 }), ""),
        ("inner", json!({ "x": { "y": [] } }), "unexpected_claim"),
    ] {
        let title = format!("absent: a nested claim, {}", id.replace('-', " "));
        let case = case(format!("rule-absent-nested-{id}"), title, why, &REFS)
            .claims(claims)
            .policy(policy.clone());
        cases.push(if code.is_empty() { case.valid() } else { case.claim_error(code, "x.y") });
    }
    cases
}

fn comparisons() -> Vec<Case> {
    let why = "Two claims must have the same JSON value, as iss and sub of a client assertion.";
    let refs = ["RFC 7523 §3", "RFC 8725 §3.12"];
    let policy = json!({ "rules": [{ "path": ["x"], "same_as": ["y", "z"] }] });
    let mut cases = Vec::new();
    for (id, members, code, claim) in [
        ("text", r#""x":"a","y":{"z":"\u0061"}"#, "", ""),
        ("object", r#""x":{"a":1,"b":[2]},"y":{"z":{"b":[2],"a":1}}"#, "", ""),
        ("null", r#""x":null,"y":{"z":null}"#, "", ""),
        ("other", r#""x":"a","y":{"z":"b"}"#, "wrong_claim", "x"),
        ("other-type", r#""x":1,"y":{"z":"1"}"#, "wrong_claim", "x"),
        ("array-order", r#""x":[1,2],"y":{"z":[2,1]}"#, "wrong_claim", "x"),
        ("huge", r#""x":18446744073709551616,"y":{"z":18446744073709551616}"#, "wrong_claim", "x"),
        ("first-missing", r#""y":{"z":1}"#, "missing_claim", "x"),
        ("second-missing", r#""x":1,"y":{}"#, "missing_claim", "y.z"),
        ("both-missing", r#""y":{}"#, "missing_claim", "x"),
    ] {
        let title = format!("same as: {}", id.replace('-', " "));
        let case = case(format!("rule-same-as-{id}"), title, why, &refs)
            .payload(payload_with(members))
            .policy(policy.clone());
        cases.push(if code.is_empty() { case.valid() } else { case.claim_error(code, claim) });
    }
    let policy = json!({ "rules": [{ "path": ["sub"], "same_as": ["iss"] }] });
    let assertion = |id: &str, title: &str| {
        case(format!("rule-same-as-{id}"), title, why, &refs).policy(policy.clone())
    };
    cases.push(
        assertion("issuer", "A subject that is the issuer")
            .claims(json!({ "sub": "https://issuer.example" }))
            .valid(),
    );
    cases.push(
        assertion("other-issuer", "A subject that is not the issuer")
            .claims(json!({ "sub": "https://issuer.example/" }))
            .claim_error("wrong_claim", "sub"),
    );
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
