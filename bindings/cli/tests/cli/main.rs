//! Runs the program like a shell: arguments and standard input in, outputs and exit code out.

// The whole crate is a test, including its helpers, which clippy does not recognize.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod decode;
mod explain;
mod jwks;
#[cfg(feature = "fetch")]
mod jwks_fetch;
mod policy;
mod profile;
mod program;
mod providers;
mod published;
mod rehearse;
mod secrecy;
mod simulation;
mod streams;
mod usage;
mod vectors;
mod verify;
