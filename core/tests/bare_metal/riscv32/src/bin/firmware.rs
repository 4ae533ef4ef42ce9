//! The smallest program that verifies tokens, to be measured.
#![no_std]
#![no_main]

use bare_metal::{example, heap};
use bare_metal_riscv32::switch_off;

#[riscv_rt::entry]
fn main() -> ! {
    // SAFETY: once, at the start.
    unsafe { heap::init() };
    switch_off(example::verdicts_are_right())
}
