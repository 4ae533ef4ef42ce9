//! What the value of a claim must be.

use serde_json::{Value, json};

use super::REFS;
use crate::case::{Case, PAYLOAD, case};

/// Each rule about the claim `x`, with values that it accepts and refuses.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = values();
    cases.extend(lists());
    cases.extend(types());
    cases.extend(texts());
    cases.extend(absences());
    cases.extend(comparisons());
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
