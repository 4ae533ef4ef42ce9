//! Helpers of the client's tests, and a service that is called over HTTP.
#![allow(dead_code, unreachable_pub, unused_imports, missing_docs)]
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::panic, clippy::print_stdout)]

#[path = "../../../client/tests/common/mod.rs"]
mod client;
pub mod service;

pub use client::*;
