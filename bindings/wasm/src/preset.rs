//! Presets of well-known providers as documents.

use verijot::issuer::KeySourceError;
use verijot::provider::{Preset, PresetKeys, Provider};
use verijot::{Algorithm, PolicyError};

use crate::answer::{self, Status};
use crate::json::{self, Object};
use crate::memory::Octets;
use crate::options::entries;
use crate::problem::{Problem, malformed_list, unusable};

/// The preset of a provider, such as `cognito:eu-west-1_AbCdEf123`, with its options, a JSON object. The
/// text is JSON: `policy` for `verijot_verifier`, `profile` for `verijot_profile` or `load_balancer` for
/// `verijot_alb_verifier` with its document, and last `key_source`. That has
/// - `issuer` or `jwks_url`, and perhaps `purposes`: options of `verijot_issuer`, which calls the URL `url`;
/// - `certificates_url` and `algorithms`, which are its options `url` and `certificates`;
/// - `of_caller` (what the caller has the keys in), and perhaps `purposes`.
///
/// `Unusable` has the code `invalid_policy` and perhaps `member`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_preset(
    provider: *const u8,
    provider_length: usize,
    options: *const u8,
    options_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let (provider, options) = unsafe {
        (
            Octets::borrow(&provider, provider_length).text(),
            Octets::borrow(&options, options_length).read(),
        )
    };
    match read(&provider, options) {
        Ok(preset) => answer::text(Status::Done, preset),
        Err(error) => unusable(&Problem::from(error)),
    }
}

/// What a client for the tokens of a provider is made of, by its preset. `given` are entries, the names of
/// further options that the host was given for the client: those that the preset decides are errors. The text
/// is JSON: `policy` for `verijot_verifier`, and last `issuer_options` for `verijot_issuer`, names and values
/// in turn.
///
/// `Unusable` has the code `invalid_policy` and perhaps `member`, also where the tokens are not for a policy,
/// or the code `invalid_key_source` where the caller has the keys.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_preset_client(
    provider: *const u8,
    provider_length: usize,
    options: *const u8,
    options_length: usize,
    given: *const u8,
    given_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let (provider, options, given) = unsafe {
        (
            Octets::borrow(&provider, provider_length).text(),
            Octets::borrow(&options, options_length).read(),
            Octets::borrow(&given, given_length).read(),
        )
    };
    let Some(mut given) = entries(given) else { return malformed_list() };
    let preset = Provider::parse(&provider).and_then(|provider| provider.preset(options));
    let client = preset.map_err(Problem::from).and_then(|preset| {
        let decided = |name: &&[u8]| DECIDED.iter().find(|decided| decided.as_bytes() == *name);
        match given.find_map(|name| decided(&name)) {
            None => client(&preset),
            Some(name) => Err(Problem::of_policy(name, "the preset decides it; leave it out")),
        }
    });
    match client {
        Ok(client) => answer::text(Status::Done, client),
        Err(problem) => unusable(&problem),
    }
}

fn read(provider: &str, options: &[u8]) -> Result<String, PolicyError> {
    Ok(Provider::parse(provider)?.preset(options)?.to_json())
}

fn client(preset: &Preset) -> Result<String, Problem> {
    let policy = preset.policy().ok_or_else(|| {
        let problem =
            "its tokens are not for a policy; give the document of the preset to their verifier";
        Problem::of_policy("provider", problem)
    })?;
    let mut options = Vec::new();
    match preset.keys() {
        PresetKeys::Issuer { issuer, .. } => options.push(("issuer", issuer.as_str())),
        PresetKeys::JwksUrl { url, purposes, .. } => {
            options.push(("url", url));
            options.extend(purposes.iter().map(|purpose| ("purposes", *purpose)));
        }
        PresetKeys::CertificatesUrl { url, algorithms, .. } => {
            options.push(("url", url));
            let names = algorithms.iter().map(Algorithm::name);
            options.extend(names.map(|name| ("certificates", name)));
        }
        PresetKeys::OfCaller { what, .. } => return Err(of_caller(what)),
        // The core has no other place; the caller knows a new one.
        _ => return Err(of_caller("keys")),
    }
    let options = options.into_iter().flat_map(|(name, value)| [name, value]).map(json::quoted);
    Ok(Object::new().raw("policy", policy).raw("issuer_options", &json::array(options)).end())
}

fn of_caller(what: &str) -> Problem {
    let message = format!(
        "the caller has the keys: {what}; make a client of them and the document of the preset"
    );
    Problem::with_code(KeySourceError::CODE, message)
}

/// The names of what a preset decides, of a policy's options and of `verijot_issuer`.
const DECIDED: [&str; 5] = ["policy", "issuer", "url", "purposes", "certificates"];
