//! The bodies of the fuzz targets, and the models and oracles that they compare the core with.
//! Compiles with stable Rust, where `tests/replay.rs` runs every seed.
#![forbid(unsafe_code)]
// Conditions are written in the order of the specification.
#![allow(clippy::nonminimal_bool)]

mod choices;
mod invariants;
mod later;
pub mod model;
pub mod oracle;
pub mod seeds;
mod signing;
pub mod targets;
mod verdict;
