//! The smallest module that verifies tokens, to be measured.
#![no_std]

use bare_metal::{example, heap};
use bare_metal_wasm32 as _;

/// To be called once; gives whether the verdicts are right.
#[unsafe(no_mangle)]
extern "C" fn run() -> bool {
    // SAFETY: once, at the start.
    unsafe { heap::init() };
    example::verdicts_are_right()
}
