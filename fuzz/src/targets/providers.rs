//! Any name, parameter and options of a provider: a documented problem, or documents that their
//! verifiers read, write and read again, and keys at an address that no parameter has left.

use serde_json::Value;
use verijot::profile::Profile;
use verijot::provider::{Preset, PresetKeys, Provider};
use verijot::verify::AlbVerifier;
use verijot::{Policy, Verifier};

use crate::invariants;
use crate::oracle::json::Json;

/// Runs an input: the provider, the options and names that the caller goes by, with [`SEPARATOR`]
/// between them.
pub fn run(data: &[u8]) {
    let mut parts = data.split(|octet| *octet == SEPARATOR);
    let Ok(name) = std::str::from_utf8(parts.next().unwrap_or_default()) else { return };
    let options = parts.next().unwrap_or_default();
    let names = parts.map(std::str::from_utf8).collect::<Result<Vec<_>, _>>().unwrap_or_default();
    let provider = match Provider::parse(name) {
        Ok(provider) => provider,
        Err(error) => {
            assert_eq!(error.member(), Some("provider"), "{error}");
            return invariants::of_policy_error(&error, b"{}");
        }
    };
    let (own, parameter) = name.split_once(':').unwrap_or((name, ""));
    assert_eq!(provider.name(), own);
    assert!(
        parameter.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_./:".contains(&octet))
    );
    let without = provider.preset_for([], options);
    assert_eq!(without, provider.preset(options));
    if without.is_ok() {
        demands_are_met(&provider, options);
    }
    for preset in [without, provider.preset_for(names.iter().copied(), options)] {
        match preset {
            Ok(preset) => judge(&provider, &preset, options),
            Err(error) => {
                assert!(!names.is_empty() || has_place(&error, options), "{error}");
                // What is wrong with the provider or the names does not depend on the options.
                let is_other = matches!(error.member(), Some("provider" | "audience"));
                invariants::of_policy_error(&error, if is_other { b"{}" } else { options });
            }
        }
    }
}

/// Between the parts of an input. No JSON has it.
pub const SEPARATOR: u8 = 0x1e;

/// A problem names the option, unless the text is no JSON object.
fn has_place(error: &verijot::PolicyError, options: &[u8]) -> bool {
    error.member().is_some() || Json::parse_strict(options).is_err()
}

/// What the provider's guide says must be named is among the options.
fn demands_are_met(provider: &Provider, options: &[u8]) {
    let given = serde_json::from_slice::<Value>(options).expect("JSON");
    let info = Provider::all().find(|info| info.name() == provider.name()).expect("a line");
    for (one_of, what) in info.demands() {
        assert!(one_of.iter().any(|option| given.get(option).is_some()), "without {what}");
    }
}

fn judge(provider: &Provider, preset: &Preset, options: &[u8]) {
    let given = Json::parse_strict(options);
    assert!(given.is_ok(), "taken, but not strict JSON");
    let text = preset.to_json();
    assert!(Json::parse_strict(text.as_bytes()).is_ok(), "{text}");
    let written = serde_json::from_str::<Value>(&text).expect("JSON");
    let info = Provider::all().find(|info| info.name() == provider.name()).expect("a line");
    let of_kind = match (preset.policy(), preset.profile(), preset.load_balancer()) {
        (Some(document), None, None) => {
            same_again(&Policy::from_json(document).expect("a policy"));
            assert_eq!(info.verifier(), "policy");
            (document, "policy")
        }
        (None, Some(document), None) => {
            let profile = Profile::from_json(document).expect("a profile");
            same_again(profile.verifier().policy());
            assert_eq!(info.verifier(), profile.name());
            (document, "profile")
        }
        (None, None, Some(document)) => {
            AlbVerifier::from_json(document).expect("a load balancer's");
            assert_eq!(info.verifier(), "load-balancer");
            (document, "load_balancer")
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(serde_json::from_str::<Value>(of_kind.0).expect("JSON"), written[of_kind.1]);
    let given = serde_json::from_slice::<Value>(options).expect("JSON");
    let is_of_caller = given.get("jwks_url").is_some();
    let url = match preset.keys() {
        PresetKeys::Issuer { issuer, .. } => issuer,
        PresetKeys::JwksUrl { url, .. } | PresetKeys::CertificatesUrl { url, .. } => url,
        _ => return,
    };
    if is_of_caller {
        assert_eq!(Some(&**url), given["jwks_url"].as_str());
    } else {
        let rest = url.strip_prefix("https://").expect("https");
        let rest = rest.replacen("{kid}", "", 1);
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_./:@%".contains(&octet);
        assert!(rest.bytes().all(plain) && !rest.contains("/../"), "{url}");
        let host = rest.split('/').next().unwrap_or_default();
        assert!(!host.is_empty() && !host.contains('@'), "{url}");
    }
}

fn same_again(policy: &Policy) {
    let document = policy.to_json();
    let again = Policy::from_json(&document).expect("what is written is read");
    assert_eq!(again, *policy, "{document}");
    assert_eq!(again.to_json(), document);
    Verifier::new(again).expect("it makes sense");
}
