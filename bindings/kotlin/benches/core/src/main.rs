//! Measures the core alone, with the tokens that the JVM's libraries are measured with. Prints a line
//! with algorithm and nanoseconds for each token of a folder.

use std::time::{Duration, Instant, SystemTime};
use std::{env, error, fs, hint, path::Path};

use verijot::crypto::ring::PROVIDER;
use verijot::{Audiences, Issuers, JwkSetParser, Policy, UnixTime, Verifier};

fn main() -> Result<(), Box<dyn error::Error>> {
    let folder = env::args().nth(1).ok_or("name the folder of the tokens")?;
    for algorithm in ["HS256", "RS256", "ES256", "ES384", "EdDSA"] {
        println!("{algorithm} {:.0}", measured(Path::new(&folder), algorithm)?);
    }
    Ok(())
}

fn measured(folder: &Path, algorithm: &str) -> Result<f64, Box<dyn error::Error>> {
    let token = fs::read_to_string(folder.join(algorithm).with_extension("jwt"))?;
    let jwks = fs::read_to_string(folder.join(algorithm).with_extension("jwks"))?;
    let keys = JwkSetParser::new(PROVIDER).allow_symmetric_keys().parse(jwks)?;
    let policy = Policy::new(
        Issuers::one_of(["https://issuer.example"]),
        Audiences::one_of(["https://api.example"]),
    )
    .algorithms([algorithm.parse::<verijot::Algorithm>()?]);
    let verifier = Verifier::new(policy)?;
    let verify = || {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = UnixTime::from_parts(now.as_secs().cast_signed(), now.subsec_nanos());
        hint::black_box(verifier.verify(hint::black_box(&token), &keys, now).is_ok())
    };
    if !verify() {
        return Err("a token is refused".into());
    }
    // The fastest of many rounds: other work on the machine only adds time.
    let mut best = f64::MAX;
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        let start = Instant::now();
        for _ in 0..ROUND {
            verify();
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(ROUND));
    }
    Ok(best)
}

const ROUND: u32 = 200;
