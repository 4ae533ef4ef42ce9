//! Settings with a whole policy in one of them.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::panic)]

use verijot::Policy;
use verijot::issuer::{KeySource, Settings, SettingsError};

const DOCUMENT: &str = r#"{
    "issuers": ["https://issuer.example"], "audiences": ["a"], "algorithms": ["ES256"],
    "leeway": "5", "required_scopes": ["b"], "limits": {"jwks_octets": 5000, "jwks_keys": 7}
}"#;
const SECRET: (&str, &str) = ("SECRET", "a secret for tests, 32 octets ok");
const JWKS_URL: (&str, &str) = ("JWKS_URL", "https://issuer.example/keys");

fn read(settings: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::read("VERIJOT_", |name| {
        let name = name.strip_prefix("VERIJOT_").unwrap();
        let found = settings.iter().find(|(candidate, _)| *candidate == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn refused(settings: &[(&str, &str)], text: &str) {
    let error = read(settings).unwrap_err().to_string();
    assert_eq!(error, format!("invalid_settings: {text}"));
}

#[test]
fn a_document_is_the_whole_policy() {
    let settings = read(&[("POLICY", DOCUMENT)]).unwrap();
    assert_eq!(settings.policy(), &Policy::from_json(DOCUMENT).unwrap());
    let limits = settings.key_limits();
    assert_eq!((limits.max_octets, limits.max_keys), (5000, 7));
    let source = settings.key_source();
    assert!(
        matches!(source, KeySource::Issuer { issuer, .. } if issuer == "https://issuer.example")
    );

    let (policy, source) = read(&[("POLICY", DOCUMENT), JWKS_URL]).unwrap().into_parts();
    assert_eq!(policy, Policy::from_json(DOCUMENT).unwrap());
    assert!(matches!(source, KeySource::JwksUrl { .. }));

    let document = r#"{"issuers": null, "audiences": null, "algorithms": ["HS256"]}"#;
    let source = read(&[("POLICY", document), SECRET]).unwrap().into_parts().1;
    assert!(matches!(source, KeySource::Secret { .. }));
}

#[test]
fn settings_that_the_document_replaces_are_refused() {
    for (name, value) in [
        ("ISSUER", "https://issuer.example"),
        ("AUDIENCE", "a"),
        ("ALGORITHMS", "ES256"),
        ("LEEWAY", "5"),
        ("MAX_TOKEN_OCTETS", "100"),
        ("MAX_JWKS_OCTETS", "5000"),
        ("MAX_JWKS_KEYS", "7"),
    ] {
        refused(
            &[("POLICY", DOCUMENT), (name, value)],
            &format!(
                "VERIJOT_POLICY, VERIJOT_{name}: the policy document replaces \
                 VERIJOT_{name}; move the value into the document and remove the setting"
            ),
        );
    }
}

#[test]
fn an_invalid_document_or_one_without_matching_keys_is_refused() {
    let with = |members: &str| format!(r#"{{"issuers":null,"audiences":null{members}}}"#);
    refused(
        &[("POLICY", " ")],
        "VERIJOT_POLICY: it is set but empty; give it a value or remove it",
    );
    refused(&[("POLICY", "policy.json")], "VERIJOT_POLICY: not valid JSON (RFC 8259)");
    refused(
        &[("POLICY", &with(r#","leeway":5"#))],
        "VERIJOT_POLICY: leeway: must be a decimal number of seconds in quotation marks, such as \"30\"",
    );
    refused(
        &[("POLICY", &with(r#","symmetric_keys":true"#)), JWKS_URL],
        "VERIJOT_POLICY: symmetric_keys: key sets from settings cannot contain symmetric keys; put \
         the shared secret into VERIJOT_SECRET and remove the member",
    );
    refused(
        &[("POLICY", &with("")), SECRET],
        "VERIJOT_POLICY: algorithms in VERIJOT_POLICY is not set, but VERIJOT_SECRET does not name \
         its algorithms; set it, for example to HS256",
    );
    refused(
        &[("POLICY", &with(r#","algorithms":["ES256"]"#)), SECRET],
        "VERIJOT_SECRET, VERIJOT_POLICY: a shared secret works only with HMAC; name only HS256, HS384 \
         or HS512",
    );
    let hmac = "HMAC together with public keys would use a public key as a secret; remove HS256, HS384 and \
                HS512, or put a shared secret into VERIJOT_SECRET";
    let document = r#"{"issuers":["https://a.example"],"audiences":null,"algorithms":["HS256"]}"#;
    refused(&[("POLICY", document)], &format!("VERIJOT_POLICY: {hmac}"));
    refused(
        &[("POLICY", document), JWKS_URL],
        &format!("VERIJOT_JWKS_URL, VERIJOT_POLICY: {hmac}"),
    );
    let nowhere = read(&[("POLICY", &with(""))]).unwrap_err().to_string();
    let text = "VERIJOT_POLICY: no source of keys is set; name one issuer in it, or set one of";
    assert!(nowhere.contains(text), "{nowhere}");
    let two = r#"{"issuers":["https://a.example","https://b.example"],"audiences":null}"#;
    let several = read(&[("POLICY", two)]).unwrap_err().to_string();
    assert!(several.contains("VERIJOT_POLICY: several issuers need several key sets"), "{several}");
}
