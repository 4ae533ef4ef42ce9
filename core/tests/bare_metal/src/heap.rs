//! A heap of fixed size that remembers how much of it was in use at once.

use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use linked_list_allocator::LockedHeap;

use crate::cost::{Cost, Meter};

/// For `#[global_allocator]`, together with [`init`].
pub struct Heap;

/// Measures the heap alone.
pub struct HeapMeter;

impl Meter for HeapMeter {
    fn measure<T>(&self, work: impl FnOnce() -> T) -> (T, Option<Cost>) {
        let before = HEAP.lock().used();
        PEAK.store(before, Ordering::Relaxed);
        let result = work();
        let heap = PEAK.load(Ordering::Relaxed).saturating_sub(before);
        (result, Some(Cost { heap, stack: None }))
    }
}

/// Gives the heap its memory.
///
/// # Safety
/// To be called once, before anything is allocated.
pub unsafe fn init() {
    // SAFETY: nobody else refers to the arena, and this is called once.
    let arena = unsafe { &mut *ptr::addr_of_mut!(ARENA) };
    HEAP.lock().init_from_slice(arena);
}

// SAFETY: both functions hand over to an allocator; growing a block is left to the default, which
// moves it.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut heap = HEAP.lock();
        let block = heap.allocate_first_fit(layout).map_or(ptr::null_mut(), |block| block.as_ptr());
        PEAK.fetch_max(heap.used(), Ordering::Relaxed);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = ptr::NonNull::new(block) {
            unsafe { HEAP.lock().deallocate(block, layout) };
        }
    }
}

static HEAP: LockedHeap = LockedHeap::empty();
static PEAK: AtomicUsize = AtomicUsize::new(0);
static mut ARENA: [MaybeUninit<u8>; ARENA_OCTETS] = [MaybeUninit::uninit(); ARENA_OCTETS];

/// For the cases themselves: the longest token among them has a million octets.
const ARENA_OCTETS: usize = 6 << 20;
