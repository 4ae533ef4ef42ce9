//! A clock that stands still, for a library that only reads the system's.
//!
//! This process defines its own `clock_gettime`, which the standard library then calls. Only the
//! wall clock is changed; all other clocks are the system's.

use std::sync::atomic::{AtomicI64, Ordering};

/// Sets the wall clock to decimal seconds since 1970.
pub fn set(seconds: &str) {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let nanoseconds = format!("{fraction:0<9}");
    SECONDS.store(whole.parse().expect("seconds are decimal"), Ordering::SeqCst);
    NANOSECONDS.store(nanoseconds[..9].parse().expect("a fraction is decimal"), Ordering::SeqCst);
}

/// The system's function with the wall clock replaced.
///
/// # Safety
/// As for the function of that name in POSIX: `time` must point to a place for a time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(
    clock: libc::clockid_t,
    time: *mut libc::timespec,
) -> libc::c_int {
    if clock != libc::CLOCK_REALTIME {
        // SAFETY: the arguments are the caller's, who guarantees what the system call requires.
        return unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) } as libc::c_int;
    }
    // SAFETY: the caller guarantees a valid pointer to a time.
    unsafe {
        (*time).tv_sec = SECONDS.load(Ordering::SeqCst);
        (*time).tv_nsec = NANOSECONDS.load(Ordering::SeqCst);
    }
    0
}

static SECONDS: AtomicI64 = AtomicI64::new(0);
static NANOSECONDS: AtomicI64 = AtomicI64::new(0);
