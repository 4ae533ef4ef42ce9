//! Presets of well-known providers as documents.

use verijot::PolicyError;
use verijot::provider::Provider;

use crate::answer::{self, Status};
use crate::memory::Octets;
use crate::problem::{Problem, unusable};

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

fn read(provider: &str, options: &[u8]) -> Result<String, PolicyError> {
    Ok(Provider::parse(provider)?.preset(options)?.to_json())
}
