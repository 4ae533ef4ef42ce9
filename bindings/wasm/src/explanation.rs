//! Every check of one verification, as JSON.

use std::cell::RefCell;

use verijot::Explanation;
use verijot::verify::Step;

use crate::answer::{self, Status};
use crate::json::{self, Object};
use crate::refusal;

/// Ends a call with an explanation: `steps` with `check`, `outcome` and perhaps `detail` and `date` (in
/// seconds); `refusal` unless the token is accepted; `hint`, a sentence about the probable cause,
/// if there is one; `text`, a line for each check.
pub(crate) fn explained(explanation: Explanation) -> u32 {
    let end = shown(&explanation);
    LAST.set(Some(explanation));
    end
}

/// Ends a call with an explanation that nothing continues.
pub(crate) fn shown(explanation: &Explanation) -> u32 {
    let steps = json::array(explanation.steps().iter().map(step));
    let object = Object::new().raw("steps", &steps).text("text", &explanation.to_string());
    let object = match explanation.verdict() {
        Ok(_) => object,
        Err(error) => object.raw("refusal", &refusal::document(error)),
    };
    let object = match explanation.hint() {
        Some(hint) => object.text("hint", hint),
        None => object,
    };
    answer::text(Status::Done, object.end())
}

/// The thread's last explanation.
pub(crate) fn take_last() -> Option<Explanation> {
    LAST.take()
}

fn step(step: &Step) -> String {
    let object =
        Object::new().text("check", step.check().name()).text("outcome", step.outcome().name());
    let object = match step.detail() {
        "" => object,
        detail => object.text("detail", detail),
    };
    match step.date() {
        Some(date) => object.number("date", date.seconds()).end(),
        None => object.end(),
    }
}

thread_local! {
    static LAST: RefCell<Option<Explanation>> = const { RefCell::new(None) };
}
