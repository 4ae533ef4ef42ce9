//! exp, nbf and iat compared with the clock.

use serde_json::json;

use crate::case::{Case, case};

/// The three dates, their number formats and the leeway.
pub fn times() -> Vec<Case> {
    let mut cases = refused();
    cases.extend(accepted());
    cases.extend(order());
    cases
}

/// A payload with issuer, audience and these members, written exactly so.
fn payload(members: &str) -> String {
    format!(r#"{{"iss":"https://issuer.example","aud":"https://api.example",{members}}}"#)
}

const EXP: &str = r#""exp":1700003600"#;

fn refused() -> Vec<Case> {
    let refs = ["RFC 7519 §4.1.4", "RFC 7519 §2"];
    let why = "A token is valid only before its exp; only the leeway moves that moment.";
    let mut cases = Vec::new();
    for (id, exp, leeway, now) in [
        ("equal-now", "1700000000", "0", "1700000000"),
        ("one-before", "1699999999", "0", "1700000000"),
        ("zero", "0", "0", "1700000000"),
        ("one", "1", "0", "1700000000"),
        ("negative", "-1", "0", "1700000000"),
        ("negative-huge", "-1e300", "0", "1700000000"),
        ("negative-zero", "-0", "0", "1700000000"),
        ("fraction-before", "1699999999.999999", "0", "1700000000"),
        ("equal-as-fraction", "1700000000.000", "0", "1700000000"),
        ("equal-as-exponent", "17e8", "0", "1700000000"),
        ("equal-as-long-exponent", "0.000017E+14", "0", "1700000000"),
        ("just-before-in-decimals", "1699999999.99999999999999999999", "0", "1700000000"),
        ("too-small-for-a-double", "1e-400", "0", "1700000000"),
        ("equal-leeway", "1699999970", "30", "1700000000"),
        ("beyond-leeway", "1699999000", "30", "1700000000"),
        ("equal-fractional-leeway", "1699999999.5", "0.5", "1700000000"),
        ("equal-fractional-now", "1700000000.5", "0", "1700000000.5"),
        ("before-fractional-now", "1700000000", "0", "1700000000.000000001"),
        ("milliseconds-as-now", "1700003600", "0", "1700000000000"),
    ] {
        cases.push(
            case(format!("exp-{id}"), format!("exp {exp}, leeway {leeway}, now {now}"), why, &refs)
                .payload(payload(&format!("\"exp\":{exp}")))
                .policy(json!({ "leeway": leeway }))
                .now(now)
                .cves(&["CVE-2020-26892", "CVE-2026-53777"])
                .claim_error("expired", "exp"),
        );
    }
    for (id, exp) in [("equal-default-leeway", "1699999970"), ("day-old", "1699913600")] {
        cases.push(
            case(format!("exp-{id}"), format!("exp {exp} with the default leeway"), why, &refs)
                .payload(payload(&format!("\"exp\":{exp}")))
                .claim_error("expired", "exp"),
        );
    }
    let refs = ["RFC 7519 §4.1.5", "RFC 7519 §4.1.6"];
    let why = "A token is not valid before its nbf, nor before it was issued.";
    for (id, date, leeway, now) in [
        ("one-after", "1700000001", "0", "1700000000"),
        ("fraction-after", "1700000000.5", "0", "1700000000"),
        ("just-after-in-decimals", "1700000000.00000000000000000001", "0", "1700000000"),
        ("beyond-leeway", "1700000031", "30", "1700000000"),
        ("huge", "1e300", "30", "1700000000"),
        ("beyond-integers", "18446744073709551617", "30", "1700000000"),
        ("before-fractional-now", "1700000000.6", "0", "1700000000.5"),
        ("milliseconds", "1700000000000", "30", "1700000000"),
    ] {
        for (claim, code) in [("nbf", "not_yet_valid"), ("iat", "issued_in_future")] {
            let title = format!("{claim} {date}, leeway {leeway}, now {now}");
            cases.push(
                case(format!("{claim}-{id}"), title, why, &refs)
                    .payload(payload(&format!("{EXP},\"{claim}\":{date}")))
                    .policy(json!({ "leeway": leeway }))
                    .now(now)
                    .claim_error(code, claim),
            );
        }
    }
    for (claim, code) in [("nbf", "not_yet_valid"), ("iat", "issued_in_future")] {
        let title = format!("{claim} 31 seconds in the future with the default leeway");
        cases.push(
            case(format!("{claim}-default-leeway-plus-one"), title, why, &refs)
                .payload(payload(&format!("{EXP},\"{claim}\":1700000031")))
                .claim_error(code, claim),
        );
    }
    cases
}

fn accepted() -> Vec<Case> {
    let refs = ["RFC 7519 §4.1.4", "RFC 7519 §2"];
    let why = "A token is valid until its exp, in every format of that number.";
    let mut cases = Vec::new();
    for (id, exp, leeway, now) in [
        ("one-after", "1700000001", "0", "1700000000"),
        ("fraction-after", "1700000000.5", "0", "1700000000"),
        ("just-after-in-decimals", "1700000000.00000000000000000001", "0", "1700000000"),
        ("as-exponent", "1.7000036E+9", "0", "1700000000"),
        ("as-negative-exponent", "170000360000e-2", "0", "1700000000"),
        ("beyond-double-precision", "9007199254740993", "0", "9007199254740992"),
        ("beyond-64-bits", "18446744073709551616", "0", "1700000000"),
        ("beyond-128-bits", "1e40", "0", "1700000000"),
        ("largest-double", "1.7976931348623157e308", "0", "1700000000"),
        ("beyond-2038", "2147483648", "0", "2147483647"),
        ("inside-leeway", "1699999971", "30", "1700000000"),
        ("inside-fractional-leeway", "1699999999.6", "0.5", "1700000000"),
        ("just-inside-leeway", "1699999970.0001", "30", "1700000000"),
        ("large-leeway", "1699999401", "600", "1700000000"),
        ("after-fractional-now", "1700000000.5", "0", "1700000000.4999"),
    ] {
        let id = format!("exp-good-{id}");
        cases.push(
            case(id, format!("exp {exp}, leeway {leeway}, now {now}"), why, &refs)
                .payload(payload(&format!("\"exp\":{exp}")))
                .policy(json!({ "leeway": leeway }))
                .now(now)
                .valid(),
        );
    }
    let refs = ["RFC 7519 §4.1.5", "RFC 7519 §4.1.6"];
    let why = "A token is valid from its nbf on, and from the moment at which it was issued.";
    for (id, date, leeway) in [
        ("equal-now", "1700000000", "0"),
        ("one-before", "1699999999", "0"),
        ("zero", "0", "0"),
        ("negative", "-5", "0"),
        ("fraction-before", "1699999999.9", "0"),
        ("as-exponent", "17e8", "0"),
        ("equal-leeway", "1700000030", "30"),
        ("just-inside-leeway", "1700000029.999", "30"),
    ] {
        for claim in ["nbf", "iat"] {
            let title = format!("{claim} {date}, leeway {leeway}");
            cases.push(
                case(format!("{claim}-good-{id}"), title, why, &refs)
                    .payload(payload(&format!("{EXP},\"{claim}\":{date}")))
                    .policy(json!({ "leeway": leeway }))
                    .valid(),
            );
        }
    }
    let why = "The default leeway is thirty seconds.";
    for (id, members) in [
        ("exp", r#""exp":1699999971"#),
        ("nbf", r#""exp":1700003600,"nbf":1700000030"#),
        ("iat", r#""exp":1700003600,"iat":1700000030"#),
    ] {
        cases.push(
            case(format!("{id}-good-default-leeway"), format!("{id} just inside"), why, &refs)
                .payload(payload(members))
                .valid(),
        );
    }
    let why = "Only exp is required of every token, and only unless the policy waives it.";
    cases.push(
        case("exp-good-waived", "No exp where it is not required", why, &refs)
            .payload(payload(r#""sub":"alice""#))
            .policy(json!({ "require_exp": false }))
            .valid(),
    );
    cases
}

fn order() -> Vec<Case> {
    let refs = ["RFC 7519 §7.2"];
    let why =
        "The first failed check decides: the signature, then exp, nbf and iat, then the rest.";
    let zero = json!({ "leeway": "0" });
    vec![
        case(
            "exp-waived-but-there",
            "exp is not required, but present and in the past",
            why,
            &refs,
        )
        .payload(payload(r#""exp":1"#))
        .policy(json!({ "require_exp": false }))
        .claim_error("expired", "exp"),
        case("exp-missing", "exp is missing", why, &refs)
            .payload(payload(r#""sub":"alice""#))
            .claim_error("missing_claim", "exp"),
        case("exp-before-nbf", "exp is in the past and nbf in the future", why, &refs)
            .payload(payload(r#""exp":1,"nbf":9000000000"#))
            .policy(zero.clone())
            .claim_error("expired", "exp"),
        case("nbf-before-iat", "nbf and iat are in the future", why, &refs)
            .payload(payload(r#""exp":1700003600,"iat":1700000009,"nbf":1700000009"#))
            .policy(zero.clone())
            .claim_error("not_yet_valid", "nbf"),
        case("iat-before-iss", "iat is in the future and the issuer is wrong", why, &refs)
            .claims(json!({ "iss": "https://other.example", "iat": 1_700_000_009 }))
            .policy(zero.clone())
            .claim_error("issued_in_future", "iat"),
        case("exp-after-signature", "exp is in the past and the signature is bad", why, &refs)
            .cves(&["CVE-2024-51744"])
            .payload(payload(r#""exp":1"#))
            .signature(vec![7; 64])
            .error("invalid_signature"),
        case(
            "exp-not-for-signature-only",
            "exp is in the past, but only the signature is verified",
            why,
            &refs,
        )
        .payload(payload(r#""exp":1"#))
        .signature_only()
        .valid(),
        case("exp-before-aud", "exp is in the past and the audience is wrong", why, &refs)
            .claims(json!({ "aud": "https://other.example", "exp": 1 }))
            .policy(zero)
            .claim_error("expired", "exp"),
    ]
}
