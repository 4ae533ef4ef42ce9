//! How deep the stack grew: it is painted before, and afterwards the paint is looked at.

use core::arch::asm;
use core::ptr;

use bare_metal::heap::HeapMeter;
use bare_metal::{Cost, Meter};

/// Measures the heap and the stack.
pub struct StackMeter;

impl Meter for StackMeter {
    // Not inlined, so that `top` is where the frames of the work begin.
    #[inline(never)]
    fn measure<T>(&self, work: impl FnOnce() -> T) -> (T, Option<Cost>) {
        let top: usize;
        // SAFETY: it only reads the stack pointer.
        unsafe { asm!("mv {}, sp", out(reg) top) };
        let bottom = top - PAINTED;
        // SAFETY: below the stack pointer nothing is in use, and there are megabytes of RAM between
        // the stack and the heap.
        unsafe { paint(bottom, top) };
        let (result, cost) = call(|| HeapMeter.measure(work));
        // SAFETY: as above; it only reads.
        let depth = top - unsafe { lowest_without_paint(bottom, top) };
        assert!(depth < PAINTED, "more of the stack was used than is measured");
        (result, cost.map(|cost| Cost { stack: Some(depth), ..cost }))
    }
}

#[inline(never)]
fn call<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Inlined and free of calls, as it writes where the frame of a function would be.
#[inline(always)]
unsafe fn paint(bottom: usize, top: usize) {
    let mut address = bottom;
    while address < top {
        unsafe { ptr::write_volatile(address as *mut usize, PAINT) };
        address += size_of::<usize>();
    }
}

#[inline(always)]
unsafe fn lowest_without_paint(bottom: usize, top: usize) -> usize {
    let mut address = bottom;
    while address < top && unsafe { ptr::read_volatile(address as *const usize) } == PAINT {
        address += size_of::<usize>();
    }
    address
}

const PAINT: usize = 0xA5C3_A5C3;
const PAINTED: usize = 96 << 10;
