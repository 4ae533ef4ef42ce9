//! A test vector's text with any changes: the core agrees with the model about the token and every
//! skipped key, with either provider.

use verijot::crypto::{CryptoProvider, aws_lc_rs, ring};

use crate::model::case::Case;
use crate::model::{self, keys};
use crate::verdict::{self, Run};

/// Runs an input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(case) = Case::from_vector(text) else { return };
    judge(&case, ring::PROVIDER, &keys::OF_RING);
    judge(&case, aws_lc_rs::PROVIDER, &keys::ALL);
}

/// Compares core and model; a difference is shown as a vector.
pub fn judge(
    case: &Case,
    provider: &'static dyn CryptoProvider,
    algorithms: &[&'static str],
) -> Run {
    let run = verdict::of(case, provider);
    let (expected, skipped) = model::judge_with_keys(case, algorithms);
    let name = provider.name();
    assert_eq!(run.verdict, expected, "core and model differ, {name}: {}", case.to_vector());
    assert_eq!(run.skipped, skipped, "skipped keys, {name}: {}", case.to_vector());
    run
}
