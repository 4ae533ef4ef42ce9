//! Measures verijot: compared with the raw primitive, with sets of keys, tokens of several sizes,
//! refused tokens, and two threads. Prints lines for `report.py`, which makes tables of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::print_stdout)]

mod common;

use std::sync::Barrier;
use std::time::{Duration, Instant};
use std::{hint, thread};

use common::claims::{self, Borrowed, Owned, now, too_late, verifier};
use common::issuer::{Issuer, signed_parts};
use common::no_arithmetic;
use common::stopwatch::{Heat, report};
use verijot::crypto::{CryptoProvider, aws_lc_rs, ring};
use verijot::{Algorithm, JwkSetParser, SharedTokenCache, TokenCache};

fn main() {
    let wanted = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let tables: [(&str, fn()); 7] = [
        // First, before freed memory could be reused.
        ("memory", memory),
        ("algorithms", algorithms),
        ("sizes", sizes),
        ("keys", keys),
        ("cache", cache),
        ("refused", refused),
        ("threads", threads),
    ];
    for (name, measure) in tables {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            measure();
        }
    }
}

/// Each algorithm with each provider, and without any arithmetic: the primitive, the
/// verification, and with the caller's own claims.
fn algorithms() {
    for algorithm in Algorithm::ALL {
        let issuer = Issuer::new(algorithm);
        let token = issuer.token();
        let (message, signature) = signed_parts(&token);
        let verifier = verifier();
        let providers = providers().map(|provider| {
            let knows = provider.algorithms().contains(algorithm);
            knows.then(|| (provider.name(), issuer.primitive(provider), issuer.keys(1, provider)))
        });
        let own = issuer.keys(1, no_arithmetic::ACCEPTS_ALL);
        let mut heat = Heat::new("algorithms", algorithm.name());
        for (name, key, keys) in providers.iter().flatten() {
            heat.add(format!("{name} primitive"), || {
                key.verify(algorithm, message, &signature).unwrap();
            });
            heat.add(format!("{name} verify"), || verifier.verify(&token, keys, now()).unwrap());
            heat.add(format!("{name} claims"), || {
                let verified = verifier.verify(&token, keys, now()).unwrap();
                verified.claims::<Owned>().unwrap()
            });
        }
        heat.add("own verify", || verifier.verify(&token, &own, now()).unwrap());
        heat.add("own claims", || {
            let verified = verifier.verify(&token, &own, now()).unwrap();
            verified.claims::<Owned>().unwrap()
        });
        heat.add("own borrowed claims", || {
            let verified = verifier.verify(&token, &own, now()).unwrap();
            let claims = verified.claims::<Borrowed<'_>>().unwrap();
            claims.level
        });
        // A batch is one verification, which is long enough to be interrupted often.
        let slow = matches!(algorithm, Algorithm::Es384 | Algorithm::Es512);
        heat.run(Duration::from_secs(if slow { 9 } else { 3 }));
    }
}

/// Tokens of several sizes.
fn sizes() {
    for (name, octets) in [("0.3 KiB", 307), ("0.9 KiB", 921), ("4 KiB", 4096), ("16 KiB", 16384)] {
        let mut heat = Heat::new("sizes", name);
        for algorithm in [Algorithm::Hs256, Algorithm::Es256] {
            let issuer = Issuer::new(algorithm);
            let token = token_of(&issuer, octets);
            let (message, signature) = signed_parts(&token);
            let message = message.to_vec();
            for provider in providers() {
                let name = format!("{algorithm} {}", provider.name());
                let (key, message) = (issuer.primitive(provider), message.clone());
                let (signature, token) = (signature.clone(), token.clone());
                let (verifier, keys) = (verifier(), issuer.keys(1, provider));
                heat.add(format!("{name} primitive"), move || {
                    key.verify(algorithm, &message, &signature).unwrap();
                });
                heat.add(format!("{name} verify"), move || {
                    verifier.verify(&token, &keys, now()).unwrap()
                });
            }
        }
        heat.run(Duration::from_secs(2));
    }
}

