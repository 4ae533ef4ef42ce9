//! Checks of answers.

use serde_json::json;

use crate::common::service::Answer;
use crate::town::json_of;

pub(crate) fn expect(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
}

pub(crate) fn success(answer: &Answer) {
    assert!((200..300).contains(&answer.status), "{answer:?}");
}

/// Refused with this code, with the challenge of RFC 6750 §3.
pub(crate) fn refused(answer: &Answer, status: u16, code: &str) {
    expect(answer, status);
    assert_eq!(json_of(answer), json!({"detail": code}));
    let challenge = match code {
        "missing_token" => "Bearer".to_owned(),
        _ => format!(r#"Bearer error="invalid_token", error_description="{code}""#),
    };
    assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()));
}

/// The issuer's set has no such key, or the next fetch will decide.
pub(crate) fn refused_for_its_key(answer: &Answer) {
    if answer.status == 401 {
        return refused(answer, 401, "unknown_key");
    }
    expect(answer, 503);
    assert_eq!(json_of(answer), json!({"detail": "keys_unavailable"}));
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=15).contains(&seconds), "{seconds}");
    assert_eq!(answer.header("www-authenticate"), None);
}

pub(crate) fn unavailable(answer: &Answer) {
    expect(answer, 503);
    assert_eq!(json_of(answer), json!({"detail": "revocation_unavailable"}));
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("www-authenticate"), None);
}

pub(crate) fn invalid_grant(answer: &Answer) {
    expect(answer, 400);
    assert_eq!(json_of(answer), json!({"error": "invalid_grant"}));
}
