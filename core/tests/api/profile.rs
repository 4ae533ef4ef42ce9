//! The verifiers of one kind of token each: what the vectors cannot show.
#![cfg(feature = "ring")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use verijot::profile::{
    AccessTokenVerifier, Admission, Channel, IdTokenVerifier, Login, LogoutTokenVerifier, Profile,
    ReplayWindow, SecurityEventVerifier, StepUp, delivery_error,
};
use verijot::verify::{Check, Outcome};
use verijot::{
    Algorithm, Audiences, Error, Issuers, JwkSet, Policy, Revocation, TokenCache, UnixTime,
    Verified, Verifier,
};

const NOW: i64 = 1_700_000_000;

#[test]
fn a_token_that_is_cached_is_checked_for_each_login() {
    let case = case("id-token.json", "id-token-nonce-same");
    let verifier = id_tokens();
    let mut cache = TokenCache::new(8);
    let mut verify = |nonce: &str| {
        let token = cache.verify(verifier.verifier(), &case.token, &case.keys, now())?;
        verifier.check(token, now(), &Login::with_nonce(nonce).unwrap())
    };
    let first = verify("n-0S6_WzA2Mj").unwrap();
    assert_eq!((first.subject(), first.issuer()), ("alice", "https://issuer.example"));
    let again: Arc<Verified> = verify("n-0S6_WzA2Mj").unwrap().into_token();
    assert!(Arc::ptr_eq(&again, &first.into_token()));
    assert_eq!(verify("of another login").unwrap_err().code(), "wrong_claim");
    assert_eq!(cache.len(), 1);
}