/// Tokens that are verified, and the same tokens from a cache.
fn cache() {
    for algorithm in [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256] {
        let issuer = Issuer::new(algorithm);
        let (token, keys) = (issuer.token(), issuer.keys(1, aws_lc_rs::PROVIDER));
        let verifier = verifier();
        let mut own = TokenCache::new(1000);
        let shared = SharedTokenCache::new(1000);
        let mut heat = Heat::new("cache", algorithm.name());
        heat.add("verified", || verifier.verify(&token, &keys, now()).unwrap());
        heat.add("cached", || own.verify(&verifier, &token, &keys, now()).unwrap());
        heat.add("shared", || shared.verify(&verifier, &token, &keys, now()).unwrap());
        heat.run(Duration::from_secs(2));
    }
}

/// Sets of one key and of many: to find one, to miss one, and to parse them.
fn keys() {
    let (rsa, point) = (Issuer::new(Algorithm::Rs256), Issuer::new(Algorithm::Es256));
    let secret = Issuer::new(Algorithm::Hs256);
    let token = secret.token();
    let unknown = secret.token_of(r#"{"alg":"HS256","kid":"2031-1"}"#, claims::EIGHTEEN_CLAIMS);
    let first_of_its_header = secret.token_of(r#"{"kid":"2023-11","alg":"HS256"}"#, "{}");
    let verifier = verifier();

    // In one row, so that they take turns.
    let sets = SET_SIZES.map(|size| (size, secret.keys(size, ring::PROVIDER)));
    let mut heat = Heat::new("keys", "find");
    for (size, keys) in &sets {
        heat.add(format!("{size} found"), || verifier.verify(&token, keys, now()).unwrap());
        heat.add(format!("{size} header not cached"), || {
            // Its claims are refused, so its header is never cached.
            verifier.verify(&first_of_its_header, keys, now()).unwrap_err()
        });
        heat.add(format!("{size} unknown"), || verifier.verify(&unknown, keys, now()).unwrap_err());
    }
    heat.run(Duration::from_secs(3));

    for size in SET_SIZES {
        let mut heat = Heat::new("parse", size.to_string());
        for (kind, issuer) in [("RSA 2048", &rsa), ("P-256", &point)] {
            for provider in providers() {
                let json = issuer.jwk_set(size);
                let parser = JwkSetParser::new(provider).max_keys(size).max_octets(usize::MAX);
                heat.add(format!("{kind} {}", provider.name()), move || {
                    parser.parse(&json).unwrap()
                });
            }
        }
        heat.run(Duration::from_secs(2));
    }
}

/// The octets of a parsed key, by the growth of the process with 30,000 of them.
fn memory() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let issuer = Issuer::new(algorithm);
        let json = issuer.jwk_set(10_000);
        for provider in providers() {
            let parser = JwkSetParser::new(provider).max_keys(10_000).max_octets(usize::MAX);
            let before = resident_octets();
            let sets = [(); 3].map(|()| parser.parse(&json).unwrap());
            let octets = (resident_octets() - before) / 30_000.0;
            report("memory", algorithm.name(), provider.name(), octets, octets);
            std::mem::forget(sets);
        }
    }
}

fn resident_octets() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0
}

