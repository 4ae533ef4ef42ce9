//! A host that reads the numbers of keys, and one that cannot load all of them.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use ring::signature::KeyPair;
use verijot::crypto::{self, Curve, KeyMaterial};
use verijot::verify::Asked;
use verijot::{Error, JwkSet, JwkSetParser};

use super::questions::{LATER, jwks, signer, token};
use crate::common::{self, now, verifier, waived};

#[test]
fn the_numbers_of_public_keys_are_given_and_no_secret() {
    let keys = JwkSet::from_json(format!(
        r#"{{"keys": [
            {{"kty": "RSA", "n": "{}", "e": "AQAB"}},
            {{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}},
            {{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}]}}"#,
        BASE64URL.encode([0xa7; 256])
    ))
    .unwrap();
    let octets = |text: &str| BASE64URL.decode(text).unwrap();
    let [rsa, ec, ed25519] = keys.keys() else { panic!("{keys:?}") };
    let Some(KeyMaterial::Rsa { modulus, exponent }) = rsa.material() else { panic!() };
    assert_eq!((modulus, exponent), (&[0xa7; 256][..], &[1, 0, 1][..]));
    let Some(KeyMaterial::EllipticCurve { curve, x, y }) = ec.material() else { panic!() };
    assert_eq!(curve, Curve::P256);
    assert_eq!(x, octets("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"));
    assert_eq!(y, octets("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"));
    let Some(KeyMaterial::Ed25519 { x }) = ed25519.material() else { panic!() };
    assert_eq!(x, octets("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
    assert!(common::keys().keys()[0].material().is_none());
}

/// Index, kid, kty and reason of each skipped key.
fn skipped(keys: &JwkSet) -> Vec<(usize, Option<&str>, Option<&str>, &str)> {
    let skipped = keys.skipped().iter();
    let shown =
        skipped.map(|key| (key.index(), key.id(), key.key_type(), key.reason().problem().code()));
    shown.collect()
}

#[test]
fn keys_that_a_host_cannot_load_are_skipped() {
    let text = jwks(&[(1, Some("a")), (2, Some("b")), (3, None)]);
    let unusable = r#"{"kty":"EC","crv":"secp256k1","kid":"z","x":"AA","y":"AA"}"#;
    let text = text.replacen('[', &format!("[{unusable},"), 1);
    let whole = JwkSetParser::new(&LATER).parse(text).unwrap();
    let keys = whole.without_keys_at(&[0, 2, 2, 3, usize::MAX]);
    assert_eq!(
        skipped(&keys),
        [
            (0, Some("z"), Some("EC"), "unsupported_curve"),
            (1, Some("a"), Some("OKP"), "unsupported_algorithm"),
            (3, None, Some("OKP"), "unsupported_algorithm"),
        ]
    );
    assert_eq!(keys.indices(), [2]);
    assert_eq!(keys.keys().len(), 1);
    assert_eq!(keys.keys()[0].id(), Some("b"));
    for (kid, known) in [("a", true), ("b", true), ("z", true), ("c", false)] {
        assert_eq!(keys.knows_id(kid), known, "{kid}");
    }
    let verifier = verifier(waived());
    let named = |number, kid: &str| {
        let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
        verifier.ask(token(number, &header, "{}"), &keys)
    };
    assert!(matches!(named(1, "a"), Err(Error::UnknownKey { .. })));
    let Ok(Asked::Waiting(question)) = named(2, "b") else { panic!() };
    assert_eq!(question.candidates()[0].position(), 0);
    // The set that it comes from is as it was, and what it verifies is the same.
    assert_eq!(whole.keys().len(), 3);
    let token = token(1, r#"{"alg":"EdDSA","kid":"a"}"#, "{}");
    assert!(verifier.verify(&token, &whole, now()).is_ok());
    assert!(verifier.verify(&token, &whole.without_keys_at(&[3]), now()).is_ok());
    // No position at all makes another set of the same keys.
    let copy = whole.without_keys_at(&[]);
    assert_eq!(skipped(&copy), skipped(&whole));
    assert_eq!(copy.indices(), whole.indices());
    assert_eq!(copy.keys().len(), whole.keys().len());
}

#[test]
fn a_kid_that_was_ambiguous_still_is() {
    let text = jwks(&[(1, Some("a")), (2, Some("a")), (3, Some("b")), (3, Some("b"))]);
    let whole = JwkSetParser::new(&LATER).parse(text).unwrap();
    assert_eq!(whole.indices(), [2]);
    let keys = whole.without_keys_at(&[]);
    let verifier = verifier(waived());
    let ask = |keys: &JwkSet, number, kid: &str| {
        let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
        verifier.ask(token(number, &header, "{}"), keys).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(ask(&keys, 1, "a"), Err("ambiguous_key"));
    assert_eq!(ask(&keys, 3, "b"), Ok(()));
    let none = whole.without_keys_at(&[0]);
    assert_eq!(ask(&none, 1, "a"), Err("ambiguous_key"));
    assert_eq!(ask(&none, 3, "b"), Err("unknown_key"));
    assert_eq!(none.skipped().len(), 3);
}

#[test]
fn one_of_two_keys_with_a_kid_can_go() {
    let x = BASE64URL.encode(signer(1).public_key());
    let keys = JwkSet::from_json(format!(
        r#"{{"keys": [
            {{"kty": "EC", "crv": "P-256", "kid": "a", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}},
            {{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "{x}", "x5t": "abc"}}]}}"#
    ))
    .unwrap();
    let verifier = verifier(waived());
    let token_text = token(1, r#"{"alg":"EdDSA","kid":"a"}"#, "{}");
    let verdict = |keys: &JwkSet, token: &str| {
        verifier.verify(token, keys, now()).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(verdict(&keys.without_keys_at(&[0]), &token_text), Ok(()));
    assert_eq!(verdict(&keys.without_keys_at(&[1]), &token_text), Err("algorithm_mismatch"));
    // What a certificate singles out, it still does.
    let by_certificate = token(1, r#"{"alg":"EdDSA","x5t":"abc"}"#, "{}");
    assert_eq!(verdict(&keys.without_keys_at(&[0]), &by_certificate), Ok(()));
    assert_eq!(verdict(&keys.without_keys_at(&[0, 1]), &by_certificate), Err("unknown_key"));
    assert_eq!(crypto::default_provider().name(), "ring");
}

#[test]
fn secrets_stay_for_every_kid() {
    let keys = common::keys().without_keys_at(&[]);
    let verifier = verifier(waived());
    let named = common::token_of(r#"{"alg":"HS256","kid":"any"}"#, b"{}");
    assert!(verifier.verify(&named, &keys, now()).is_ok());
    let none = keys.without_keys_at(&[0]);
    assert!(matches!(verifier.verify(&named, &none, now()), Err(Error::UnknownKey { .. })));
    assert_eq!(skipped(&none), [(0, None, Some("oct"), "unsupported_algorithm")]);
}
