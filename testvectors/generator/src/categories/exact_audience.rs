//! Audiences and no others, and audiences in another claim.

use serde_json::{Value, json};

use crate::case::{AUDIENCE, Case, case};

/// Audiences of which the token must name nobody else.
pub fn exactly() -> Vec<Case> {
    let refs = ["OpenID Connect Core §3.1.3.7", "RFC 7519 §4.1.3", "RFC 8725 §3.9"];
    let why = "With exactly, the token must be for us and for nobody else.";
    let policy = json!({ "audiences": { "exactly": [AUDIENCE, "client"] } });
    let mut cases = Vec::new();
    for (id, aud, code) in [
        ("string", json!(AUDIENCE), ""),
        ("array", json!([AUDIENCE]), ""),
        ("both", json!(["client", AUDIENCE]), ""),
        ("one-twice", json!([AUDIENCE, AUDIENCE]), ""),
        ("with-another", json!([AUDIENCE, "https://evil.example"]), "wrong_audience"),
        ("another-first", json!(["https://evil.example", AUDIENCE]), "wrong_audience"),
        ("with-empty", json!([AUDIENCE, ""]), "wrong_audience"),
        ("with-longer", json!([AUDIENCE, "https://api.example/"]), "wrong_audience"),
        ("another", json!("https://evil.example"), "wrong_audience"),
        ("none", json!([]), "wrong_audience"),
        ("missing", Value::Null, "missing_claim"),
        ("number", json!([AUDIENCE, 5]), "invalid_claim"),
    ] {
        let title = format!("Exactly our audiences: {}", id.replace('-', " "));
        let case = case(format!("aud-exactly-{id}"), title, why, &refs)
            .claims(json!({ "aud": aud }))
            .policy(policy.clone());
        cases.push(if code.is_empty() { case.valid() } else { case.claim_error(code, "aud") });
    }
    for (id, audiences) in [
        ("empty", json!({ "exactly": [] })),
        ("blank", json!({ "exactly": ["client", " "] })),
        ("blank-claim", json!({ "one_of": ["client"], "in_claim": "" })),
    ] {
        let title = format!("Audiences of a policy: {}", id.replace('-', " "));
        cases.push(
            case(format!("aud-policy-{id}"), title, why, &refs)
                .policy(json!({ "audiences": audiences }))
                .error("invalid_policy"),
        );
    }
    cases
}

/// Audiences in `client_id`.
pub fn in_claim() -> Vec<Case> {
    let refs = ["RFC 7519 §4.1.3", "RFC 8725 §3.9"];
    let why = "Where client_id takes the place of aud, it must be there, and aud must not name others \
               only.";
    let ours = ["web", "mobile"];
    let one_of = json!({ "one_of": ours, "in_claim": "client_id" });
    let exactly = json!({ "exactly": ours, "in_claim": "client_id" });
    let mut cases = Vec::new();
    for (id, audiences, aud, client, code, claim) in [
        ("first", &one_of, Value::Null, json!("web"), "", ""),
        ("second", &one_of, Value::Null, json!("mobile"), "", ""),
        ("and-empty-aud", &one_of, json!([]), json!("web"), "", ""),
        ("and-aud", &one_of, json!("mobile"), json!("web"), "", ""),
        ("and-aud-among-others", &one_of, json!(["x", "web"]), json!("web"), "", ""),
        ("and-exact-aud", &exactly, json!(["web"]), json!("web"), "", ""),
        ("other", &one_of, Value::Null, json!("other"), "wrong_claim", "client_id"),
        ("other-case", &one_of, Value::Null, json!("Web"), "wrong_claim", "client_id"),
        ("missing", &one_of, Value::Null, Value::Null, "missing_claim", "client_id"),
        ("missing-with-aud", &one_of, json!("web"), Value::Null, "missing_claim", "client_id"),
        ("array", &one_of, Value::Null, json!(["web"]), "invalid_claim", "client_id"),
        ("number", &one_of, Value::Null, json!(5), "invalid_claim", "client_id"),
        ("and-other-aud", &one_of, json!("x"), json!("web"), "wrong_audience", "aud"),
        ("and-blank-aud", &one_of, json!(""), json!("web"), "wrong_audience", "aud"),
        ("and-others-in-aud", &one_of, json!(["x", "y"]), json!("web"), "wrong_audience", "aud"),
        (
            "and-aud-with-another",
            &exactly,
            json!(["web", "x"]),
            json!("web"),
            "wrong_audience",
            "aud",
        ),
        ("other-before-aud", &one_of, json!("x"), json!("other"), "wrong_claim", "client_id"),
    ] {
        let title = format!("The audience in client_id: {}", id.replace('-', " "));
        let case = case(format!("aud-in-claim-{id}"), title, why, &refs)
            .claims(json!({ "aud": aud, "client_id": client }))
            .policy(json!({ "audiences": audiences }));
        cases.push(if code.is_empty() { case.valid() } else { case.claim_error(code, claim) });
    }
    cases
}