/// What an untrusted sender can send: each kind of refusal, and an accepted token.
fn refused() {
    let issuer = Issuer::new(Algorithm::Es256);
    let token = issuer.token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = Issuer::new(Algorithm::Es256).token();
    let (_, foreign_signature) = other.rsplit_once('.').unwrap();
    let nested = format!(r#"{{"alg":{}1{}}}"#, "[".repeat(6_100), "]".repeat(6_100));
    let wide = format!(r#"{{"alg":[{}1]}}"#, "1,".repeat(6_000));
    let unknown = issuer.token_of(r#"{"alg":"ES256","kid":"2031-1"}"#, claims::EIGHTEEN_CLAIMS);
    let kinds = [
        ("garbage, 870 octets", "~".repeat(870)),
        ("a megabyte of dots", ".".repeat(1 << 20)),
        ("16 KiB of dots", ".".repeat(16_384)),
        ("16 KiB of letters in three segments", format!("e30.{}.AAAA", "A".repeat(16_000))),
        ("16 KiB of nested JSON as the header", issuer.token_of(&nested, "{}")),
        ("16 KiB of flat JSON as the header", issuer.token_of(&wide, "{}")),
        ("alg none", issuer.token_of(r#"{"alg":"none"}"#, claims::EIGHTEEN_CLAIMS)),
        ("an unknown kid", unknown),
        ("a signature of the wrong length", format!("{signed}.{}", signature.get(..80).unwrap())),
        ("a bad signature", format!("{signed}.{foreign_signature}")),
    ];
    let (verifier, keys) = (verifier(), issuer.keys(1, ring::PROVIDER));
    for (kind, token) in &kinds {
        let code = verifier.verify(token, &keys, now()).unwrap_err().code();
        println!("code\t{kind}\t{code}\t0\t0");
    }
    // In one row, so that they take turns.
    let mut heat = Heat::new("refused", "time");
    for (kind, token) in &kinds {
        heat.add(*kind, || verifier.verify(token.as_str(), &keys, now()).unwrap_err());
    }
    println!("code\tan expired token\texpired\t0\t0");
    heat.add("an expired token", || verifier.verify(&token, &keys, too_late()).unwrap_err());
    println!("code\ta token that is accepted\t\t0\t0");
    heat.add("a token that is accepted", || verifier.verify(&token, &keys, now()).unwrap());
    heat.run(Duration::from_secs(3));
}

/// One and two threads on one `Verifier` and one `JwkSet`, alternately: nanoseconds for each
/// verified token.
fn threads() {
    for algorithm in [Algorithm::Hs256, Algorithm::Es256, Algorithm::EdDsa] {
        let issuer = Issuer::new(algorithm);
        let token = issuer.token();
        let (verifier, keys) = (verifier(), issuer.keys(1, aws_lc_rs::PROVIDER));
        let verify = || drop(hint::black_box(verifier.verify(&token, &keys, now()).unwrap()));
        let mut times = [const { Vec::new() }; 2];
        for _ in 0..150 {
            for (threads, times) in (1..).zip(&mut times) {
                times.push(time_of_one(threads, &verify));
            }
        }
        for (times, column) in times.iter_mut().zip(["1", "2"]) {
            times.sort_by(f64::total_cmp);
            report("threads", algorithm.name(), column, times[0], times[times.len() / 2]);
        }
    }
}

/// Verifies with this many threads for a while; returns nanoseconds for each verification.
fn time_of_one(threads: usize, verify: &(impl Fn() + Sync)) -> f64 {
    let barrier = Barrier::new(threads);
    let rate = || {
        barrier.wait();
        let start = Instant::now();
        let mut count = 0_u32;
        while start.elapsed() < Duration::from_millis(10) {
            (0..20).for_each(|_| verify());
            count += 20;
        }
        f64::from(count) / start.elapsed().as_nanos() as f64
    };
    thread::scope(|scope| {
        let workers = (0..threads).map(|_| scope.spawn(rate)).collect::<Vec<_>>();
        1.0 / workers.into_iter().map(|worker| worker.join().unwrap()).sum::<f64>()
    })
}

/// A token of about, but not more than, this many octets.
fn token_of(issuer: &Issuer, octets: usize) -> String {
    let empty = issuer.token_with("").len();
    let token = issuer.token_with(&claims::claims_of((octets - empty) * 3 / 4));
    assert!(token.len() <= octets && token.len() + 64 > octets, "{}", token.len());
    token
}

fn providers() -> [&'static dyn CryptoProvider; 2] {
    [ring::PROVIDER, aws_lc_rs::PROVIDER]
}

const SET_SIZES: [usize; 4] = [1, 10, 100, 10_000];
