//! Where a function leaves what it has to say: a text and some numbers, until the thread's next call.

use std::cell::UnsafeCell;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// It did what was asked.
    Done = 0,
    /// A token is refused; the text is the refusal.
    Refused = 1,
    /// An argument makes no sense; the text says which.
    Unusable = 2,
    /// Verify a signature, then call `verijot_answer_question`.
    Question = 3,
    /// Start a fetch or a refresh, and wait for its end.
    Fetch = 4,
    /// Wait for a fetch or a refresh that is under way.
    Wait = 5,
    /// There is nothing.
    Nothing = 6,
}

/// What a call left.
#[repr(C)]
pub struct Answer {
    /// The address of the text.
    text: *const u8,
    /// Its octets.
    text_octets: usize,
    numbers: [f64; NUMBERS],
    held: Vec<u8>,
    /// The text before, which the call that ends now may have been given.
    before: Vec<u8>,
}

/// The address of the calling thread's answer; always the same, until the thread ends.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_answer() -> *const Answer {
    ANSWER.with(|answer| answer.get().cast_const())
}

/// Ends a call without a text.
pub(crate) fn numbers<const N: usize>(status: Status, numbers: [f64; N]) -> u32 {
    with(|answer| {
        answer.set_text(Vec::new());
        answer.set_numbers(&numbers);
    });
    code(status)
}

/// Ends a call with a text.
pub(crate) fn text(status: Status, text: impl Into<Vec<u8>>) -> u32 {
    text_and_numbers(status, text, [])
}

/// Ends a call with a text and numbers.
pub(crate) fn text_and_numbers<const N: usize>(
    status: Status,
    text: impl Into<Vec<u8>>,
    numbers: [f64; N],
) -> u32 {
    with(|answer| {
        answer.set_text(text.into());
        answer.set_numbers(&numbers);
    });
    code(status)
}

/// Ends a call with a text that somebody else keeps until the thread's next call.
pub(crate) fn lent(status: Status, text: &[u8]) -> u32 {
    with(|answer| {
        answer.text = text.as_ptr();
        answer.text_octets = text.len();
    });
    code(status)
}

/// Ends a call that has nothing to say.
pub(crate) fn done() -> u32 {
    code(Status::Done)
}

/// Ends a call about something that there is not.
pub(crate) fn nothing() -> u32 {
    numbers(Status::Nothing, [])
}

#[allow(clippy::as_conversions)]
const fn code(status: Status) -> u32 {
    status as u32
}

fn with(change: impl FnOnce(&mut Answer)) {
    // SAFETY: only this thread has the answer, and `change` calls nothing that takes it again.
    ANSWER.with(|answer| change(unsafe { &mut *answer.get() }));
}

impl Answer {
    fn set_text(&mut self, text: Vec<u8>) {
        self.before = std::mem::replace(&mut self.held, text);
        self.text = self.held.as_ptr();
        self.text_octets = self.held.len();
    }

    fn set_numbers(&mut self, numbers: &[f64]) {
        for (place, number) in self.numbers.iter_mut().zip(numbers) {
            *place = *number;
        }
    }
}

thread_local! {
    static ANSWER: UnsafeCell<Answer> = const {
        UnsafeCell::new(Answer {
            text: std::ptr::null(),
            text_octets: 0,
            numbers: [0.0; NUMBERS],
            held: Vec::new(),
            before: Vec::new(),
        })
    };
}

const NUMBERS: usize = 12;
