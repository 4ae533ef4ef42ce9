//! The cost of a token before its signature is verified. The objective is the cost itself: an input
//! that costs more than all before it takes a new branch, so that libFuzzer keeps it, and one that
//! costs more than the limit is a fault.
//!
//! The input is a header and a payload as JSON, separated by a line feed.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use verijot::{
    Algorithm, AlgorithmSet, Audiences, Issuers, JwkSet, Key, Policy, UnixTime, Verifier,
    VerifierSet,
};

use crate::oracle::base64url;

#[path = "../../../core/benches/common/no_arithmetic.rs"]
mod no_arithmetic;

/// Runs an input.
pub fn run(data: &[u8]) {
    let place = data.iter().position(|octet| *octet == b'\n').unwrap_or(data.len());
    let (header, payload) = data.split_at(place);
    let payload = payload.get(1..).unwrap_or_default();
    let token = format!("{}.{}.", base64url::encode(header), base64url::encode(payload));
    let mut token = token.into_bytes();
    token.truncate(16_384);
    // Some inputs are the token itself.
    for token in [&token[..], &data[..data.len().min(16_384)]] {
        let mut cost = cost(token);
        // Other load on the machine can only add to it.
        for _ in 0..50 {
            if cost <= BOUND {
                break;
            }
            cost = cost.min(self::cost(token));
        }
        assert!(
            cost <= BOUND,
            "{cost:?} before the signature of a token of {} octets",
            token.len()
        );
        reward(cost);
    }
}

/// The shorter of two times, alone and as one of several issuers.
fn cost(token: &[u8]) -> Duration {
    static SEVERAL: OnceLock<VerifierSet<JwkSet>> = OnceLock::new();
    let several = SEVERAL.get_or_init(several);
    let time = || {
        let start = Instant::now();
        let verdict = several.verify(black_box(token), UnixTime::from_seconds(1_700_000_000));
        assert!(verdict.is_err(), "nobody has signed it");
        start.elapsed()
    };
    time().min(time())
}

/// A separate branch for each level of cost.
fn reward(cost: Duration) {
    let level = cost.as_nanos() / (BOUND.as_nanos() / 64);
    for step in 0..64_u128 {
        if black_box(level) > step {
            black_box(step);
        }
    }
    // Each case is a separate edge.
    match black_box(level) {
        0..4 => black_box(0),
        4..8 => black_box(1),
        8..12 => black_box(2),
        12..16 => black_box(3),
        16..20 => black_box(4),
        20..24 => black_box(5),
        24..32 => black_box(6),
        32..40 => black_box(7),
        40..48 => black_box(8),
        _ => black_box(9),
    };
}

fn several() -> VerifierSet<JwkSet> {
    let members = ["https://issuer.example", "a"].map(|issuer| {
        let policy = Policy::new(Issuers::only(issuer), Audiences::any()).any_type();
        let policy = policy.algorithms(AlgorithmSet::ALL);
        let keys = (0..100).map(|number| {
            let key = Key::from_secret(&[number; 64], Algorithm::Hs256, no_arithmetic::REJECTS_ALL)
                .expect("long");
            key.with_id(format!("k{number}"))
        });
        (Verifier::new(policy).expect("it makes sense"), JwkSet::from_keys(keys))
    });
    VerifierSet::new(members).expect("two issuers")
}

/// 50 µs in a release build without instrumentation; builds that count edges, check overflows or
/// are not optimized take several times as long. Quadratic work takes a hundred times as long.
const BOUND: Duration =
    if cfg!(debug_assertions) { Duration::from_millis(4) } else { Duration::from_micros(400) };
