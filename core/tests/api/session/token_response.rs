//! What counts as tokens in a token endpoint's answer, and what does not.

use std::time::Duration;

use verijot::session::{RefreshFailure, Session, TokenResponse};

fn read(body: &str) -> Option<TokenResponse> {
    let read = TokenResponse::read(200, body.as_bytes());
    if let Err(failure) = &read {
        assert_eq!(*failure, RefreshFailure::UnexpectedStatus { status: 200 });
    }
    read.ok()
}

/// With an access token, a type, and these members.
fn with(members: &str) -> Option<TokenResponse> {
    read(&format!(r#"{{"access_token":"a.b.c","token_type":"Bearer"{members}}}"#))
}

#[test]
fn every_member_is_read() {
    let tokens = with(r#","refresh_token":"r\u00e9","id_token":"i","expires_in":3600,"scope":1"#);
    let tokens = tokens.unwrap();
    assert_eq!(tokens.access_token(), "a.b.c");
    assert_eq!(tokens.refresh_token(), Some("ré"));
    assert_eq!(tokens.id_token(), Some("i"));
    assert_eq!(tokens.expires_in(), Some(Duration::from_secs(3600)));
    let shown = format!("{tokens:?}");
    assert!(!shown.contains("a.b.c") && !shown.contains("ré"), "{shown}");
}

#[test]
fn what_is_absent_or_null_is_not_there() {
    for members in ["", r#","refresh_token":null,"id_token":null,"expires_in":null"#] {
        let tokens = with(members).unwrap();
        assert_eq!((tokens.refresh_token(), tokens.id_token()), (None, None));
        assert_eq!(tokens.expires_in(), None);
    }
}

#[test]
fn lifetimes_are_seconds_in_numbers_or_digits() {
    for (written, milliseconds) in [
        ("0", 0),
        ("-0", 0),
        ("0.5", 500),
        ("3.6e3", 3_600_000),
        ("999999999.999", 999_999_999_999),
        (r#""3599""#, 3_599_000),
        (r#""0""#, 0),
        (r#""\u0031""#, 1000),
    ] {
        let tokens = with(&format!(r#","expires_in":{written}"#));
        let lifetime = tokens.unwrap().expires_in();
        assert_eq!(lifetime, Some(Duration::from_millis(milliseconds)), "{written}");
    }
    for written in [
        "-1",
        "-0.001",
        "1e9",
        "1e400",
        "1700000000",
        "true",
        "[]",
        "{}",
        r#""""#,
        r#""1.5""#,
        r#""-1""#,
        r#""1e3""#,
        r#"" 1""#,
        r#""01""#,
        r#""1700000000""#,
        r#""soon""#,
        r#""null""#,
    ] {
        assert_eq!(with(&format!(r#","expires_in":{written}"#)), None, "{written}");
    }
}

#[test]
fn an_access_token_must_be_there_and_be_sendable() {
    for token in [r#""""#, r#""a b""#, r#""a,b""#, r#""é""#, r#""a\n""#, "1", "null", "[]"] {
        let body = format!(r#"{{"access_token":{token},"token_type":"Bearer"}}"#);
        assert_eq!(read(&body), None, "{token}");
    }
    assert_eq!(read(r#"{"token_type":"Bearer"}"#), None);
}

#[test]
fn only_bearer_tokens_are_sent() {
    for (token_type, expected) in [
        (r#""Bearer""#, true),
        (r#""bearer""#, true),
        (r#""BEARER""#, true),
        (r#""DPoP""#, false),
        (r#""mac""#, false),
        (r#""Bearer ""#, false),
        (r#""""#, false),
        ("null", false),
        ("1", false),
    ] {
        let body = format!(r#"{{"access_token":"a","token_type":{token_type}}}"#);
        assert_eq!(read(&body).is_some(), expected, "{token_type}");
    }
    assert_eq!(read(r#"{"access_token":"a"}"#), None);
}

#[test]
fn other_tokens_are_text_that_is_not_empty() {
    for name in ["refresh_token", "id_token"] {
        for written in [r#""""#, "1", "false", "[]", "{}", r#""\ud800""#] {
            assert_eq!(with(&format!(r#","{name}":{written}"#)), None, "{name}: {written}");
        }
    }
}

#[test]
fn only_strict_json_is_read() {
    let good = r#"{"access_token":"a","token_type":"Bearer"}"#;
    assert!(read(good).is_some());
    for body in [
        format!("\u{feff}{good}"),
        format!("{good} x"),
        format!("[{good}]"),
        good.replace("{", r#"{"access_token":"b","#),
        good.replace("}", r#","deep":"#) + &"[".repeat(40) + &"]".repeat(40) + "}",
        good.replace("}", r#","x":NaN}"#),
        String::new(),
        String::from("null"),
    ] {
        assert_eq!(read(&body), None, "{body}");
    }
    let utf16 = good.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    assert!(TokenResponse::read(200, &utf16).is_err());
    assert!(TokenResponse::read(200, &[good.as_bytes(), &[0xff]].concat()).is_err());
}

#[test]
fn an_answer_may_have_its_maximum_and_no_more() {
    let good = r#"{"access_token":"a","token_type":"Bearer"}"#;
    let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
    assert!(read(&padded(Session::MAX_ANSWER_OCTETS)).is_some());
    assert!(read(&padded(Session::MAX_ANSWER_OCTETS + 1)).is_none());
}

#[test]
fn another_status_has_no_tokens() {
    let good = br#"{"access_token":"a","token_type":"Bearer"}"#;
    for status in [0, 100, 201, 204, 206, 302, 400, 503] {
        let failure = TokenResponse::read(status, good).unwrap_err();
        assert_eq!(failure, RefreshFailure::UnexpectedStatus { status });
    }
    let ended = br#"{"error":"invalid_grant","access_token":"a","token_type":"Bearer"}"#;
    assert_eq!(TokenResponse::read(401, ended).unwrap_err(), RefreshFailure::Refused);
    // With status 200 it is no refusal either (RFC 6749 §5.2).
    assert!(
        TokenResponse::read(200, br#"{"error":"invalid_grant"}"#)
            .is_err_and(|failure| { failure == RefreshFailure::UnexpectedStatus { status: 200 } })
    );
}
