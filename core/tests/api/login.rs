//! What a login asks of an ID token, and what each setting of its verifier changes.
#![cfg(feature = "ring")]
#![allow(missing_docs, clippy::unwrap_used)]

use serde_json::{Value, json};
use verijot::Algorithm;
use verijot::profile::{IdTokenVerifier, Login};

use crate::profile_tokens::{
    ISSUER, NOW, assert_shows_no_claim, id_token, id_tokens, keys, merge, now, read,
};

#[test]
fn each_setting_of_id_tokens_has_its_effect() {
    let code = |verifier: &IdTokenVerifier, claims: &Value| {
        let token = verifier.verify(id_token(claims), &keys(), now(), &Login::any_nonce());
        token.map(|_| ()).map_err(|error| error.code())
    };
    let two = json!({ "aud": ["c", "d"], "azp": "c" });
    assert_eq!(code(&id_tokens(), &two), Err("wrong_audience"));
    assert_eq!(code(&id_tokens().trusted_audiences(["d"]).unwrap(), &two), Ok(()));
    let of_app = json!({ "azp": "app" });
    assert_eq!(code(&id_tokens(), &of_app), Err("wrong_claim"));
    assert_eq!(code(&id_tokens().authorized_parties(["app"]).unwrap(), &of_app), Ok(()));
    assert_eq!(code(&id_tokens().any_authorized_party(), &of_app), Ok(()));
    let ecdsa = id_tokens().algorithms(Algorithm::Es256).unwrap();
    assert_eq!(code(&ecdsa, &json!({})), Err("algorithm_not_allowed"));

    let token =
        id_tokens().verify(id_token(&json!({})), &keys(), now(), &Login::any_nonce()).unwrap();
    assert_eq!(read(&token.to_json()), json!({ "iss": ISSUER, "sub": "alice" }));
    assert!(token.session().is_none() && token.authorized_party().is_none());
    assert!(token.authenticated_at().is_none() && token.authentication_methods().is_empty());
    assert_shows_no_claim("IdToken", &format!("{token:?}"));
}

#[test]
fn a_refresh_may_not_change_the_login() {
    let refresh = |before: Value, claims: Value| {
        let mut previous = json!({ "iss": ISSUER, "sub": "alice", "aud": "c" });
        merge(&mut previous, &before);
        let login = Login::from_json(json!({ "refresh_of": previous }).to_string()).unwrap();
        let token = id_tokens().verify(id_token(&claims), &keys(), now(), &login);
        token
            .map(|_| ())
            .map_err(|error| (error.code(), error.claim().map(|claim| claim.as_str().to_owned())))
    };
    let fails = |code, claim: &str| Err((code, Some(claim.to_owned())));
    assert_eq!(refresh(json!({}), json!({})), Ok(()));
    let other = json!({ "iss": "https://other.example" });
    assert_eq!(refresh(other, json!({})), fails("wrong_claim", "iss"));
    assert_eq!(refresh(json!({ "sub": "bob" }), json!({})), fails("wrong_claim", "sub"));
    assert_eq!(refresh(json!({ "aud": ["c", "d"] }), json!({})), fails("wrong_claim", "aud"));
    let party = || json!({ "azp": "c" });
    assert_eq!(refresh(party(), party()), Ok(()));
    assert_eq!(refresh(json!({}), party()), fails("unexpected_claim", "azp"));
    assert_eq!(refresh(party(), json!({})), fails("missing_claim", "azp"));
    assert_eq!(refresh(json!({ "azp": "d" }), party()), fails("wrong_claim", "azp"));
    let nonce = || json!({ "nonce": "n" });
    assert_eq!(refresh(nonce(), nonce()), Ok(()));
    assert_eq!(refresh(nonce(), json!({})), Ok(()));
    assert_eq!(refresh(json!({}), nonce()), fails("unexpected_claim", "nonce"));
    assert_eq!(refresh(json!({ "nonce": "m" }), nonce()), fails("wrong_claim", "nonce"));
    let time = |seconds| json!({ "auth_time": NOW - seconds });
    assert_eq!(refresh(time(5), time(5)), Ok(()));
    assert_eq!(refresh(time(5), time(4)), fails("wrong_claim", "auth_time"));
}

#[test]
fn what_a_login_asks_for_must_be_there() {
    let verify = |login: &str, claims: Value| {
        let login = Login::from_json(login).unwrap();
        let token = id_tokens().verify(id_token(&claims), &keys(), now(), &login);
        token.map(|_| ()).map_err(|error| error.code())
    };
    let acr = r#"{"any_nonce": true, "acr": ["phr"]}"#;
    assert_eq!(verify(acr, json!({})), Err("missing_claim"));
    assert_eq!(verify(acr, json!({ "acr": "pwd" })), Err("wrong_claim"));
    assert_eq!(verify(acr, json!({ "acr": "phr" })), Ok(()));
    let time = r#"{"any_nonce": true, "auth_time_required": true}"#;
    assert_eq!(verify(time, json!({})), Err("missing_claim"));
    assert_eq!(verify(time, json!({ "auth_time": NOW + 31 })), Err("invalid_claim"));
    assert_eq!(verify(time, json!({ "auth_time": NOW + 30 })), Ok(()));
    assert_eq!(verify(r#"{"nonce": "n"}"#, json!({})), Err("missing_claim"));
    assert_eq!(
        verify(r#"{"without_nonce": true}"#, json!({ "nonce": "n" })),
        Err("unexpected_claim")
    );
}

#[test]
fn a_login_that_is_not_clear_is_refused() {
    for (document, member) in [
        (json!({ "nonce": 5 }), "nonce"),
        (json!({ "any_nonce": true, "code": "a" }), "channel"),
        (json!({ "any_nonce": true, "code": "a", "channel": "side" }), "channel"),
        (json!({ "any_nonce": true, "code": "a", "channel": 1 }), "channel"),
        (json!({ "any_nonce": true, "state": "a", "required_state": "a" }), "required_state"),
        (json!({ "any_nonce": true, "second_of": "a" }), "second_of"),
        (json!({ "refresh_of": { "iss": "i", "sub": "s" } }), "refresh_of"),
        (json!({ "refresh_of": { "iss": "i", "aud": "a" } }), "refresh_of"),
        (json!({ "refresh_of": { "sub": "s", "aud": "a" } }), "refresh_of"),
        (json!({ "refresh_of": { "iss": "i", "sub": "s", "aud": [] } }), "refresh_of"),
        (json!({ "refresh_of": { "iss": "i", "sub": "s", "aud": "a", "azp": 1 } }), "refresh_of"),
        (
            json!({ "refresh_of": { "iss": "i", "sub": "s", "aud": "a", "auth_time": "1" } }),
            "refresh_of",
        ),
    ] {
        let error = Login::from_json(document.to_string()).unwrap_err();
        assert_eq!(error.member(), Some(member), "{document}");
    }
}
