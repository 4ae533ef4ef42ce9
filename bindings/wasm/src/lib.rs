//! verijot's core behind plain functions: numbers and octets in, a status and an answer out.
//!
//! The same functions are exported by the WebAssembly module, which has no imports, and by the C
//! library. `README.md` describes them for the author of a binding. Nothing here decides anything:
//! every function reads its arguments, calls the core and writes the answer.
//!
//! # Safety
//! What the crate demands of a caller, of every address with its length: unless the address is null, or the
//! length is 0 or more than 2^31 - 1, it is the address of that number of initialized octets of one object,
//! which nobody writes during the call. Where a function says that more octets than a limit need not be
//! copied, the same holds for a length up to that limit. The numbers of objects may be any numbers.
//!
//! Addresses become slices in `memory.rs` only, by `Octets::borrow`, whose borrow ends with the call. The other
//! unsafe code is there too, for rooms of the host's, and in `answer.rs`, for the thread's answer.
// Functions for other languages take addresses, which Rust counts as unsafe.
#![allow(unsafe_code)]
// What every function that takes an address demands of its caller stands once: below.
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
#[cfg(feature = "settings")]
pub mod settings;
mod table;
pub mod token;
pub mod verification;
pub mod verifier;
