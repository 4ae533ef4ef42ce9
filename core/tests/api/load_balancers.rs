//! The tokens of AWS load balancers: what a program builds and reads. The checks are in the vectors.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use verijot::verify::{AlbVerifier, Asked};
use verijot::{Audiences, Error, Issuers, JwkSet, Policy, TenantIds, UnixTime, Verifier};

use crate::common::{self, now};

const SIGNER: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
const CLIENT: &str = "client-id";
const ISSUER: &str = "https://issuer.example";
const KEY_ID: &str = "83be4b60-9e3c-4b0d-8a5c-1f5d7a3e2c10";

/// The token of a vector, and its keys.
fn token(id: &str) -> (String, JwkSet) {
    let file = include_str!("../../../testvectors/key-sources.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let mut cases = file["cases"].as_array().unwrap().iter();
    let case = cases.find(|case| case["id"] == id).unwrap();
    let keys = &file["key_sets"][case["jwks"].as_str().unwrap()];
    let keys = JwkSet::from_json(keys.to_string()).unwrap();
    (case["token"].as_str().unwrap().to_owned(), keys)
}

fn verifier() -> AlbVerifier {
    AlbVerifier::new([SIGNER], Audiences::only(CLIENT), Issuers::only(ISSUER)).unwrap()
}

#[derive(Debug, Deserialize)]
struct User<'t> {
    sub: &'t str,
    email: String,
}

#[test]
fn a_verified_token_says_who_signed_it_and_for_whom() {
    let (token, keys) = token("sources-alb-accepted");
    let verified = verifier().verify(&token, &keys, now()).unwrap();
    assert_eq!(verified.signer(), SIGNER);
    assert_eq!(verified.client(), CLIENT);
    assert_eq!(verified.issuer(), ISSUER);
    assert_eq!(verified.key_id(), Some(KEY_ID));
    assert_eq!(verified.expires_at().seconds(), 1_700_000_120);
    assert_eq!(verified.subject(), Some("alice"));
    assert_eq!(verified.header().algorithm_name(), "ES256");
    assert_eq!(verified.header().token_type(), Some("JWT"));
    let payload: Value = serde_json::from_str(verified.payload_json()).unwrap();
    assert_eq!(payload["email"], "alice@example");
    let user: User<'_> = verified.claims().unwrap();
    assert_eq!((user.sub, &*user.email), ("alice", "alice@example"));
    assert!(verified.claims::<Vec<String>>().is_err());
    let shown = format!("{verified:?}");
    assert_eq!(shown, format!("AlbToken {{ signer: {SIGNER:?}, .. }}"));
}

#[test]
fn the_header_says_which_key_is_needed() {
    let (token, _) = token("sources-alb-accepted");
    assert_eq!(verifier().open(&token).unwrap().key_id(), Some(KEY_ID));
    let other = AlbVerifier::new(
        [SIGNER.replace("/web/", "/other/")],
        Audiences::only(CLIENT),
        Issuers::only(ISSUER),
    );
    let error = other.unwrap().open(&token).unwrap_err();
    assert_eq!(error, Error::WrongClaim { claim: String::from("signer") });
}

#[test]
fn a_signature_without_padding_is_refused() {
    let (token, keys) = token("sources-alb-accepted");
    let (signed, _) = token.rsplit_once('.').unwrap();
    // The length of 66 octets, so that nothing is missing at the end.
    let token = format!("{signed}.{}", "A".repeat(88));
    let error = verifier().verify(&token, &keys, now()).unwrap_err();
    assert_eq!(error.code(), "malformed_token");
    assert!(error.to_string().contains("padding"), "{error}");
    let token = format!("{signed}.{}==", "A".repeat(86));
    let error = verifier().verify(&token, &keys, now()).unwrap_err();
    assert_eq!(error, Error::InvalidSignature);
}

