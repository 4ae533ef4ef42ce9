//! QEMU's board "virt": its serial port, its switch, and what becomes of a panic or a trap.
#![no_std]

pub mod stack;

use core::fmt::{self, Write as _};
use core::panic::PanicInfo;
use core::ptr;

use bare_metal::heap::Heap;

/// The serial port, a 16550.
pub struct Serial;

impl fmt::Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for octet in text.bytes() {
            // SAFETY: the addresses of the port's registers on this board.
            unsafe {
                while ptr::read_volatile(SERIAL_STATUS) & SERIAL_READY == 0 {}
                ptr::write_volatile(SERIAL_DATA, octet);
            }
        }
        Ok(())
    }
}

/// Ends the emulator: with 0, or with 1.
pub fn switch_off(is_right: bool) -> ! {
    loop {
        // SAFETY: the address of the board's switch.
        unsafe { ptr::write_volatile(SWITCH, if is_right { PASSED } else { FAILED }) };
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Serial, "failed {info}");
    switch_off(false)
}

/// Where riscv-rt leads every trap, such as an address that is not there.
#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    let _ = writeln!(Serial, "failed a trap");
    switch_off(false)
}

#[global_allocator]
static HEAP: Heap = Heap;

const SERIAL_DATA: *mut u8 = 0x1000_0000 as *mut u8;
const SERIAL_STATUS: *const u8 = 0x1000_0005 as *const u8;
const SERIAL_READY: u8 = 1 << 5;

const SWITCH: *mut u32 = 0x10_0000 as *mut u32;
const PASSED: u32 = 0x5555;
const FAILED: u32 = 0x3333 | 1 << 16;
