//! verijot as a C library: the functions of `bindings/wasm`, with ring inside.
//!
//! Nothing is written twice: a library exports the functions of the crates in it. `verijot.h` declares
//! them.
#![forbid(unsafe_code)]

// Brings the functions in.
use verijot_wasm as _;
