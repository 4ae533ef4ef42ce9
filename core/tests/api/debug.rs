//! A rule for every public type: `Debug` shows no secret, no query of a URL, no value that a policy
//! expects, and no segment of a token.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![cfg(feature = "ring")]

use std::fmt::Debug;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use verijot::crypto::ring::PROVIDER;
use verijot::issuer::{
    CacheSettings, FetchResponse, JwksCache, KeyLocation, KeySource, Resolution,
};
use verijot::{
    Algorithm, Audiences, Issuers, JwkSet, JwkSetParser, Key, Policy, TokenCache, Verified,
    Verifier, VerifierSet,
};

use crate::common::{self, SECRET, now, token, verifier, waived};

/// What must never be shown, in each of its forms.
fn hidden() -> Vec<String> {
    let secrets = [SECRET, b"a-nonce", b"a-query"];
    let mut hidden = Vec::new();
    for secret in secrets {
        hidden.push(String::from_utf8_lossy(secret).into_owned());
        hidden.push(BASE64URL.encode(secret));
        let octets = secret.iter().map(ToString::to_string).collect::<Vec<_>>();
        hidden.push(octets.join(", "));
    }
    // The segments of a token, as text and as octets.
    for segment in the_token().split('.') {
        let octets = segment.bytes().map(|octet| octet.to_string()).collect::<Vec<_>>();
        hidden.extend([segment.to_owned(), octets.join(", ")]);
    }
    hidden
}

fn the_token() -> String {
    token(r#"{"iss":"https://issuer.example","nonce":"a-nonce"}"#)
}

fn shows_nothing(what: &str, value: &dyn Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for hidden in hidden() {
            assert!(!text.contains(&hidden) && !flat.contains(&hidden), "{what}: {text}");
        }
    }
}

fn policy() -> Policy {
    waived().expect_claim("nonce", "a-nonce")
}

fn secret_jwks() -> String {
    let secret = BASE64URL.encode(SECRET);
    format!(
        r#"{{"keys":[{{"kty":"oct","kid":"a","k":"{secret}"}},{{"kty":"oct","k":"{secret}="}}]}}"#
    )
}

#[test]
fn policies_keys_and_what_is_verified() {
    let keys = common::keys();
    let the_token = the_token();
    let policy_of = |issuer| Policy::new(Issuers::only(issuer), Audiences::any());
    let verifier = verifier(policy());
    let verified = verifier.verify(&the_token, &keys, now()).unwrap();
    shows_nothing("Policy", &policy());
    shows_nothing("Verifier", &verifier);
    shows_nothing("Verified", &verified);
    shows_nothing("Header", verified.header());
    shows_nothing("VerifiedJws", &verifier.verify_jws(&the_token, &keys).unwrap());
    shows_nothing("Unverified", &verifier.open(the_token.as_bytes()).unwrap());
    shows_nothing("Explanation", &verifier.explain(&the_token, &keys, now()));
    // It has cached the header by now.
    shows_nothing("JwkSet", &keys);
    let refused = common::verifier(waived().expect_claim("nonce", "b"));
    shows_nothing("Error", &refused.verify(&the_token, &keys, now()).unwrap_err());

    let parser = JwkSetParser::new(PROVIDER).allow_symmetric_keys();
    let parsed = parser.parse(secret_jwks()).unwrap();
    shows_nothing("JwkSetParser", &parser);
    shows_nothing("JwkSet", &parsed);
    shows_nothing("SkippedKey", &parsed.skipped()[0]);
    shows_nothing("Key", &Key::from_secret(SECRET, Algorithm::Hs256, PROVIDER).unwrap());
    shows_nothing("UnusableKey", &parsed.skipped()[0].reason());

    let several = VerifierSet::new([(
        Verifier::new(
            policy_of("https://issuer.example")
                .expect_claim("nonce", "a-nonce")
                .allow_missing_expiry(),
        )
        .unwrap(),
        keys,
    )]);
    let several = several.unwrap();
    shows_nothing("VerifierSet", &several);
    shows_nothing("Chosen", &several.open(the_token.as_bytes()).unwrap());

    let mut cache = TokenCache::<Verified>::new(2);
    cache.verify(&verifier, &the_token, &common::keys(), now()).unwrap();
    shows_nothing("TokenCache", &cache);
    #[cfg(feature = "std")]
    {
        let cache = verijot::SharedTokenCache::<Verified>::new(2);
        cache.verify(&verifier, &the_token, &common::keys(), now()).unwrap();
        shows_nothing("SharedTokenCache", &cache);
    }
}

#[test]
fn sources_of_keys() {
    let url = "https://issuer.example/keys?a-query";
    shows_nothing("KeySource", &KeySource::jwks_url(url).unwrap());
    shows_nothing("KeySource", &KeySource::secret(SECRET, Algorithm::Hs256).unwrap());
    shows_nothing("KeySourceError", &KeySource::jwks(secret_jwks()).unwrap_err());
    shows_nothing("KeySourceError", &KeySource::jwks_url("ftp://a/?a-query").unwrap_err());
    shows_nothing("DiscoveryError", &KeyLocation::at("http://a/?a-query").unwrap_err());
}

#[test]
fn caches_and_places_of_keys() {
    let url = "https://issuer.example/keys?a-query";
    let location = KeyLocation::at(url).unwrap();
    shows_nothing("Search", &location.search());
    shows_nothing("SearchStep", &location.search().step());
    shows_nothing("KeyLocation", &location);

    let parser = JwkSetParser::new(PROVIDER).allow_symmetric_keys();
    let mut cache = JwksCache::new(parser, CacheSettings::default());
    let zero = Duration::ZERO;
    let resolution = cache.resolve(Some("a"), zero, zero);
    shows_nothing("Resolution", &resolution);
    let Resolution::Fetch(ticket) = resolution else { panic!("nothing to fetch") };
    shows_nothing("Ticket", &ticket);
    let jwks = secret_jwks();
    let response = FetchResponse::new(200, jwks.as_bytes());
    shows_nothing("FetchResponse", &response);
    shows_nothing("FetchOutcome", &cache.on_response(&ticket, &response, zero));
    shows_nothing("JwksCache", &cache);
    shows_nothing("Snapshot", &cache.export(zero).unwrap());
    shows_nothing("Health", &cache.health(zero));
    shows_nothing("JwkSet", &JwkSet::from_keys([]));
}
