//! What the results of the profiles say, and what each setting of a verifier changes.
#![cfg(feature = "ring")]
#![allow(missing_docs, clippy::unwrap_used, clippy::unreachable)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use verijot::profile::{
    AccessTokenVerifier, Admission, LogoutTokenVerifier, Replay, ReplayWindow,
    SecurityEventVerifier, StepUp, delivery_error,
};
use verijot::verify::{Check, Outcome, Step};
use verijot::{
    Algorithm, AlgorithmSet, Audiences, Error, Explanation, Issuers, JwkSet, Policy, TenantIds,
    Verified,
};

use crate::profile_tokens::{
    API, ISSUER, NOW, access_token, access_tokens, assert_shows_no_claim, at, event, event_claims,
    events, keys, logout_token, logout_tokens, now, read, sign,
};

#[test]
fn an_access_token_shows_the_login_behind_it() {
    let raw = access_token(&json!({}));
    let verifier = access_tokens();
    let token = verifier.verify(&raw, &keys(), now(), &StepUp::none()).unwrap();
    assert_eq!((token.subject(), token.id(), &*token.client_id()), ("alice", "a1", "app"));
    assert_eq!(token.token().issuer(), Some(ISSUER));
    assert_eq!(token.authenticated_at().unwrap().seconds(), NOW - 600);
    assert_eq!(token.authentication_context().as_deref(), Some("phr"));
    assert_eq!(token.authentication_methods(), ["pwd", "otp"]);
    assert_eq!(
        read(&token.to_json()),
        json!({
            "iss": ISSUER, "sub": "alice", "client_id": "app", "jti": "a1", "scope": "read",
            "auth_time": NOW - 600, "acr": "phr", "amr": ["pwd", "otp"],
        })
    );
    assert_shows_no_claim("AccessToken", &format!("{token:?}"));
    let owned: Verified = token.into_token();
    assert_eq!(owned.subject(), Some("alice"));

    let raw = access_token(&json!({ "auth_time": null, "acr": null, "amr": null, "scope": null }));
    let bare = verifier.verify(raw, &keys(), now(), &StepUp::none()).unwrap();
    assert!(bare.authenticated_at().is_none() && bare.authentication_context().is_none());
    assert!(bare.authentication_methods().is_empty());
    assert_eq!(read(&bare.to_json()).as_object().unwrap().len(), 4);
}

