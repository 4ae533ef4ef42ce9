//! The program as the shell sees it: arguments and streams in, streams and exit code out.

// The whole crate is a test, its helpers too, which clippy cannot see.
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
mod policy;
mod program;
mod published;
mod rehearse;
mod secrecy;
mod simulation;
mod streams;
mod usage;
mod vectors;
mod verify;
