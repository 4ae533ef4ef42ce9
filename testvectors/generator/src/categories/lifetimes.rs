//! Limits on the age and the lifetime of a token.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::categories::grants;

/// Optional parts of a policy: maximum age and lifetime, scopes and roles.
pub fn scopes_and_lifetimes() -> Vec<Case> {
    let mut cases = ages();
    cases.extend(ceilings_by_claim());
    cases.extend(grants::scopes());
    cases.extend(grants::roles());
    cases
}

/// Id, title, claims, policy, and the expected error and claim, if any.
pub type Row =
    (&'static str, &'static str, Value, Value, Option<(&'static str, Option<&'static str>)>);

/// Creates a case of each row.
pub fn table(why: &str, refs: &[&str], rows: Vec<Row>) -> Vec<Case> {
    rows.into_iter()
        .map(|(id, title, claims, policy, error)| {
            let case = case(id, title, why, refs).claims(claims).policy(policy);
            match error {
                None => case.valid(),
                Some((code, None)) => case.error(code),
                Some((code, Some(claim))) => case.claim_error(code, claim),
            }
        })
        .collect()
}

fn ages() -> Vec<Case> {
    let max_age = |age: &str, leeway: &str| json!({ "max_age": age, "leeway": leeway });
    let max_life = |life: &str| json!({ "max_lifetime": life });
    let issued = |iat: i64| json!({ "iat": iat });
    let spent = |iat: i64, exp: i64| json!({ "iat": iat, "exp": exp });
    let mut cases = table(
        "A policy may refuse a token as too old long before it expires.",
        &["RFC 7519 §4.1.6", "RFC 8725 §3.10"],
        vec![
            (
                "age-over",
                "One second older than the maximum",
                issued(1_699_999_399),
                max_age("600", "0"),
                Some(("too_old", Some("iat"))),
            ),
            (
                "age-over-within-leeway",
                "The maximum age has no leeway",
                issued(1_699_999_399),
                max_age("600", "30"),
                Some(("too_old", Some("iat"))),
            ),
            (
                "age-no-iat",
                "The age is unknown without iat",
                json!({}),
                max_age("600", "0"),
                Some(("missing_claim", Some("iat"))),
            ),
            (
                "age-equal",
                "Exactly the maximum age",
                issued(1_699_999_400),
                max_age("600", "0"),
                None,
            ),
            (
                "age-equal-with-leeway",
                "Exactly the maximum age, with a leeway",
                issued(1_699_999_400),
                max_age("600", "30"),
                None,
            ),
            (
                "age-future",
                "Issued in the future, within the leeway",
                issued(1_700_000_010),
                max_age("600", "30"),
                None,
            ),
        ],
    );
    cases.extend(table(
        "A token with a longer lifetime than the policy allows was not made for it.",
        &["RFC 7519 §4.1.4", "RFC 7519 §4.1.6"],
        vec![
            (
                "lifetime-over",
                "One second longer than the maximum",
                spent(1_699_999_000, 1_700_002_601),
                max_life("3600"),
                Some(("lifetime_too_long", Some("exp"))),
            ),
            (
                "lifetime-over-within-leeway",
                "The leeway does not extend the maximum",
                spent(1_699_999_000, 1_700_002_630),
                max_life("3600"),
                Some(("lifetime_too_long", Some("exp"))),
            ),
            (
                "lifetime-no-iat",
                "The lifetime is unknown without iat",
                json!({}),
                max_life("3600"),
                Some(("missing_claim", Some("iat"))),
            ),
            (
                "lifetime-no-exp",
                "The lifetime is unknown without exp, which is not required",
                json!({ "iat": 1_699_999_000, "exp": null }),
                json!({ "max_lifetime": "3600", "require_exp": false }),
                Some(("missing_claim", Some("exp"))),
            ),
            (
                "lifetime-after-age",
                "Both too old and too long",
                spent(1_699_990_000, 1_700_003_600),
                json!({ "max_age": "600", "max_lifetime": "3600" }),
                Some(("too_old", Some("iat"))),
            ),
            (
                "lifetime-before-iss",
                "Too long, and from a wrong issuer",
                json!({ "iss": "https://other.example", "iat": 1_699_990_000 }),
                max_life("3600"),
                Some(("lifetime_too_long", Some("exp"))),
            ),
            (
                "lifetime-equal",
                "Exactly the maximum lifetime",
                spent(1_699_999_000, 1_700_002_600),
                max_life("3600"),
                None,
            ),
            (
                "lifetime-fraction-equal",
                "Exactly the maximum lifetime, with fractions",
                json!({ "iat": 1_699_999_000.5, "exp": 1_700_002_600.5 }),
                max_life("3600"),
                None,
            ),
        ],
    ));
    cases
}

fn ceilings_by_claim() -> Vec<Case> {
    let by = |default: Value| {
        json!({ "max_lifetime_by": {
            "claim": "track",
            "ceilings": { "browser": "3600", "service": "300" },
            "default": default,
        } })
    };
    let token = |track: Value, life: i64| {
        let exp = 1_700_000_000 + life;
        json!({ "iat": 1_700_000_000, "exp": exp, "track": track })
    };
    table(
        "Each class of tokens has its own maximum.",
        &["RFC 7519 §4.1.4", "RFC 8725 §3.12"],
        vec![
            (
                "ceiling-over",
                "A service token with a browser's lifetime",
                token(json!("service"), 3600),
                by(json!("900")),
                Some(("lifetime_too_long", Some("exp"))),
            ),
            (
                "ceiling-default-over",
                "An unlisted class above the default maximum",
                token(json!("other"), 901),
                by(json!("900")),
                Some(("lifetime_too_long", Some("exp"))),
            ),
            (
                "ceiling-absent-over",
                "No class and above the default maximum",
                token(Value::Null, 901),
                by(json!("900")),
                Some(("lifetime_too_long", Some("exp"))),
            ),
            (
                "ceiling-unlisted",
                "An unlisted class without a default",
                token(json!("other"), 10),
                by(Value::Null),
                Some(("wrong_claim", Some("track"))),
            ),
            (
                "ceiling-other-case",
                "A listed class in another case, without a default",
                token(json!("Service"), 10),
                by(Value::Null),
                Some(("wrong_claim", Some("track"))),
            ),
            (
                "ceiling-absent",
                "No class and no default",
                token(Value::Null, 10),
                by(Value::Null),
                Some(("missing_claim", Some("track"))),
            ),
            (
                "ceiling-number",
                "A class that is a number",
                token(json!(5), 10),
                by(json!("900")),
                Some(("invalid_claim", Some("track"))),
            ),
            (
                "ceiling-equal",
                "A browser token of an hour",
                token(json!("browser"), 3600),
                by(json!("900")),
                None,
            ),
            (
                "ceiling-service",
                "A service token of five minutes",
                token(json!("service"), 300),
                by(Value::Null),
                None,
            ),
            (
                "ceiling-default",
                "An unlisted class at the default",
                token(json!("x"), 900),
                by(json!("900")),
                None,
            ),
            (
                "ceiling-absent-default",
                "No class at the default",
                token(Value::Null, 900),
                by(json!("900")),
                None,
            ),
        ],
    )
}
