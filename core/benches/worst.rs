//! Measures unsigned tokens that are built to cost as much as possible: `cargo bench --package
//! verijot --features std --bench worst`. Without the arithmetic of signatures, the most expensive
//! first; more than 50 µs on a current CPU core is a failure.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::as_conversions)]
#![allow(clippy::print_stdout, clippy::arithmetic_side_effects)]

#[path = "common/hostile.rs"]
mod hostile;
#[path = "common/no_arithmetic.rs"]
mod no_arithmetic;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use hostile::Target;

fn main() -> ExitCode {
    let target = Target::new();
    let mut rows = Vec::new();
    for (name, token) in hostile::tokens() {
        type Way = fn(&Target, &str) -> &'static str;
        for (way, verify) in [("one issuer", Target::alone as Way), ("several", Target::several)] {
            let code = verify(&target, &token);
            let time = || {
                let start = Instant::now();
                std::hint::black_box(verify(&target, &token));
                start.elapsed()
            };
            // Other load on the machine only adds time.
            let shortest = (0..200).map(|_| time()).min().unwrap();
            rows.push((shortest, way, code, name));
        }
    }
    rows.sort();
    for (time, way, code, name) in rows.iter().rev() {
        println!("{:>8.1} µs  {way:<12}{code:<30}{name}", time.as_secs_f64() * 1e6);
    }
    let longest = rows.last().map(|(time, ..)| *time).unwrap();
    if longest > Duration::from_micros(50) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
