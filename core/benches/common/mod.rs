//! What the benchmarks share: an issuer, the claims it signs, and the stopwatch.
#![allow(dead_code, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::arithmetic_side_effects, clippy::print_stdout)]

pub mod claims;
pub mod issuer;
pub mod no_arithmetic;
pub mod stopwatch;
