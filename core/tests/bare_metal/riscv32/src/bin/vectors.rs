//! Every test vector on RISC-V with 32 bits and no operating system.
#![no_std]
#![no_main]

use bare_metal::{heap, run};
use bare_metal_riscv32::stack::StackMeter;
use bare_metal_riscv32::{Serial, switch_off};

#[riscv_rt::entry]
fn main() -> ! {
    // SAFETY: once, at the start.
    unsafe { heap::init() };
    switch_off(run(&mut Serial, &StackMeter).is_ok_and(|is_right| is_right))
}
