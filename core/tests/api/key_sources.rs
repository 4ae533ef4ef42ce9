//! Keys as certificates, and the purposes of keys.
#![cfg(all(feature = "ring", feature = "pem"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use verijot::issuer::discovery::FetchRules;
use verijot::issuer::{KeyLimits, KeyLocation, KeySource, KeySourceError, Settings};
use verijot::keys::KeyProblem;
use verijot::provider::Provider;
use verijot::{Algorithm, AlgorithmSet, JwkSet, JwkSetParser, crypto};

const CERTIFICATE: &str = include_str!("../keys/certificate.pem");
const RSA: &str = include_str!("../keys/rsa-2048.pem");
const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn parser() -> JwkSetParser<'static> {
    JwkSetParser::new(crypto::ring::PROVIDER)
}

/// A JSON object of names and texts.
fn map(members: &[(&str, &str)]) -> String {
    let members = members.iter().map(|(name, text)| {
        let text = text.replace('\n', "\\n");
        format!(r#""{name}":"{text}""#)
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn skipped(keys: &JwkSet) -> Vec<(usize, Option<&str>, KeyProblem)> {
    let keys = keys.skipped().iter();
    keys.map(|key| (key.index(), key.id(), key.reason().problem())).collect()
}

#[test]
fn a_map_of_certificates_is_a_set() {
    let private = include_str!("../keys/private-ed25519.pem");
    let json = map(&[
        ("a", CERTIFICATE),
        ("b", RSA),
        ("c", "no PEM"),
        ("d", private),
        ("a\\u0062", CERTIFICATE),
    ]);
    let keys = JwkSet::from_certificate_map(&json, Algorithm::Rs256).unwrap();
    let ids = keys.keys().iter().map(|key| key.id().unwrap()).collect::<Vec<_>>();
    assert_eq!(ids, ["a", "b", "ab"]);
    assert_eq!(keys.indices(), [0, 1, 4]);
    assert_eq!(
        skipped(&keys),
        [(2, Some("c"), KeyProblem::MalformedKey), (3, Some("d"), KeyProblem::PrivateKeyMaterial)]
    );
    assert!(keys.keys().iter().all(|key| key.algorithms() == Algorithm::Rs256.into()));
    let other = r#"{"n": 1, "e": null, "x": {"keys": []}}"#;
    let keys = JwkSet::from_certificate_map(other, Algorithm::Rs256).unwrap();
    assert!(skipped(&keys).iter().all(|(_, _, problem)| *problem == KeyProblem::MalformedKey));
    let wrong = JwkSet::from_certificate_map(&json, Algorithm::Es256).unwrap();
    assert!(wrong.keys().is_empty());
    assert_eq!(wrong.skipped()[0].reason().problem(), KeyProblem::UnsupportedAlgorithm);
}

#[test]
fn a_map_and_a_set_are_not_taken_for_each_other() {
    let reading =
        |parser: JwkSetParser<'_>, json: &str| parser.parse(json).unwrap_err().to_string();
    let as_map = || parser().certificate_map(Algorithm::Es256);
    let map_of_one = map(&[("a", CERTIFICATE)]);
    for (parser, json, expected) in [
        (
            parser(),
            map_of_one.as_str(),
            "malformed_jwks: a map of certificates instead of a JWK Set; parse it as such a map",
        ),
        (as_map(), r#"{"keys":[]}"#, "malformed_jwks: a JWK Set instead of a map of certificates"),
        (as_map(), "[]", "malformed_jwks: not a JSON object"),
        (as_map(), r#"{"a":"","a":""}"#, "malformed_jwks: a member name occurs twice"),
        (
            as_map().max_keys(1),
            r#"{"a":"","b":""}"#,
            "jwks_too_large: the set has more than 1 keys",
        ),
    ] {
        let actual = reading(parser, json);
        assert!(actual.starts_with(expected), "{actual}");
    }
    assert!(as_map().parse("{}").unwrap().keys().is_empty());
}

#[test]
fn only_the_named_purposes_are_used() {
    let key = |purpose: &str| {
        format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{}","x":"{X}"{purpose}}}"#, purpose.len())
    };
    let purposes =
        ["", r#","use":"sig""#, r#","use":"jwt-svid""#, r#","use":"JWT-SVID""#, r#","use":7"#];
    let json = format!("{{\"keys\":[{}]}}", purposes.map(key).join(","));
    let used = |parser: JwkSetParser<'_>| parser.parse(&json).unwrap().indices().to_vec();
    assert_eq!(used(parser()), [0, 1]);
    assert_eq!(used(parser().purposes(["sig"])), [1]);
    assert_eq!(used(parser().purposes(["jwt-svid"])), [2]);
    assert_eq!(used(parser().purposes(["jwt-svid", "sig"])), [1, 2]);
    assert!(used(parser().purposes::<String>([])).is_empty());
    let keys = parser().purposes(["jwt-svid"]).parse(&json).unwrap();
    let problems = skipped(&keys).into_iter().map(|(_, _, problem)| problem.code());
    assert_eq!(
        problems.collect::<Vec<_>>(),
        ["not_for_signatures", "not_for_signatures", "not_for_signatures", "malformed_key"]
    );
    let source = KeySource::jwks(json.clone()).unwrap().with_purposes(["jwt-svid"]).unwrap();
    let keys = source.static_keys(crypto::ring::PROVIDER).unwrap().unwrap();
    assert_eq!(keys.indices(), [2]);
    assert!(KeySource::jwks(json.clone()).unwrap().with_purposes(["x"]).is_err());
    assert!(KeySource::jwks(json).unwrap().with_purposes::<String>([]).is_err());
}

#[test]
fn a_key_with_certificates_alone_says_so() {
    for (json, detail) in [
        (r#"{"kty":"RSA","x5c":["MII"]}"#, "n is missing, though x5c is there"),
        (r#"{"kty":"RSA","x5c":null}"#, "n is missing"),
        (r#"{"kty":"EC","crv":"P-256","x5c":[]}"#, "x is missing, though x5c is there"),
    ] {
        let keys = parser().parse_single(json).unwrap();
        assert_eq!(keys.skipped()[0].reason().detail(), detail);
        assert_eq!(keys.skipped()[0].reason().code(), "malformed_key");
    }
}

#[test]
fn sources_of_certificates_are_checked() {
    let url = "https://issuer.example/certificates?key=hidden";
    let source = KeySource::certificates_url(url, Algorithm::Rs256).unwrap();
    assert_eq!(
        format!("{source:?}"),
        "CertificatesUrl { url: \"https://issuer.example/certificates\", algorithms: {Rs256} }"
    );
    assert!(source.static_keys(crypto::ring::PROVIDER).unwrap().is_none());
    assert!(source.location().is_some());
    let keys = source.parser(KeyLimits::default(), crypto::ring::PROVIDER).parse("{}").unwrap();
    assert!(keys.keys().is_empty());
    for (url, algorithms) in [
        ("http://issuer.example/", AlgorithmSet::from(Algorithm::Rs256)),
        (url, AlgorithmSet::EMPTY),
        (url, AlgorithmSet::from([Algorithm::Rs256, Algorithm::Hs256])),
    ] {
        assert!(KeySource::certificates_url(url, algorithms).is_err(), "{url}");
        let pattern = format!("{url}/{{kid}}");
        assert!(KeySource::certificates_url(pattern, algorithms).is_err(), "{url}");
    }
    let source = KeySource::certificates_url("https://keys.example/a/{kid}.pem", Algorithm::Es256);
    let source = source.unwrap();
    assert_eq!(source.location().unwrap().to_string(), "https://keys.example/a/{kid}");
    let parser = source.parser(KeyLimits::default(), crypto::ring::PROVIDER);
    let error = parser.parse("{}").unwrap_err().to_string();
    assert_eq!(error, "malformed_jwks: these keys are not in a set");
    let error = KeySource::jwks_url("https://keys.example/a/{kid}.pem").unwrap_err();
    assert!(error.to_string().contains("name the algorithms"), "{error}");
}

#[test]
fn a_kid_stands_after_the_host_of_a_pattern() {
    for pattern in [
        "https://keys.example/{kid}",
        "https://keys.example/a/{kid}.pem",
        "https://keys.example/a?key={kid}",
        "http://127.0.0.1:8080/{kid}",
    ] {
        assert!(KeyLocation::per_key(pattern).is_ok(), "{pattern}");
    }
    for pattern in [
        "https://keys.example/",
        "https://{kid}/",
        "https://{kid}.keys.example/",
        "https://keys.example{kid}/",
        "https://keys.example:{kid}/",
        "https://a:{kid}@keys.example/",
        "https://keys.example/{kid}/{kid}",
        "{kid}",
        "http://keys.example/{kid}",
        "https://keys.example/{KID}",
        "",
    ] {
        assert!(KeyLocation::per_key(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn settings_name_certificates_and_purposes() {
    let read = |settings: &[(&str, &str)]| {
        Settings::read("", |name| {
            let all = [("ISSUER", "https://issuer.example"), ("AUDIENCE", "a")];
            let mut all = all.iter().chain(settings);
            all.find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    };
    let url = ("CERTIFICATES_URL", "https://issuer.example/certificates");
    let settings = read(&[url, ("ALGORITHMS", "RS256")]).unwrap();
    assert!(matches!(settings.key_source(), KeySource::CertificatesUrl { .. }));
    for (given, names) in [
        (&[url][..], &["ALGORITHMS"][..]),
        (&[url, ("ALGORITHMS", "HS256")], &["CERTIFICATES_URL", "ALGORITHMS"]),
        (&[url, ("JWKS_URL", "https://a.example")], &["JWKS_URL", "CERTIFICATES_URL"]),
        (&[("KEY_PURPOSES", " ")], &["KEY_PURPOSES"]),
        (&[("KEY_PURPOSES", "jwt-svid,sig,")], &["KEY_PURPOSES"]),
    ] {
        assert_eq!(read(given).unwrap_err().settings(), names, "{given:?}");
    }
    let purposes = ("KEY_PURPOSES", "jwt-svid sig");
    let settings = read(&[purposes, ("JWKS_URL", "https://issuer.example/keys")]).unwrap();
    assert_eq!(settings.key_source().purposes().unwrap(), ["jwt-svid", "sig"]);
    let json = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","use":"enc","x":"{X}"}}]}}"#);
    let both = ["JWKS", "KEY_PURPOSES"];
    assert_eq!(read(&[purposes, ("JWKS", &json)]).unwrap_err().settings(), both);
    assert_eq!(read(&[purposes, ("JWKS", "{")]).unwrap_err().settings(), ["JWKS"]);
    let other = json.replace("enc", "jwt-svid");
    let settings = read(&[("KEY_PURPOSES", "jwt-svid"), ("JWKS", &other)]).unwrap();
    assert_eq!(settings.key_source().purposes().unwrap(), ["jwt-svid"]);
    assert_eq!(read(&[("JWKS", &other)]).unwrap_err().settings(), ["JWKS"]);
    let json = json.replace("enc", "sig");
    assert!(read(&[purposes, ("JWKS", &json)]).is_ok());
    let other = ("KEY_PURPOSES", "jwt-svid");
    assert_eq!(read(&[other, ("JWKS", &json)]).unwrap_err().settings(), both);
    let settings = read(&[purposes]).unwrap();
    let parser = settings.key_source().parser(settings.key_limits(), crypto::ring::PROVIDER);
    let json = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{X}"}}]}}"#);
    assert_eq!(parser.parse(json).unwrap().skipped()[0].reason().code(), "not_for_signatures");
}

#[test]
fn a_source_says_its_purposes_and_algorithms() {
    let key = format!(r#"{{"kty":"OKP","crv":"Ed25519","use":"jwt-svid","x":"{X}"}}"#);
    let json = format!(r#"{{"keys":[{key},{{"kty":"OKP","crv":"Ed25519","x":"{X}"}}]}}"#);
    for source in [
        KeySource::jwks(json.clone()),
        KeySource::jwks_url("https://keys.example/set"),
        KeySource::issuer("https://issuer.example"),
    ] {
        let source = source.unwrap();
        assert_eq!((source.purposes(), source.certificates()), (None, None), "{source:?}");
        let parser = source.parser(KeyLimits::default(), crypto::ring::PROVIDER);
        assert_eq!(parser.parse(&json).unwrap().indices(), [1], "{source:?}");
        let source = source.with_purposes(["jwt-svid", "x"]).unwrap();
        assert_eq!(source.purposes().unwrap(), ["jwt-svid", "x"], "{source:?}");
        assert_eq!(source.certificates(), None, "{source:?}");
        let parser = source.parser(KeyLimits::default(), crypto::ring::PROVIDER);
        assert_eq!(parser.parse(&json).unwrap().indices(), [0], "{source:?}");
        let error = source.with_purposes::<String>([]).unwrap_err();
        assert_eq!(error.to_string(), "invalid_key_source: no key in the set is usable");
    }
    let algorithms = [Algorithm::Rs256, Algorithm::Es256];
    let source = KeySource::certificates_url("https://keys.example/certificates", algorithms);
    let source = source.unwrap().with_purposes(["sig"]).unwrap();
    assert_eq!(source.certificates(), Some(AlgorithmSet::from(algorithms)));
    assert_eq!(source.purposes(), None);
}

#[test]
fn a_preset_names_purposes_and_certificates() {
    let source = |provider: &str, options: &str| {
        let preset = Provider::parse(provider).unwrap().preset(options).unwrap();
        KeySource::of_preset(&preset)
    };
    let options = r#"{"audience": ["api"], "jwks_url": "https://spire.example/bundle"}"#;
    let spiffe = source("spiffe:prod.example.com", options).unwrap().unwrap();
    assert_eq!(spiffe.purposes().unwrap(), ["jwt-svid"]);
    assert_eq!(spiffe.location().unwrap().to_string(), "https://spire.example/bundle");
    assert!(source("spiffe:prod.example.com", r#"{"audience": ["api"]}"#).unwrap().is_none());
    let preset = Provider::parse("spiffe:prod.example.com").unwrap().preset(options).unwrap();
    let rules = FetchRules::new().allowed_hosts(["keys.example"]);
    let error = KeySource::of_preset_under(&preset, rules).unwrap_err();
    assert!(matches!(error, KeySourceError::UnsafeUrl { .. }), "{error}");
    let sessions = source("firebase-session:acme-app", "{}").unwrap().unwrap();
    assert_eq!(sessions.certificates(), Some(AlgorithmSet::from(Algorithm::Rs256)));
    assert_eq!(sessions.purposes(), None);
}

#[test]
fn a_parser_says_its_limit() {
    assert_eq!(parser().octet_limit(), JwkSetParser::DEFAULT_OCTET_LIMIT);
    let limited = parser().max_octets(11);
    assert_eq!(limited.octet_limit(), 11);
    assert!(limited.parse(r#"{"keys":[]}"#).is_ok());
    assert_eq!(limited.parse(r#"{"keys": []}"#).unwrap_err().code(), "jwks_too_large");
}
