//! Every test vector as a WebAssembly module without imports: `run`, then the text of the report
//! lies where `report` says, `report_octets` long.
#![no_std]

extern crate alloc;

use alloc::string::String;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use bare_metal::heap::{self, HeapMeter};
use bare_metal_wasm32 as _;

/// To be called once; gives whether every case came out as expected.
#[unsafe(no_mangle)]
extern "C" fn run() -> bool {
    // SAFETY: once, at the start.
    unsafe { heap::init() };
    let mut text = String::with_capacity(REPORT_OCTETS);
    let is_right = bare_metal::run(&mut text, &HeapMeter).is_ok_and(|is_right| is_right);
    let text = text.leak();
    TEXT.store(text.as_mut_ptr(), Ordering::Relaxed);
    OCTETS.store(text.len(), Ordering::Relaxed);
    is_right
}

#[unsafe(no_mangle)]
extern "C" fn report() -> *const u8 {
    TEXT.load(Ordering::Relaxed)
}

#[unsafe(no_mangle)]
extern "C" fn report_octets() -> usize {
    OCTETS.load(Ordering::Relaxed)
}

static TEXT: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
static OCTETS: AtomicUsize = AtomicUsize::new(0);

/// Room for the whole report, so that it does not grow in the middle of the heap.
const REPORT_OCTETS: usize = 1 << 20;
