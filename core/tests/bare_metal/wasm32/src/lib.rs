//! What both WebAssembly modules have: a heap, and a panic that ends the call.
#![no_std]

use core::arch::wasm32;
use core::panic::PanicInfo;

use bare_metal::heap::Heap;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}

#[global_allocator]
static HEAP: Heap = Heap;
