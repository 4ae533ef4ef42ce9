//! Octets that the host writes and reads.

use std::alloc::{Layout, alloc, dealloc};
use std::borrow::Cow;
use std::slice;

/// Gives room for `octets` octets; null if there is none. The room belongs to the host until it gives
/// it back with [`verijot_free`].
#[unsafe(no_mangle)]
pub extern "C" fn verijot_alloc(octets: usize) -> *mut u8 {
    match Layout::from_size_align(octets.max(1), 1) {
        // SAFETY: the layout's size is not zero.
        Ok(layout) => unsafe { alloc(layout) },
        Err(_) => std::ptr::null_mut(),
    }
}

/// Takes back what [`verijot_alloc`] gave for the same number of octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_free(address: *mut u8, octets: usize) {
    if let (false, Ok(layout)) = (address.is_null(), Layout::from_size_align(octets.max(1), 1)) {
        // SAFETY: the host gives back what it was given, once, with the same size.
        unsafe { dealloc(address, layout) };
    }
}

/// Octets of the host's, which it does not change during the call.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Octets {
    address: *const u8,
    length: usize,
}

impl Octets {
    pub(crate) const fn new(address: *const u8, length: usize) -> Self {
        Self { address, length }
    }

    /// Whether the host gave none, which is not the same as none at all in them.
    pub(crate) const fn is_none(self) -> bool {
        self.address.is_null()
    }

    pub(crate) const fn length(self) -> usize {
        self.length
    }

    /// The octets. What no memory holds, such as the length -1, is read as an octet that nothing
    /// accepts: it is neither text nor a list.
    ///
    /// # Safety
    /// `length` octets at `address` must be readable during the call, unless there are more than
    /// `LONGEST`.
    pub(crate) unsafe fn read<'c>(self) -> &'c [u8] {
        if self.address.is_null() || self.length == 0 {
            return &[];
        }
        if self.length > LONGEST {
            return &[0xff];
        }
        // SAFETY: promised by the caller.
        unsafe { slice::from_raw_parts(self.address, self.length) }
    }

    /// Text; what is not UTF-8 is replaced, and refused by whatever reads the text.
    ///
    /// # Safety
    /// As [`Octets::read`].
    pub(crate) unsafe fn text<'c>(self) -> Cow<'c, str> {
        // SAFETY: promised by the caller.
        String::from_utf8_lossy(unsafe { self.read() })
    }

    /// Text, or none where the address is null.
    ///
    /// # Safety
    /// As [`Octets::read`].
    pub(crate) unsafe fn optional_text<'c>(self) -> Option<Cow<'c, str>> {
        // SAFETY: promised by the caller.
        (!self.address.is_null()).then(|| unsafe { self.text() })
    }
}

/// As many octets as a 32-bit address space can hold in one piece.
const LONGEST: usize = 0x7fff_ffff;
