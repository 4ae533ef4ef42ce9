//! Settings of a service: what they mean, and every way in which they can be invalid.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::panic)]

use verijot::issuer::discovery::FetchRules;
use verijot::issuer::{KeySource, SearchStep, Settings, SettingsError};
use verijot::{Algorithm, JwkSet, UnixTime, Verifier, crypto};

use crate::common;

const ISSUER: (&str, &str) = ("ISSUER", "https://issuer.example");
const AUDIENCE: (&str, &str) = ("AUDIENCE", "https://api.example");
const SECRET: (&str, &str) = ("SECRET", "a secret for tests, 32 octets ok");
const JWKS: (&str, &str) = (
    "JWKS",
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
);
const JWKS_URL: (&str, &str) = ("JWKS_URL", "https://issuer.example/keys?key=hidden-in-the-query");
#[cfg(feature = "pem")]
const PEM: (&str, &str) = ("PUBLIC_KEY", include_str!("../keys/ec-p-256.pem"));

type Given<'t> = &'t [(&'t str, &'t str)];

fn read(settings: Given<'_>) -> Result<Settings, SettingsError> {
    Settings::read("VERIJOT_", |name| {
        let name = name.strip_prefix("VERIJOT_").unwrap();
        let found = settings.iter().find(|(candidate, _)| *candidate == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

/// The settings at fault without their prefix, and what is wrong.
fn refused(settings: Given<'_>) -> (String, String) {
    let error = read(settings).unwrap_err();
    let names = error.settings().iter().map(|name| name.strip_prefix("VERIJOT_").unwrap());
    let names = names.collect::<Vec<_>>().join(" ");
    assert_eq!(
        error.to_string(),
        format!("invalid_settings: {}: {}", error.settings().join(", "), error.problem())
    );
    (names, error.problem().to_owned())
}

fn algorithms(policy: &verijot::Policy) -> String {
    let shown = format!("{policy:?}");
    let (_, rest) = shown.split_once("algorithms: ").unwrap();
    rest.split_once(", types").unwrap().0.to_owned()
}

#[test]
fn an_issuer_without_a_source_is_discovered() {
    let (policy, source) = read(&[ISSUER, AUDIENCE]).unwrap().into_parts();
    assert!(matches!(&source, KeySource::Issuer { issuer, .. } if issuer == ISSUER.1));
    assert!(source.static_keys(crypto::ring::PROVIDER).unwrap().is_none());
    let search = source.location().unwrap().search();
    let url = "https://issuer.example/.well-known/openid-configuration";
    assert_eq!(search.step(), SearchStep::Metadata { url });
    assert_eq!(algorithms(&policy), "None");
    assert!(Verifier::new(policy).is_ok());
}

#[test]
fn the_program_can_waive_https_and_name_the_hosts() {
    let read = |rules: FetchRules, url: &str| {
        Settings::read_under("", rules, |name| match name {
            "ISSUER" => Some(String::from(url)),
            "AUDIENCE" => Some(String::from("https://api.example")),
            _ => None,
        })
    };
    let plain = "http://issuer.internal";
    assert!(read(FetchRules::new(), plain).is_err());
    assert!(read(FetchRules::new().allow_plain_http(), plain).is_ok());
    let only = FetchRules::new().allowed_hosts(["issuer.example"]);
    assert!(read(only.clone(), "https://issuer.example").is_ok());
    assert_eq!(read(only, "https://other.example").unwrap_err().settings(), ["ISSUER"]);
}

#[test]
fn an_explicit_source_takes_precedence_and_the_issuer_names_the_claim() {
    let settings =
        [("ISSUER", "not-a-url https://a.example/b,c"), AUDIENCE, JWKS_URL, ("LEEWAY", "5")];
    let (policy, source) = read(&settings).unwrap().into_parts();
    let search = source.location().unwrap().search();
    assert_eq!(search.step(), SearchStep::Keys { url: JWKS_URL.1, is_known: false });
    let shown = format!("{policy:?}");
    for part in [r#"["not-a-url", "https://a.example/b,c"]"#, "leeway: 5s"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn a_secret_verifies_tokens() {
    let settings = [
        SECRET,
        ("ALGORITHMS", "HS256"),
        ("ISSUER", "any-issuer"),
        ("AUDIENCE", " https://other.example\n\thttps://api.example "),
    ];
    let (policy, source) = read(&settings).unwrap().into_parts();
    assert!(source.location().is_none());
    let keys = source.static_keys(crypto::ring::PROVIDER).unwrap().unwrap();
    let verifier = Verifier::new(policy).unwrap();
    let token = common::token(r#"{"aud":"https://api.example","exp":1700000100}"#);
    assert!(verifier.verify(token, &keys, common::now()).is_ok());
    let token = common::token(r#"{"aud":"https://else.example","exp":1700000100}"#);
    let error = verifier.verify(token, &keys, UnixTime::from_seconds(1_700_000_000)).unwrap_err();
    assert_eq!(error.code(), "wrong_audience");
}

#[test]
fn static_sets_and_public_keys_need_no_fetch() {
    let settings = read(&[JWKS, ISSUER, AUDIENCE, ("ALGORITHMS", "EdDSA ES256")]).unwrap();
    assert_eq!(algorithms(settings.policy()), "Some({Es256, EdDsa})");
    let keys = settings.key_source().static_keys(crypto::ring::PROVIDER).unwrap().unwrap();
    assert!(keys.knows_id("a"));
    #[cfg(feature = "pem")]
    {
        let settings = read(&[PEM, ISSUER, AUDIENCE, ("ALGORITHMS", "ES256")]).unwrap();
        let keys = settings.key_source().static_keys(crypto::ring::PROVIDER).unwrap().unwrap();
        let only = keys.keys().first().unwrap();
        assert_eq!(only.algorithms().to_string(), "ES256");
    }
}

#[test]
fn a_prefix_of_its_own_for_each_issuer() {
    let settings = Settings::read("TWO_", |name| match name {
        "TWO_ISSUER" => Some(String::from("https://two.example")),
        "TWO_AUDIENCE" => Some(String::from("any-audience")),
        _ => None,
    });
    assert!(matches!(settings.unwrap().key_source(), KeySource::Issuer { .. }));
}

#[test]
fn two_sources_contradict_each_other() {
    let pem = ("PUBLIC_KEY", "any text");
    for (settings, names) in [
        ([SECRET, JWKS], "SECRET JWKS"),
        ([JWKS_URL, SECRET], "SECRET JWKS_URL"),
        ([JWKS, JWKS_URL], "JWKS JWKS_URL"),
        ([pem, JWKS_URL], "PUBLIC_KEY JWKS_URL"),
    ] {
        let all = [&settings[..], &[ISSUER, AUDIENCE, ("ALGORITHMS", "HS256")]].concat();
        let (at_fault, problem) = refused(&all);
        assert_eq!(at_fault, names);
        assert!(problem.ends_with("keep one and remove the others"), "{problem}");
    }
}

#[test]
fn invalid_settings_are_refused_with_advice() {
    let hs256 = ("ALGORITHMS", "HS256");
    let es256 = ("ALGORITHMS", "ES256");
    let table: &[(Given<'_>, &str, &str)] = &[
        (
            &[],
            "ISSUER",
            "no source of keys is set; set it to the issuer's URL, or set one of VERIJOT_PUBLIC_KEY, VERIJOT_SECRET, VERIJOT_JWKS, VERIJOT_JWKS_URL, VERIJOT_CERTIFICATES_URL",
        ),
        (&[("ISSUER", "any-issuer"), AUDIENCE], "ISSUER", "no source of keys is set"),
        (
            &[("ISSUER", ""), AUDIENCE],
            "ISSUER",
            "it is set but empty; give it a value or remove it",
        ),
        (&[ISSUER, AUDIENCE, ("JWKS_URL", " \n")], "JWKS_URL", "it is set but empty"),
        (&[ISSUER, AUDIENCE, ("SECRET", "")], "SECRET", "it is set but empty"),
        (&[ISSUER, ("AUDIENCE", "\t")], "AUDIENCE", "it is set but empty"),
        (&[ISSUER, AUDIENCE, ("ALGORITHMS", " ")], "ALGORITHMS", "it is set but empty"),
        (&[ISSUER, AUDIENCE, ("LEEWAY", "")], "LEEWAY", "it is set but empty"),
        (
            &[ISSUER],
            "AUDIENCE",
            "it is not set; set it to the expected aud, or to any-audience to waive the check",
        ),
        (
            &[JWKS_URL, AUDIENCE],
            "ISSUER",
            "it is not set; set it to the expected iss, or to any-issuer to waive the check",
        ),
        (
            &[("ISSUER", "https://a.example https://b.example"), AUDIENCE],
            "ISSUER",
            "several issuers need several key sets; read the settings of each issuer with its own prefix, or set VERIJOT_JWKS_URL to their common key set",
        ),
        (
            &[("ISSUER", "http://issuer.example"), AUDIENCE],
            "ISSUER",
            "keys cannot be fetched from this URL: it is not https",
        ),
        (
            &[("ISSUER", "https://issuer.example?a"), AUDIENCE],
            "ISSUER",
            "keys cannot be fetched from this URL: an issuer must not have a query",
        ),
        (
            &[ISSUER, ("JWKS_URL", "ftp://issuer.example"), AUDIENCE],
            "JWKS_URL",
            "keys cannot be fetched from this URL: it is not https",
        ),
        (
            &[JWKS, ("ISSUER", "any-issuer https://a.example"), AUDIENCE],
            "ISSUER",
            "any-issuer waives the check and cannot be combined with names; keep one",
        ),
        (&[ISSUER, ("AUDIENCE", "a any-audience")], "AUDIENCE", "any-audience waives the check"),
        (
            &[ISSUER, ("AUDIENCE", "a, b")],
            "AUDIENCE",
            "a name begins or ends with a comma; separate names with whitespace",
        ),
        (&[JWKS, ("ISSUER", "a ,b"), AUDIENCE], "ISSUER", "a name begins or ends with a comma"),
        (
            &[SECRET, ISSUER, AUDIENCE],
            "ALGORITHMS",
            "it is not set, but VERIJOT_SECRET does not name its algorithms; set it, for example to HS256",
        ),
        (
            &[("PUBLIC_KEY", "x"), ISSUER, AUDIENCE],
            "ALGORITHMS",
            "it is not set, but VERIJOT_PUBLIC_KEY does not name its algorithms; set it, for example to ES256",
        ),
        (
            &[SECRET, ISSUER, AUDIENCE, es256],
            "SECRET ALGORITHMS",
            "a shared secret works only with HMAC; name only HS256, HS384 or HS512",
        ),
        (
            &[SECRET, ISSUER, AUDIENCE, ("ALGORITHMS", "HS256 ES256")],
            "SECRET ALGORITHMS",
            "a shared secret works only with HMAC",
        ),
        (
            &[("PUBLIC_KEY", "x"), ISSUER, AUDIENCE, hs256],
            "PUBLIC_KEY ALGORITHMS",
            "HMAC together with public keys would use a public key as a secret; remove HS256, HS384 and HS512, or put a shared secret into VERIJOT_SECRET",
        ),
        (
            &[JWKS, ISSUER, AUDIENCE, ("ALGORITHMS", "RS256 HS512")],
            "JWKS ALGORITHMS",
            "HMAC together with public keys",
        ),
        (
            &[JWKS_URL, ISSUER, AUDIENCE, hs256],
            "JWKS_URL ALGORITHMS",
            "HMAC together with public keys",
        ),
        (&[ISSUER, AUDIENCE, hs256], "ISSUER ALGORITHMS", "HMAC together with public keys"),
        (
            &[ISSUER, AUDIENCE, ("ALGORITHMS", "none")],
            "ALGORITHMS",
            "unknown signature algorithm; expected one of RS256",
        ),
        (
            &[ISSUER, AUDIENCE, ("ALGORITHMS", "RS256,ES256")],
            "ALGORITHMS",
            "unknown signature algorithm",
        ),
        (&[ISSUER, AUDIENCE, ("ALGORITHMS", "es256")], "ALGORITHMS", "unknown signature algorithm"),
        (
            &[SECRET, ISSUER, AUDIENCE, ("ALGORITHMS", "HS512")],
            "SECRET ALGORITHMS",
            "weak_key: the secret is shorter than the hash",
        ),
        (&[("SECRET", "short"), ISSUER, AUDIENCE, hs256], "SECRET ALGORITHMS", "weak_key: "),
        (
            &[("SECRET", "a secret for tests, 32 octets ok\n"), ISSUER, AUDIENCE, hs256],
            "SECRET",
            "it begins or ends with whitespace",
        ),
        (
            &[("PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\\nMFkw\\n"), ISSUER, AUDIENCE, es256],
            "PUBLIC_KEY",
            "it contains a backslash and an n instead of a line break",
        ),
        (
            &[("PUBLIC_KEY", "x"), ISSUER, AUDIENCE, es256],
            "PUBLIC_KEY ALGORITHMS",
            "malformed_key: ",
        ),
        (
            &[("JWKS", "{}"), ISSUER, AUDIENCE],
            "JWKS",
            "malformed_jwks: keys is missing or not an array",
        ),
        (&[("JWKS", r#"{"keys":[]}"#), ISSUER, AUDIENCE], "JWKS", "no key in the set is usable"),
        (
            &[
                (
                    "JWKS",
                    r#"{"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"}]}"#,
                ),
                ISSUER,
                AUDIENCE,
            ],
            "JWKS",
            "no key in the set is usable",
        ),
        (
            &[ISSUER, AUDIENCE, ("LEEWAY", "601")],
            "LEEWAY",
            "must be a whole number of seconds from 0 to 600",
        ),
        (&[ISSUER, AUDIENCE, ("LEEWAY", "+5")], "LEEWAY", "must be a whole number"),
        (&[ISSUER, AUDIENCE, ("LEEWAY", "30s")], "LEEWAY", "must be a whole number"),
        (&[ISSUER, AUDIENCE, ("LEEWAY", "-1")], "LEEWAY", "must be a whole number"),
        (
            &[ISSUER, AUDIENCE, ("LEEWAY", "99999999999999999999")],
            "LEEWAY",
            "must be a whole number",
        ),
        (
            &[ISSUER, AUDIENCE, ("PLAIN_HTTP", "true")],
            "PLAIN_HTTP",
            "the only value allowed is allow-plain-http; set that or remove the setting",
        ),
        (&[ISSUER, AUDIENCE, ("MAX_JWKS_KEYS", "0")], "MAX_JWKS_KEYS", "must be a whole number"),
        (
            &[ISSUER, AUDIENCE, ("MAX_JWKS_OCTETS", "1k")],
            "MAX_JWKS_OCTETS",
            "must be a whole number",
        ),
        (&[ISSUER, AUDIENCE, ("MAX_TOKEN_OCTETS", "+9")], "MAX_TOKEN_OCTETS", "must be a whole"),
        (
            &[ISSUER, AUDIENCE, ("ALLOWED_HOSTS", "other.example")],
            "ISSUER",
            "keys cannot be fetched from this URL: its host is not allowed",
        ),
        (&[JWKS, ISSUER, AUDIENCE, ("MAX_JWKS_OCTETS", "9")], "JWKS", "jwks_too_large"),
    ];
    for (settings, names, problem) in table {
        let (at_fault, found) = refused(settings);
        assert_eq!((at_fault.as_str(), found.starts_with(problem)), (*names, true), "{found}");
    }
}

#[test]
#[cfg(feature = "pem")]
fn keys_in_pem_are_checked_without_a_provider() {
    let rsa = include_str!("../keys/rsa-2048.pem");
    let private = include_str!("../keys/private-ed25519.pem");
    let weak = include_str!("../keys/rsa-1024.pem");
    for (pem, algorithm, problem) in [
        (rsa, "ES256", "unsupported_algorithm: "),
        (PEM.1, "ES384", "unsupported_algorithm: "),
        (private, "EdDSA", "private_key_material: "),
        (weak, "RS256", "weak_key: "),
    ] {
        let settings = [("PUBLIC_KEY", pem), ("ALGORITHMS", algorithm), ISSUER, AUDIENCE];
        let (names, found) = refused(&settings);
        assert_eq!(names, "PUBLIC_KEY ALGORITHMS");
        assert!(found.starts_with(problem), "{found}");
    }
}

#[test]
fn an_unsupported_algorithm_is_found_with_the_provider() {
    #[cfg(feature = "pem")]
    {
        let pem = include_str!("../keys/ec-p-521.pem");
        let source = KeySource::public_key(pem, Algorithm::Es512).unwrap();
        let error = source.static_keys(crypto::ring::PROVIDER).unwrap_err();
        assert_eq!(error.code(), "invalid_key_source");
        assert!(error.to_string().starts_with("invalid_key_source: unsupported_algorithm: "));
    }
    let error = KeySource::secret(*b"short", Algorithm::Hs256).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid_key_source: weak_key: the secret is shorter than the hash"
    );
}

#[test]
fn a_cluster_can_waive_https_and_set_limits() {
    let settings = read(&[
        ("JWKS_URL", "http://issuer.internal/keys"),
        ("PLAIN_HTTP", "allow-plain-http"),
        ("ALLOWED_HOSTS", "issuer.internal"),
        ("MAX_JWKS_OCTETS", "1000000"),
        ("MAX_JWKS_KEYS", "500"),
        ("MAX_TOKEN_OCTETS", "32768"),
        ISSUER,
        AUDIENCE,
    ])
    .unwrap();
    assert!(settings.key_source().location().is_some());
    let limits = settings.key_limits();
    assert_eq!((limits.max_octets, limits.max_keys), (1_000_000, 500));
    let keys = JwkSet::from_json(r#"{"keys":[]}"#).unwrap();
    let verifier = Verifier::new(settings.into_parts().0).unwrap();
    let now = UnixTime::from_seconds(0);
    for (octets, code) in [(32_768, "malformed_token"), (32_769, "token_too_large")] {
        let error = verifier.verify("a".repeat(octets), &keys, now).unwrap_err();
        assert_eq!(error.code(), code);
    }
}

#[test]
fn nothing_shows_a_secret() {
    let secret = "hidden, and it is long enough for HMAC";
    let hidden = "hidden";
    let with_algorithms = [("SECRET", secret), ("ALGORITHMS", "HS256"), ISSUER, AUDIENCE];
    let settings = read(&with_algorithms).unwrap();
    assert!(!format!("{settings:?}").contains(hidden));
    let url = read(&[JWKS_URL, ISSUER, AUDIENCE]).unwrap();
    assert!(!format!("{url:?}").contains(hidden));
    assert!(!url.key_source().location().unwrap().to_string().contains(hidden));
    let jwks = r#"{"keys":[],"hidden":1}"#;
    let settings: [Given<'_>; 9] = [
        &[("SECRET", secret), ISSUER, AUDIENCE, ("ALGORITHMS", "hidden")],
        &[("SECRET", secret), JWKS_URL],
        &[("SECRET", secret), ISSUER, ("AUDIENCE", "hidden,")],
        &[("SECRET", " hidden"), ISSUER, AUDIENCE, ("ALGORITHMS", "HS256")],
        &[("SECRET", "hidden"), ISSUER, AUDIENCE, ("ALGORITHMS", "HS256")],
        &[("PUBLIC_KEY", secret), ISSUER, AUDIENCE, ("ALGORITHMS", "ES256")],
        &[("JWKS", jwks), ISSUER, AUDIENCE],
        &[("JWKS_URL", "http://hidden.example"), ISSUER, AUDIENCE],
        &[ISSUER, AUDIENCE, ("LEEWAY", "hidden")],
    ];
    for settings in settings {
        let error = read(settings).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(hidden), "{error}");
    }
}

#[test]
fn each_setting_is_looked_up_once() {
    let mut asked = Vec::new();
    let settings = Settings::read("", |name| {
        asked.push(name.to_owned());
        [ISSUER, AUDIENCE]
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.into())
    });
    assert!(settings.is_ok());
    asked.sort();
    assert_eq!(
        asked,
        [
            "ALGORITHMS",
            "ALLOWED_HOSTS",
            "AUDIENCE",
            "CERTIFICATES_URL",
            "ISSUER",
            "JWKS",
            "JWKS_URL",
            "KEY_PURPOSES",
            "LEEWAY",
            "MAX_JWKS_KEYS",
            "MAX_JWKS_OCTETS",
            "MAX_TOKEN_OCTETS",
            "PLAIN_HTTP",
            "POLICY",
            "PROVIDER",
            "PROVIDER_OPTIONS",
            "PUBLIC_KEY",
            "SECRET"
        ]
    );
}

#[test]
fn every_source_shows_what_it_is_and_nothing_of_its_keys() {
    let text = "hidden, and it is long enough for HMAC";
    let secret = KeySource::secret(text, Algorithm::Hs256).unwrap();
    assert_eq!(format!("{secret:?}"), "Secret { algorithms: {Hs256}, .. }");
    assert_eq!(format!("{:?}", KeySource::jwks(JWKS.1).unwrap()), "Jwks { .. }");
    let url = KeySource::jwks_url(JWKS_URL.1).unwrap();
    assert_eq!(format!("{url:?}"), r#"JwksUrl { url: "https://issuer.example/keys" }"#);
    #[cfg(feature = "pem")]
    {
        let key = KeySource::public_key(PEM.1, Algorithm::Es256).unwrap();
        assert_eq!(format!("{key:?}"), "PublicKey { algorithms: {Es256}, .. }");
        assert!(key.location().is_none());
    }
    let issuer = KeySource::issuer(ISSUER.1).unwrap();
    assert_eq!(format!("{issuer:?}"), r#"Issuer { issuer: "https://issuer.example" }"#);
    assert!(secret.location().is_none());
    assert!(url.static_keys(crypto::ring::PROVIDER).unwrap().is_none());
}

#[test]
fn the_names_are_all_that_is_looked_up() {
    let mut missing = Settings::NAMES.to_vec();
    for given in [&[ISSUER, AUDIENCE][..], &[("PROVIDER", "apple"), AUDIENCE]] {
        let _ = Settings::read("", |name| {
            assert!(Settings::NAMES.contains(&name), "{name}");
            missing.retain(|known| *known != name);
            given.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
    }
    assert!(missing.is_empty(), "{missing:?}");
}