#[test]
fn only_the_answer_about_a_load_balancers_token_is_accepted() {
    let (token, keys) = token("sources-alb-accepted");
    let Asked::Settled(answered) = verifier().ask(&token, &keys).unwrap() else { panic!() };
    let verified = verifier().verify_answered(&answered, now()).unwrap();
    assert_eq!(verified.subject(), Some("alice"));
    let late = UnixTime::from_seconds(1_700_000_150);
    assert_eq!(verifier().verify_answered(&answered, late).unwrap_err().code(), "expired");
    let others = AlbVerifier::new([SIGNER], Audiences::only("other"), Issuers::any()).unwrap();
    let error = others.verify_answered(&answered, now()).unwrap_err();
    assert_eq!(error, Error::WrongClaim { claim: String::from("client") });
    let policy = Policy::new(Issuers::any(), Audiences::any()).allow_missing_expiry();
    let ordinary = Verifier::new(policy.algorithms(verijot::Algorithm::Hs256)).unwrap();
    let answered = match ordinary.ask(common::token("{}"), &common::keys()).unwrap() {
        Asked::Settled(answered) => answered,
        Asked::Waiting(question) => panic!("{question:?}"),
    };
    let error = verifier().verify_answered(&answered, now()).unwrap_err();
    assert_eq!(error.code(), "malformed_token");
    assert!(answered.verify(&ordinary, now()).is_ok());
}

#[test]
fn the_leeway_says_how_long_a_token_lasts() {
    let (token, keys) = token("sources-alb-accepted");
    let lasts = |leeway: Option<u64>, seconds: i64| {
        let verifier = match leeway {
            Some(leeway) => verifier().leeway(Duration::from_secs(leeway)).unwrap(),
            None => verifier(),
        };
        let now = UnixTime::from_seconds(1_700_000_120 + seconds);
        match verifier.verify(&token, &keys, now) {
            Ok(_) => true,
            Err(Error::Expired { expired_at, leeway, .. }) => {
                assert_eq!(expired_at.seconds(), 1_700_000_120);
                assert!(i64::try_from(leeway.as_secs()).unwrap() <= seconds);
                false
            }
            Err(error) => panic!("{error}"),
        }
    };
    for (leeway, last) in [(None, 29), (Some(0), -1), (Some(1), 0), (Some(600), 599)] {
        assert!(lasts(leeway, last), "{leeway:?}");
        assert!(!lasts(leeway, last + 1), "{leeway:?}");
    }
    let error = verifier().leeway(Duration::from_millis(600_001)).unwrap_err();
    assert_eq!((error.code(), error.member()), ("invalid_policy", Some("leeway")));
    assert!(error.to_string().contains("600 s"), "{error}");
}

#[test]
fn what_names_nobody_is_refused() {
    let new = |signers: &[&str], clients: Audiences, issuers: Issuers| {
        AlbVerifier::new(signers.iter().copied(), clients, issuers)
    };
    let (client, issuer) = (|| Audiences::only(CLIENT), || Issuers::only(ISSUER));
    let template = Issuers::template("https://a.example/{tenant}", "tid", TenantIds::any());
    for (made, member) in [
        (new(&[], client(), issuer()), "signers"),
        (new(&[""], client(), issuer()), "signers"),
        (new(&[SIGNER, "web"], client(), issuer()), "signers"),
        (new(&["arn:aws:s3:eu-west-1:1:loadbalancer/a"], client(), issuer()), "signers"),
        (new(&[SIGNER], Audiences::one_of::<String>([]), issuer()), "clients"),
        (new(&[SIGNER], Audiences::one_of([CLIENT, " "]), issuer()), "clients"),
        (new(&[SIGNER], client(), Issuers::one_of::<String>([])), "issuers"),
        (new(&[SIGNER], client(), Issuers::one_of([ISSUER, ""])), "issuers"),
        (new(&[SIGNER], client(), template), "issuers"),
    ] {
        let error = made.unwrap_err();
        assert_eq!((error.code(), error.member()), ("invalid_policy", Some(member)), "{error}");
    }
    let error = AlbVerifier::from_json(b"\xff").unwrap_err();
    assert!(error.to_string().contains("UTF-8"), "{error}");
}

#[test]
fn a_waiver_accepts_every_client_and_issuer() {
    let (token, keys) = token("sources-alb-waived");
    let waived = AlbVerifier::new([SIGNER], Audiences::any(), Issuers::any()).unwrap();
    let verified = waived.verify(&token, &keys, now()).unwrap();
    assert_eq!((verified.issuer(), verified.subject()), ("y", Some("alice")));
    assert_ne!(verified.client(), CLIENT);
    let error = verifier().verify(&token, &keys, now()).unwrap_err();
    assert_eq!(error, Error::WrongClaim { claim: String::from("client") });
    let client = Audiences::only(verified.client());
    let verifier = AlbVerifier::new([SIGNER], client, Issuers::only(ISSUER)).unwrap();
    let error = verifier.verify(&token, &keys, now()).unwrap_err();
    assert_eq!(error.code(), "wrong_issuer");
}