#[test]
fn a_step_up_says_all_that_it_asks_for() {
    assert_eq!((StepUp::none().acr_values().len(), StepUp::none().max_age()), (0, None));
    let built = StepUp::none().require_acr(["phr", "phrh"]).unwrap();
    let within =
        |step_up: StepUp, seconds| step_up.max_authentication_age(Duration::from_secs(seconds));
    let built = within(built, 599).unwrap();
    assert_eq!(built.acr_values(), ["phr", "phrh"]);
    assert_eq!(built.max_age(), Some(Duration::from_secs(599)));
    let document = r#"{"acr": ["phr", "phrh"], "max_authentication_age": "599"}"#;
    assert_eq!(StepUp::from_json(document), Ok(built.clone()));
    for (document, member) in [
        (r#"{"acr": []}"#, "acr"),
        (r#"{"max_authentication_age": 569}"#, "max_authentication_age"),
        (r#"{"max_authentication_age": "0"}"#, "max_authentication_age"),
        (r#"{"acr": ["a b"]}"#, "acr"),
        (r#"{"max_age": "569"}"#, "max_age"),
    ] {
        assert_eq!(StepUp::from_json(document).unwrap_err().member(), Some(member));
    }

    // Demands add up.
    let stricter = within(built.clone(), 60).unwrap().require_acr(["phr"]).unwrap();
    assert_eq!(
        (stricter.acr_values(), stricter.max_age()),
        (&[String::from("phr")][..], Some(Duration::from_secs(60)))
    );
    assert_eq!(within(stricter, 0).unwrap_err().member(), Some("max_authentication_age"));

    // The login was 600 s ago, and there is no leeway.
    let raw = access_token(&json!({}));
    let verify = |step_up: &StepUp| {
        let token = access_tokens().verify(&raw, &keys(), now(), step_up);
        token.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(verify(&built), Err("insufficient_authentication"));
    assert_eq!(verify(&within(StepUp::none(), 600).unwrap()), Ok(()));
    let other = StepUp::none().require_acr(["phrh"]).unwrap();
    assert_eq!(verify(&other), Err("insufficient_authentication"));
    let clients = access_tokens().client_ids(["other"]).unwrap();
    let refused = clients.verify(&raw, &keys(), now(), &StepUp::none()).map(|_| ()).unwrap_err();
    assert_eq!((refused.code(), refused.claim().unwrap().as_str()), ("wrong_claim", "client_id"));
}

#[test]
fn an_access_tokens_tenant_is_asked_for_last() {
    let issuers = Issuers::template("https://login.example/{tenant}/v2.0", "tid", TenantIds::any());
    let policy = Policy::new(issuers, Audiences::only(API));
    let asked = Arc::new(AtomicU32::new(0));
    let note = Arc::clone(&asked);
    let verifier = AccessTokenVerifier::new(policy)
        .unwrap()
        .with_known_tenants(move |tenant| {
            note.fetch_add(1, Ordering::Relaxed);
            tenant != "t2"
        })
        .with_known_tenants(|tenant| tenant != "t3")
        .client_ids(["app"])
        .unwrap();
    let verdict = |tenant: &str, client: &str| {
        let iss = format!("https://login.example/{tenant}/v2.0");
        let raw = access_token(&json!({ "iss": iss, "tid": tenant, "client_id": client }));
        let explained = verifier.explain(&raw, &keys(), now(), &StepUp::none());
        let verified = verifier.verify(&raw, &keys(), now(), &StepUp::none());
        let code = verified.map_or_else(|error| error.code(), |_| "valid");
        assert_eq!(explained.verdict().map_or_else(Error::code, |_| "valid"), code);
        let [.., last] = explained.steps() else { unreachable!() };
        assert_eq!(last.check(), Check::Revocation);
        let of_caller = |step: &&Step| step.check() == Check::Revocation;
        assert_eq!(explained.steps().iter().filter(of_caller).count(), 1);
        (code, last.outcome())
    };
    assert_eq!(verdict("t1", "app"), ("valid", Outcome::Passed));
    assert_eq!(verdict("t2", "app"), ("wrong_issuer", Outcome::Failed));
    assert_eq!(verdict("t3", "app"), ("wrong_issuer", Outcome::Failed));
    let before = asked.load(Ordering::Relaxed);
    assert_eq!(verdict("t2", "other"), ("wrong_claim", Outcome::NotMade));
    assert_eq!(asked.load(Ordering::Relaxed), before);
}

#[test]
fn explanations_end_with_the_checks_of_the_profile() {
    let step_up = StepUp::none().require_acr(["phrh"]).unwrap();
    let explanation = access_tokens().explain(access_token(&json!({})), &keys(), now(), &step_up);
    assert_fails_at(&explanation, &AccessTokenVerifier::CHECKS, Check::AuthenticationContext);

    let raw = logout_token(&json!({ "nonce": "n" }));
    let explanation = logout_tokens().explain(raw, &keys(), now());
    assert_fails_at(&explanation, &LogoutTokenVerifier::CHECKS, Check::Nonce);

    let raw = event(&json!({ "sub": "alice" }));
    let explanation = events().shared_signals().explain(&raw, &keys(), now());
    assert_fails_at(&explanation, &SecurityEventVerifier::CHECKS, Check::ForbiddenClaims);
    assert!(events().explain(&raw, &keys(), now()).verdict().is_ok());
}

#[test]
fn a_logout_token_says_whose_session_is_over() {
    let verifier = logout_tokens();
    let raw = logout_token(&json!({}));
    let token = verifier.verify_without_replay_check(&raw, &keys(), now()).unwrap();
    assert_eq!((token.issuer(), token.subject()), (ISSUER, Some("alice")));
    assert_eq!((token.session().as_deref(), token.token().id()), (Some("s1"), Some("l1")));
    assert_eq!(
        read(&token.to_json()),
        json!({ "iss": ISSUER, "sub": "alice", "sid": "s1", "jti": "l1" })
    );
    assert_shows_no_claim("LogoutToken", &format!("{token:?}"));
    let owned: Verified = token.into_token();
    assert_eq!(owned.id(), Some("l1"));

    let raw = logout_token(&json!({ "sid": null }));
    let all = verifier.verify_without_replay_check(raw, &keys(), now()).unwrap();
    assert!(all.session().is_none());
}

#[test]
fn each_setting_of_logout_tokens_has_its_effect() {
    let code = |verifier: &LogoutTokenVerifier, claims: &Value| {
        let token = verifier.verify_without_replay_check(logout_token(claims), &keys(), now());
        token.map(|_| ()).map_err(|error| error.code())
    };
    let two = json!({ "aud": ["c", "d"] });
    assert_eq!(code(&logout_tokens(), &two), Err("wrong_audience"));
    assert_eq!(code(&logout_tokens().trusted_audiences(["d"]).unwrap(), &two), Ok(()));
    let only_trusted = json!({ "aud": "d" });
    let trusting = logout_tokens().trusted_audiences(["d"]).unwrap();
    assert_eq!(code(&trusting, &only_trusted), Err("wrong_audience"));

    let endless = json!({ "exp": null });
    assert_eq!(code(&logout_tokens(), &endless), Err("missing_claim"));
    assert_eq!(code(&logout_tokens().allow_missing_expiry().unwrap(), &endless), Ok(()));
    let ecdsa = logout_tokens().algorithms(Algorithm::Es256).unwrap();
    assert_eq!(code(&ecdsa, &json!({})), Err("algorithm_not_allowed"));
    let ended = json!({ "exp": NOW - 40 });
    assert_eq!(code(&logout_tokens(), &ended), Err("expired"));
    let patient = logout_tokens().leeway(Duration::from_secs(60)).unwrap();
    assert_eq!(code(&patient, &ended), Ok(()));
    let old = json!({ "iat": NOW - 400 });
    assert_eq!(code(&logout_tokens(), &old), Err("too_old"));
    let slow = logout_tokens().policy(|policy| policy.max_age(Duration::from_secs(500))).unwrap();
    assert_eq!(code(&slow, &old), Ok(()));
    // Without `typ` a token is accepted, unless the verifier is strict.
    assert_eq!(code(&logout_tokens().strict_type().unwrap(), &json!({})), Err("unexpected_type"));

    for (result, member) in [
        (logout_tokens().trusted_audiences([" "]), "trusted_audiences"),
        (logout_tokens().leeway(Duration::from_secs(601)), "leeway"),
        (logout_tokens().algorithms(AlgorithmSet::EMPTY), "algorithms"),
    ] {
        assert_eq!(result.unwrap_err().member(), Some(member));
    }
    let shown = format!("{:?}", logout_tokens());
    assert!(shown.starts_with("LogoutTokenVerifier {"), "{shown}");
}

#[test]
fn a_logout_token_without_an_end_is_remembered_until_it_is_too_old() {
    let verifier = logout_tokens().allow_missing_expiry().unwrap();
    let raw = logout_token(&json!({ "exp": null, "iat": NOW - 100 }));
    let verified = verifier.verifier().verify(raw, &keys(), now()).unwrap();
    let pending = verifier.check(&verified, now()).unwrap();
    assert_eq!(pending.replay().until(), at(200 + 30));
    assert_eq!(pending.replay(), &Replay::new(["logout", ISSUER, "l1"], at(230)));
    assert_eq!(pending.without_replay_check().issuer(), ISSUER);
}

#[test]
fn an_event_shows_what_the_transmitter_says() {
    let raw = event(&json!({ "txn": "t1", "toe": NOW - 5, "sub_id": { "format": "opaque" } }));
    let token = events().verify_without_replay_check(raw, &keys(), now()).unwrap();
    assert_eq!((token.issuer(), token.id()), (ISSUER, "e1"));
    assert_eq!(token.events(), ["urn:example:changed"]);
    assert_eq!(token.event("urn:example:changed"), Some(r#"{"by":"admin"}"#));
    assert_eq!(token.subject_id(), Some(r#"{"format":"opaque"}"#));
    assert_eq!(token.transaction().as_deref(), Some("t1"));
    assert_eq!(token.happened_at().unwrap().seconds(), NOW - 5);
    assert_eq!(
        read(&token.to_json()),
        json!({
            "iss": ISSUER, "jti": "e1", "sub_id": { "format": "opaque" }, "txn": "t1",
            "toe": NOW - 5, "events": { "urn:example:changed": { "by": "admin" } },
        })
    );
    assert_shows_no_claim("SecurityEvent", &format!("{token:?}"));
    let owned: Verified = token.into_token();
    assert_eq!(owned.id(), Some("e1"));

    let bare = events().verify_without_replay_check(event(&json!({})), &keys(), now()).unwrap();
    assert!(bare.subject_id().is_none() && bare.transaction().is_none());
    assert!(bare.happened_at().is_none());
}

#[test]
fn each_setting_of_events_has_its_effect() {
    let code = |verifier: &SecurityEventVerifier, raw: &str| {
        let token = verifier.verify_without_replay_check(raw, &keys(), now());
        token.map(|_| ()).map_err(|error| error.code())
    };
    let untyped = sign(&json!({ "alg": "EdDSA" }), &event_claims(&json!({})));
    assert_eq!(code(&events(), &untyped), Err("unexpected_type"));
    assert_eq!(code(&events().allow_missing_type().unwrap(), &untyped), Ok(()));
    for claims in [json!({ "exp": NOW + 60 }), json!({ "sub": "alice" })] {
        let raw = event(&claims);
        assert_eq!(code(&events(), &raw), Ok(()));
        assert_eq!(code(&events().shared_signals(), &raw), Err("unexpected_claim"));
    }
    let old = event(&json!({ "iat": NOW - 100 }));
    let recent =
        |seconds| events().policy(|policy| policy.max_age(Duration::from_secs(seconds))).unwrap();
    assert_eq!(code(&recent(60), &old), Err("too_old"));
    assert_eq!(code(&recent(120), &old), Ok(()));
    let refused = events().policy(|policy| policy.leeway(Duration::from_secs(601)));
    assert_eq!(refused.unwrap_err().member(), Some("leeway"));

    // What ends first decides for how long a token is remembered.
    let until = |verifier: &SecurityEventVerifier, claims: &Value| {
        let verified = verifier.verifier().verify(event(claims), &keys(), now()).unwrap();
        verifier.check(&verified, now()).unwrap().replay().until()
    };
    assert_eq!(until(&events(), &json!({})), at(86_400));
    assert_eq!(until(&events(), &json!({ "exp": NOW + 60 })), at(60 + 30));
    assert_eq!(until(&recent(120), &json!({ "exp": NOW + 600 })), at(120 + 30));
}

#[test]
fn names_of_events_are_uris() {
    for name in ["changed", "1a:b", ":b", "a:", "a:b c", "ä:b"] {
        let raw = event(&json!({ "events": { name: {} } }));
        let error =
            events().verify_without_replay_check(raw, &keys(), now()).map(|_| ()).unwrap_err();
        assert_eq!((error.code(), error.claim().unwrap().as_str()), ("invalid_claim", "events"));
    }
    let raw = event(&json!({ "events": { "x-a.b+c:d": {} } }));
    assert!(events().verify_without_replay_check(raw, &keys(), now()).is_ok());
}

#[test]
fn a_transmitter_is_told_what_is_wrong() {
    let verify = |verifier: &SecurityEventVerifier, raw: &str, keys: &JwkSet| {
        let token = verifier.verify_without_replay_check(raw, keys, now());
        delivery_error(&token.map(|_| ()).unwrap_err())
    };
    let raw = event(&json!({}));
    let none = JwkSet::from_json(r#"{"keys": []}"#).unwrap();
    assert_eq!(verify(&events(), &raw, &none), Some("invalid_key"));
    let other = SecurityEventVerifier::new("https://other.example", API).unwrap();
    assert_eq!(verify(&other, &raw, &keys()), Some("invalid_issuer"));
    let other = SecurityEventVerifier::new(ISSUER, "https://other.example").unwrap();
    assert_eq!(verify(&other, &raw, &keys()), Some("invalid_audience"));
    let ecdsa = events().policy(|policy| policy.algorithms(Algorithm::Es256)).unwrap();
    assert_eq!(verify(&ecdsa, &raw, &keys()), Some("authentication_failed"));
    assert_eq!(verify(&events(), "not a token", &keys()), Some("invalid_request"));
    assert_eq!(delivery_error(&Error::AmbiguousKey { kid: None }), Some("invalid_key"));
    let mismatch = Error::AlgorithmMismatch {
        algorithm: Algorithm::Es256,
        permitted: Algorithm::EdDsa.into(),
    };
    assert_eq!(delivery_error(&mismatch), Some("invalid_key"));
    for error in [
        Error::KeysUnavailable { retry_after: None },
        Error::ReplayUnavailable { retry_after: None },
        Error::RevocationUnavailable { retry_after: None },
    ] {
        assert_eq!(delivery_error(&error), None, "{error}");
    }
}

#[test]
fn a_replay_window_shows_how_full_it_is_but_no_key() {
    let mut window = ReplayWindow::new(1);
    assert!(window.is_empty());
    assert_eq!(format!("{window:?}"), "ReplayWindow { capacity: 1, len: 0 }");
    let token = Replay::new(["set", ISSUER, "e1"], at(60));
    assert_eq!(window.admit(&token, now()), Admission::First);
    assert_eq!(format!("{window:?}"), "ReplayWindow { capacity: 1, len: 1 }");
    let other = Replay::new(["set", ISSUER, "e2"], at(60));
    assert_eq!(window.admit(&other, now()).into_result().unwrap_err().code(), "replay_unavailable");
    assert_eq!(window.admit(&token, now()).into_result(), Err(Error::Replayed));
    assert_eq!(window.admit(&other, at(61)).into_result(), Ok(()));
    assert_eq!(window.len(), 1);

    assert_ne!(token.key(), other.key());
    let shown = format!("{token:?}");
    assert_eq!(shown, format!("Replay {{ until: {:?}, .. }}", at(60)));
    let verified = events().verifier().verify(event(&json!({})), &keys(), now()).unwrap();
    let pending = events().check(&verified, now()).unwrap();
    assert_eq!(pending.replay().key(), token.key());
    assert!(format!("{pending:?}").starts_with("Unadmitted { token: SecurityEvent {"));
    assert_eq!(
        pending.admit(&mut window, now()).map(|_| ()).unwrap_err().code(),
        "replay_unavailable"
    );
}

/// The checks come last in this order, but for what only the caller knows, and this one fails.
fn assert_fails_at(explanation: &Explanation, checks: &[Check], failing: Check) {
    let made = explanation.steps().iter().map(Step::check).collect::<Vec<_>>();
    let of_profile = made.strip_suffix(&[Check::Revocation]).unwrap();
    assert!(of_profile.ends_with(checks), "{explanation}");
    let failed = explanation.steps().iter().find(|step| step.outcome() == Outcome::Failed);
    assert_eq!(failed.unwrap().check(), failing);
    assert!(explanation.verdict().is_err());
}
