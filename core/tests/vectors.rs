//! Every test vector through every crypto provider that is compiled in.
//!
//! Reads the folder named by `VERIJOT_TESTVECTORS`, or the repository's own.

#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#![allow(clippy::panic, clippy::print_stdout)]

use std::env;
use std::path::PathBuf;

use verijot::crypto::{self, CryptoProvider};

fn run(provider: &dyn CryptoProvider) {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testvectors");
    let folder = env::var_os("VERIJOT_TESTVECTORS").map_or(own, PathBuf::from);
    let summary = verijot_testvectors::run_folder(&folder, provider)
        .unwrap_or_else(|error| panic!("{error}"));
    for failure in summary.failures() {
        println!("{failure}");
    }
    println!("{}: {}", provider.name(), summary.total());
    assert_eq!(summary.total().failed, 0);
}

#[cfg(feature = "ring")]
#[test]
fn ring_gives_every_verdict() {
    run(crypto::ring::PROVIDER);
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn aws_lc_rs_gives_every_verdict() {
    run(crypto::aws_lc_rs::PROVIDER);
}
