//! verijot's core behind plain functions: numbers and octets in, a status and an answer out.
//!
//! The same functions are exported by the WebAssembly module, which has no imports, and by the C
//! library. `README.md` describes them for the author of a binding. Nothing here decides anything:
//! every function reads its arguments, calls the core and writes the answer.
// Functions for other languages take addresses, which Rust counts as unsafe.
#![allow(unsafe_code)]
// What every function that takes an address demands of its caller stands once, in the README.
#![allow(clippy::missing_safety_doc)]

pub mod answer;
pub mod explanation;
mod health;
pub mod issuer;
mod issuer_options;
mod json;
pub mod key_fetch;
pub mod keys;
pub mod memory;
mod numbers;
mod options;
pub mod preset;
mod problem;
pub mod profile;
mod provider;
mod refusal;
pub mod request;
pub mod session;
mod table;
pub mod token;
pub mod verification;
pub mod verifier;