#[test]
fn every_vector_has_the_same_verdict_with_and_without_a_cache() {
    let mut count = 0;
    for name in ["id-token.json", "logout-token.json", "security-event.json", "access-token.json"] {
        for case in cases(name) {
            let Some(settings) = case.get("profile") else { continue };
            let call =
                case.get("expectations").map_or_else(|| String::from("{}"), Value::to_string);
            let Ok(profile) = Profile::from_json(settings.to_string()) else { continue };
            let Ok(expectations) = profile.expectations(&call) else { continue };
            let parser = profile.verifier().policy().jwks_parser(verijot::crypto::ring::PROVIDER);
            let keys = parser.parse(case["jwks"].to_string()).unwrap();
            let token = case["token"].as_str().unwrap();
            let mut cache = TokenCache::new(1);
            let direct = expectations.verify(token, &keys, now()).map(|(_, checked)| checked);
            for _ in 0..2 {
                let cached = cache
                    .verify(profile.verifier(), token, &keys, now())
                    .and_then(|token| expectations.check(&token, now()));
                assert_eq!(cached, direct, "{}", case["id"]);
            }
            // The first check that fails is shown, and none after it is made.
            let explanation = expectations.explain(token, &keys, now());
            let outcomes = explanation.steps().iter().map(verijot::verify::Step::outcome);
            let failed = outcomes.clone().filter(|outcome| *outcome == Outcome::Failed).count();
            let made = outcomes.clone().take_while(|outcome| *outcome != Outcome::NotMade).count();
            assert_eq!(failed, usize::from(direct.is_err()), "{}", case["id"]);
            assert!(outcomes.skip(made).all(|outcome| outcome == Outcome::NotMade));
            count += 1;
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn a_token_of_another_verifier_is_not_taken() {
    let case = case("id-token.json", "id-token-nonce-same");
    let lax = Verifier::new(Policy::new(Issuers::any(), Audiences::any())).unwrap();
    let verified = lax.verify(&case.token, &case.keys, now()).unwrap();
    let code = |verifier: &IdTokenVerifier| {
        verifier.check(&verified, now(), &Login::any_nonce()).map(|_| ()).unwrap_err().code()
    };
    assert_eq!(code(&IdTokenVerifier::new("https://other.example", "c").unwrap()), "wrong_issuer");
    let other = IdTokenVerifier::new("https://issuer.example", "d").unwrap();
    assert_eq!(code(&other), "wrong_audience");
    assert!(id_tokens().check(&verified, now(), &Login::any_nonce()).is_ok());
}

#[test]
fn a_login_is_built_as_it_is_read() {
    let case = case("id-token.json", "id-token-all-claims");
    let verify = |login: &Login| {
        let token = id_tokens().verify(&case.token, &case.keys, now(), login);
        token.map(|token| token.to_json()).map_err(|error| error.claim().map(String::from))
    };
    let any = Login::any_nonce;
    let claim = |name: &str| Err(Some(String::from(name)));
    assert!(verify(&any().max_age(Duration::from_secs(1000))).is_ok());
    assert_eq!(verify(&any().max_age(Duration::from_secs(900))), claim("auth_time"));
    assert!(verify(&any().require_authentication_time()).is_ok());
    assert!(verify(&any().acr(["phr"]).unwrap()).is_ok());
    assert_eq!(verify(&any().acr(["pwd"]).unwrap()), claim("acr"));
    assert!(verify(&any().access_token("a", Channel::Back).unwrap()).is_ok());
    assert_eq!(verify(&any().access_token("a", Channel::Front).unwrap()), claim("at_hash"));
    assert_eq!(verify(&any().code("a", Channel::Front).unwrap()), claim("c_hash"));
    assert!(verify(&any().state("a").unwrap()).is_ok());
    assert_eq!(verify(&any().required_state("a").unwrap()), claim("s_hash"));
    assert!(verify(&Login::without_nonce()).is_ok());

    let first = id_tokens().verify(&case.token, &case.keys, now(), &any()).unwrap();
    assert!(verify(&Login::refresh_of(&first)).is_ok());
    assert!(verify(&any().second_of(&first)).is_ok());
    assert_eq!(first.session().as_deref(), Some("s1"));
    assert_eq!(first.authentication_context().as_deref(), Some("phr"));
    assert_eq!(first.authentication_methods(), ["pwd", "otp"]);
    assert_eq!(first.authorized_party().as_deref(), Some("c"));
    assert_eq!(first.authenticated_at().unwrap().seconds(), 1_699_999_000);
    assert_eq!(first.token().subject(), Some("alice"));
}

#[test]
fn what_an_unset_variable_looks_like_is_refused() {
    let policy = || Policy::new(Issuers::only("i"), Audiences::only("a"));
    let id = || IdTokenVerifier::new("i", "c").unwrap();
    let none = || Vec::<String>::new();
    let refused = [
        ("issuer", IdTokenVerifier::new("", "c").map(|_| ())),
        ("client_id", IdTokenVerifier::new("i", " ").map(|_| ())),
        ("client_id", LogoutTokenVerifier::new("i", "").map(|_| ())),
        ("audience", SecurityEventVerifier::new("i", "").map(|_| ())),
        ("trusted_audiences", id().trusted_audiences([""]).map(|_| ())),
        ("authorized_parties", id().authorized_parties(none()).map(|_| ())),
        ("algorithms", id().algorithms([Algorithm::Es256; 0]).map(|_| ())),
        ("leeway", id().leeway(Duration::from_secs(601)).map(|_| ())),
        ("client_ids", AccessTokenVerifier::new(policy()).unwrap().client_ids([""]).map(|_| ())),
        ("nonce", Login::with_nonce("").map(|_| ())),
        ("acr", Login::any_nonce().acr(none()).map(|_| ())),
        ("access_token", Login::any_nonce().access_token("", Channel::Back).map(|_| ())),
        ("code", Login::any_nonce().code(" ", Channel::Back).map(|_| ())),
        ("state", Login::any_nonce().state("").map(|_| ())),
        ("required_state", Login::any_nonce().required_state("").map(|_| ())),
        ("acr", StepUp::none().require_acr(none()).map(|_| ())),
        ("profile", Profile::from_json("{}").map(|_| ())),
        ("profile", Profile::from_json(r#"{"profile":"jwt"}"#).map(|_| ())),
        ("profile", IdTokenVerifier::from_json(r#"{"profile":"access-token"}"#).map(|_| ())),
    ];
    for (member, result) in refused {
        assert_eq!(result.unwrap_err().member(), Some(member));
    }
    assert!(Profile::from_json("[]").unwrap_err().member().is_none());
}

#[test]
fn a_policy_cannot_loosen_what_the_profile_decides() {
    let loosened = id_tokens()
        .policy(|policy| policy.any_type().allow_missing_expiry().allow_numeric_subject())
        .unwrap();
    let strict = id_tokens();
    assert_eq!(loosened.verifier().policy(), strict.verifier().policy());
    let set = strict.leeway(Duration::from_secs(5)).unwrap().any_authorized_party();
    let document = set.verifier().policy().to_json();
    assert!(document.contains(r#""leeway":"5""#), "{document}");
    let logout = logout_tokens().allow_missing_expiry().unwrap().strict_type().unwrap();
    assert!(logout.verifier().policy().to_json().contains(r#""max_age":"300""#));
}

#[test]
fn a_logout_token_is_used_once() {
    let case = case("logout-token.json", "logout-token-type-logout");
    let mut window = ReplayWindow::new(8);
    let verifier = logout_tokens();
    let token = verifier.verify(&case.token, &case.keys, now(), &mut window).unwrap();
    assert_eq!((token.session().as_deref(), token.subject()), (Some("s1"), Some("alice")));
    let again = verifier.verify(&case.token, &case.keys, now(), &mut window);
    assert_eq!(again.map(|_| ()), Err(Error::Replayed));
    assert!(verifier.verify_without_replay_check(&case.token, &case.keys, now()).is_ok());

    // It is remembered for as long as it would be accepted, with the leeway, and no longer.
    let verified = verifier.verifier().verify(&case.token, &case.keys, now()).unwrap();
    let pending = verifier.check(&verified, now()).unwrap();
    assert_eq!(pending.replay().until(), UnixTime::from_seconds(NOW + 120 + 30));
    assert!(pending.admitted(Admission::First).is_ok());
    let full = verifier.check(&verified, now()).unwrap().admitted(Admission::Full);
    assert_eq!(full.map(|_| ()).unwrap_err().code(), "replay_unavailable");
    let late = UnixTime::from_seconds(NOW + 149);
    let of_last_moment = verifier.verify(&case.token, &case.keys, late, &mut window);
    assert_eq!(of_last_moment.map(|_| ()), Err(Error::Replayed));
    let over =
        verifier.verify(&case.token, &case.keys, UnixTime::from_seconds(NOW + 150), &mut window);
    assert_eq!(over.map(|_| ()).unwrap_err().code(), "expired");
}

#[test]
fn an_event_shows_what_happened() {
    let case = case("security-event.json", "security-event-all-claims");
    let mut window = ReplayWindow::new(8);
    let verifier =
        SecurityEventVerifier::new("https://issuer.example", "https://api.example").unwrap();
    let event = verifier.verify(&case.token, &case.keys, now(), &mut window).unwrap();
    let uri = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
    assert_eq!(event.events(), [uri]);
    assert_eq!(event.event(uri), Some(r#"{"reason":"r"}"#));
    assert_eq!(event.event("urn:other"), None);
    assert_eq!((event.id(), event.transaction().as_deref()), ("j1", Some("t1")));
    assert_eq!(event.happened_at().unwrap().seconds(), 1_699_999_000);
    assert!(event.subject_id().unwrap().contains("alice@example.com"));
    let again =
        verifier.verify(&case.token, &case.keys, now(), &mut window).map(|_| ()).unwrap_err();
    assert_eq!(delivery_error(&again), Some("invalid_request"));
    let other = SecurityEventVerifier::new("https://other.example", "https://api.example").unwrap();
    let other = other.verify(&case.token, &case.keys, now(), &mut window).map(|_| ()).unwrap_err();
    assert_eq!(delivery_error(&other), Some("invalid_issuer"));
    assert_eq!(delivery_error(&Error::InvalidSignature), Some("authentication_failed"));
    assert_eq!(delivery_error(&Error::UnknownKey { kid: None }), Some("invalid_key"));
    assert_eq!(delivery_error(&Error::KeysUnavailable { retry_after: None }), None);

    // Nothing says when it ends, so it is remembered for as long as the transmitter delivers it.
    let verifier = verifier.remember_for(Duration::from_secs(60));
    let verified = verifier.verifier().verify(&case.token, &case.keys, now()).unwrap();
    let until = verifier.check(&verified, now()).unwrap().replay().until();
    assert_eq!(until, UnixTime::from_seconds(NOW + 60));
}

#[test]
fn an_access_token_says_who_calls() {
    let case = case("access-token.json", "access-token-strict");
    let policy = Policy::new(
        Issuers::only("https://issuer.example"),
        Audiences::only("https://api.example"),
    );
    let verifier = AccessTokenVerifier::new(policy).unwrap().client_ids(["app"]).unwrap();
    let token = verifier.verify(&case.token, &case.keys, now(), &StepUp::none()).unwrap();
    assert_eq!((&*token.client_id(), token.id(), token.subject()), ("app", "a1", "alice"));
    assert_eq!(token.authentication_context().as_deref(), Some("phr"));
    assert_eq!(token.authentication_methods(), ["pop"]);
    let strong = StepUp::none().require_acr(["phrh"]).unwrap();
    let strong = strong.max_authentication_age(Duration::from_secs(2000)).unwrap();
    let error = verifier.verify(&case.token, &case.keys, now(), &strong).map(|_| ()).unwrap_err();
    assert_eq!(
        error,
        Error::InsufficientAuthentication {
            claim: "acr",
            acr_values: vec![String::from("phrh")],
            max_age: Some(Duration::from_secs(2000)),
        }
    );
}

#[test]
fn an_explanation_shows_the_checks_of_the_profile() {
    let case = case("id-token.json", "id-token-nonce-other");
    let login = Login::with_nonce("n-0S6_WzA2Mj").unwrap();
    let explanation = id_tokens().explain(&case.token, &case.keys, now(), &login);
    let checks = explanation.steps().iter().map(verijot::verify::Step::check).collect::<Vec<_>>();
    // A policy without rules shows none. What only the caller knows comes last.
    let elsewhere = [Check::ClaimRule, Check::Revocation];
    let made = Check::ALL.into_iter().filter(|check| !elsewhere.contains(check));
    let made = made.chain(IdTokenVerifier::CHECKS).chain([Check::Revocation]);
    assert_eq!(checks, made.collect::<Vec<_>>());
    let failed = explanation.steps().iter().find(|step| step.outcome() == Outcome::Failed).unwrap();
    assert_eq!(failed.check(), Check::Nonce);
    assert_eq!(explanation.verdict().unwrap_err().code(), "wrong_claim");
    assert!(!explanation.to_string().contains("n-0S6"), "{explanation}");
}

#[test]
fn nothing_of_a_login_is_shown() {
    let login = Login::with_nonce("n-0S6").unwrap().state("st4te").unwrap();
    let login = login.access_token("SlAV32hkKG", Channel::Back).unwrap();
    let shown = format!("{login:?}");
    for secret in ["n-0S6", "st4te", "SlAV32hkKG"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for document in [
        r#"{"nonce":"n-0S6","nonce":"n-0S6"}"#,
        r#"{"nonce":"n-0S6","state":5}"#,
        r#"{"nonce":"n-0S6","any_nonce":true}"#,
        r#"{"refresh_of":{"iss":"n-0S6"}}"#,
    ] {
        let error = Login::from_json(document).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("n-0S6"), "{error}");
    }
}

#[test]
fn a_verifier_with_a_revocation_check_of_its_own_asks_before_the_profile() {
    let case = case("id-token.json", "id-token-nonce-other");
    let policy = id_tokens().verifier().policy().clone();
    let revoking = Verifier::new(policy).unwrap().with_revocation(|_| Revocation::Revoked);
    let error = revoking.verify(&case.token, &case.keys, now()).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "revoked");
}

struct Case {
    token: String,
    keys: JwkSet,
}

fn case(file: &str, id: &str) -> Case {
    let case = cases(file).into_iter().find(|case| case["id"] == id).unwrap();
    Case {
        token: case["token"].as_str().unwrap().to_owned(),
        keys: JwkSet::from_json(case["jwks"].to_string()).unwrap(),
    }
}

fn cases(file: &str) -> Vec<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testvectors").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let cases = verijot_testvectors::Cases::read(&text).unwrap().cases;
    cases.iter().map(|case| serde_json::from_str(case).unwrap()).collect()
}

fn id_tokens() -> IdTokenVerifier {
    IdTokenVerifier::new("https://issuer.example", "c").unwrap()
}

fn logout_tokens() -> LogoutTokenVerifier {
    LogoutTokenVerifier::new("https://issuer.example", "c").unwrap()
}

fn now() -> UnixTime {
    UnixTime::from_seconds(NOW)
}
