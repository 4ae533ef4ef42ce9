//! Makes the benchmark's tokens, and measures the core without Swift.
//!
//! `core-time make FILE` writes a line for each algorithm: name, token and key set, separated by
//! tabs. `core-time time FILE` prints a line for each of them, with nanoseconds in the fourth column.

#[path = "../../../../../core/benches/common/mod.rs"]
mod common;

use std::error::Error;
use std::time::Duration;
use std::{env, fs};

use common::claims::{now, verifier};
use common::issuer::Issuer;
use common::stopwatch::Heat;
use verijot::crypto::ring;
use verijot::{Algorithm, JwkSetParser};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["make", file] => Ok(fs::write(file, tokens())?),
        ["time", file] => time(&fs::read_to_string(file)?),
        _ => Err("usage: core-time make|time FILE".into()),
    }
}

fn tokens() -> String {
    let line = |algorithm: Algorithm| {
        let issuer = Issuer::new(algorithm);
        format!("{}\t{}\t{}\n", algorithm.name(), issuer.token(), issuer.jwk_set(1))
    };
    ALGORITHMS.map(line).concat()
}

fn time(tokens: &str) -> Result<(), Box<dyn Error>> {
    let verifier = verifier();
    for line in tokens.lines() {
        let [algorithm, token, jwks] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err("not a file of core-time".into());
        };
        let keys = JwkSetParser::new(ring::PROVIDER).allow_symmetric_keys().parse(jwks)?;
        let mut heat = Heat::new("core", algorithm);
        heat.add("verify", || verifier.verify(token, &keys, now()).is_ok());
        heat.run(Duration::from_secs(1));
    }
    Ok(())
}

const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa];
