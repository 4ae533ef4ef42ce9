//! Any octets as a JWK Set: with either provider the same keys are used, and the same skipped for
//! the same reasons, as the model says.

use verijot::crypto::{CryptoProvider, aws_lc_rs, ring};

use crate::model::case::{JwksOption, Limits, Policy};
use crate::model::keys::{self, KeySet};
use crate::{invariants, verdict};

/// Runs an input.
pub fn run(data: &[u8]) {
    let limits = Limits { jwks_keys: Some(8), ..Limits::default() };
    let strict = Policy::default();
    let lenient = Policy { symmetric_keys: true, limits, ..Policy::default() };
    compare(data, &strict, ring::PROVIDER, &keys::OF_RING);
    compare(data, &lenient, aws_lc_rs::PROVIDER, &keys::ALL);
}

fn compare(
    data: &[u8],
    policy: &Policy,
    provider: &'static dyn CryptoProvider,
    algorithms: &[&'static str],
) {
    compare_read_as(data, policy, false, provider, algorithms);
    compare_read_as(data, policy, true, provider, algorithms);
}

fn compare_read_as(
    data: &[u8],
    policy: &Policy,
    single: bool,
    provider: &'static dyn CryptoProvider,
    algorithms: &[&'static str],
) {
    let mut options = Vec::new();
    let mut parser = verdict::parser(policy, provider);
    if policy.symmetric_keys {
        options = vec![JwksOption::PaddedBase64, JwksOption::ShortCoordinates];
        parser = parser.tolerate_padded_base64().tolerate_short_coordinates();
    }
    let parsed = if single {
        options.push(JwksOption::SingleKey);
        parser.parse_single(data)
    } else {
        parser.parse(data)
    };
    let expected = KeySet::parse(data, policy, &options, algorithms);
    let (expected, keys) = match (expected, parsed) {
        (Ok(expected), Ok(keys)) => (expected, keys),
        (Err((code, _)), Err(error)) => {
            assert_eq!(error.code(), code);
            assert!(error.to_string().len() < 100);
            return;
        }
        (expected, parsed) => panic!("{:?} {:?}", expected.err(), parsed.err()),
    };
    invariants::of_keys(&keys, data);
    let skipped = keys.skipped().iter();
    let skipped = skipped.map(|key| (key.index(), key.reason().problem().code()));
    assert_eq!(skipped.collect::<Vec<_>>(), expected.skipped, "{}", provider.name());
    assert_eq!(keys.keys().len(), expected.usable.len());
    for (key, expected) in keys.keys().iter().zip(&expected.usable) {
        assert_eq!(key.id(), expected.kid.as_deref());
        let mut names =
            key.algorithms().iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>();
        names.sort_unstable();
        let mut algorithms = expected.algorithms.clone();
        algorithms.sort_unstable();
        assert_eq!(names, algorithms);
    }
    assert!(!keys.knows_id("\u{0}no such key"));
}
