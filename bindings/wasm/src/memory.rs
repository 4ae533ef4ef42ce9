//! Octets that the host writes and reads.

use std::alloc::{Layout, alloc, dealloc};
use std::borrow::Cow;
use std::slice;

/// Gives room for `octets` octets; null if there is none. The room belongs to the host until it gives
/// it back with [`verijot_free`].
#[unsafe(no_mangle)]
pub extern "C" fn verijot_alloc(octets: usize) -> *mut u8 {
    match Layout::from_size_align(octets.max(1), 1) {
        // SAFETY: `alloc` demands a layout whose size is not zero.
        Ok(layout) => unsafe { alloc(layout) },
        Err(_) => std::ptr::null_mut(),
    }
}

/// Takes back what [`verijot_alloc`] gave for the same number of octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_free(address: *mut u8, octets: usize) {
    if let (false, Ok(layout)) = (address.is_null(), Layout::from_size_align(octets.max(1), 1)) {
        // SAFETY: the host gives back what `verijot_alloc` gave, once, with the same size, so that `alloc` had
        // this layout.
        unsafe { dealloc(address, layout) };
    }
}

/// Octets of the host's, borrowed for one call. Every address that the host passes becomes octets here,
/// and nowhere else.
#[derive(Clone, Copy)]
pub(crate) struct Octets<'c> {
    /// None if the host gave none, which is not the same as none at all in them.
    octets: Option<&'c [u8]>,
    /// As the host says.
    length: usize,
}

impl<'c> Octets<'c> {
    /// Borrows octets. `address` is the parameter of the function that the host calls: the borrow lasts as
    /// long as the parameter, so the compiler refuses to keep the octets after the call.
    ///
    /// Null counts as none, whatever the length. What no memory holds, such as the length -1, is read as an
    /// octet that nothing accepts: it is neither text nor a list.
    ///
    /// # Safety
    /// Unless the address is null, or `length` is 0 or more than `LONGEST`: `length` initialized octets
    /// of one object at `address`, which nobody writes during the call.
    pub(crate) unsafe fn borrow(address: &'c *const u8, length: usize) -> Self {
        // SAFETY: promised by the caller.
        unsafe { Self::borrow_up_to(address, length, LONGEST) }
    }

    /// Borrows octets, unless there are more than `limit`: those are not touched, and are read as what no
    /// memory holds.
    ///
    /// # Safety
    /// As [`Octets::borrow`], but only for a length up to `limit`.
    pub(crate) unsafe fn borrow_up_to(address: &'c *const u8, length: usize, limit: usize) -> Self {
        let octets: Option<&'c [u8]> = if address.is_null() {
            None
        } else if length == 0 {
            Some(&[])
        } else if length > limit.min(LONGEST) {
            Some(&[0xff])
        } else {
            // SAFETY: the address is not null, and octets have no alignment. The caller promises that
            // `length` of them are initialized and stay as they are. `LONGEST` fits `isize`.
            Some(unsafe { slice::from_raw_parts(*address, length) })
        };
        Self { octets, length }
    }

    /// Whether the host gave none.
    pub(crate) const fn is_none(self) -> bool {
        self.octets.is_none()
    }

    /// How many octets the host says there are.
    pub(crate) const fn length(self) -> usize {
        self.length
    }

    /// The octets.
    pub(crate) fn read(self) -> &'c [u8] {
        self.octets.unwrap_or_default()
    }

    /// Text; what is not UTF-8 is replaced, and refused by whatever reads the text.
    pub(crate) fn text(self) -> Cow<'c, str> {
        String::from_utf8_lossy(self.read())
    }

    /// Text, or none where the address is null.
    pub(crate) fn optional_text(self) -> Option<Cow<'c, str>> {
        self.octets.map(String::from_utf8_lossy)
    }
}

/// As many octets as a 32-bit address space can hold in one piece.
const LONGEST: usize = 0x7fff_ffff;
