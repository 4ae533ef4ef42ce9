//! Every test vector through the core, compiled in, for machines without an operating system.
//!
//! The three programs beside it, `host`, `riscv32` and `wasm32`, print the same report of the same
//! cases; `.ci/bare-metal` compares what they print.
#![no_std]

extern crate alloc;

pub mod example;
pub mod heap;

mod cost;
mod report;

pub use cost::{Cost, Meter, Unmeasured};
pub use report::run;
