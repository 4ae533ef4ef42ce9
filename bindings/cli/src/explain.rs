//! `verijot explain`: every check of a verification, then the verdict.

use serde::{Serialize, Serializer};
use verijot::crypto::CryptoProvider;
use verijot::verify::{Outcome, Step};
use verijot::{Explanation, UnixTime};

use crate::arguments::VerificationArguments;
use crate::problem::{Ending, Problem};
use crate::rejection::{self, Rejection};
use crate::verification::Verification;
use crate::{dates, output};

pub(crate) fn run(
    arguments: &VerificationArguments,
    provider: &'static dyn CryptoProvider,
    json: bool,
) -> Result<Ending, Problem> {
    let verification = Verification::prepare(arguments, provider)?;
    let Verification { now, warning, .. } = &verification;
    let explanation = verification.explain()?;
    let rejection = explanation.verdict().err().map(|error| {
        let mut hints = verification.hints(error);
        hints.extend(warning.map(ToOwned::to_owned));
        Rejection::new(error, hints)
    });
    let lines = explanation.steps().iter().map(|step| Line::new(step, &explanation, *now));
    let lines = lines.collect::<Vec<_>>();
    let ending = Ending::of(rejection.is_none());
    if json {
        let verified = explanation.verdict().ok();
        output::print_json(&Report {
            accepted: rejection.is_none(),
            now: now.to_string(),
            algorithm: verified.map(|verified| verified.algorithm().name()),
            kid: verified.and_then(verijot::Verified::key_id),
            checks: lines,
            error: rejection,
        })?;
    } else {
        output::print(&text(&lines, rejection.as_ref()))?;
    }
    Ok(ending)
}

#[derive(Serialize)]
struct Report<'e> {
    accepted: bool,
    /// Decimal seconds, as a string so that no parser rounds them.
    now: String,
    algorithm: Option<&'static str>,
    kid: Option<&'e str>,
    checks: Vec<Line>,
    error: Option<Rejection>,
}

#[derive(Serialize)]
struct Line {
    check: &'static str,
    #[serde(serialize_with = "name")]
    outcome: Outcome,
    detail: String,
}

impl Line {
    fn new(step: &Step, explanation: &Explanation, now: UnixTime) -> Self {
        let detail = match (step.outcome(), explanation.verdict()) {
            (Outcome::Failed, Err(error)) => {
                format!("{}: {}", error.code(), rejection::words(error))
            }
            _ => detail(step, now),
        };
        Self { check: step.check().name(), outcome: step.outcome(), detail }
    }

    fn mark(&self) -> String {
        match (self.outcome, output::is_coloured()) {
            (Outcome::Passed, true) => output::good('✓'),
            (Outcome::Failed, true) => output::bad('✗'),
            (_, true) => output::faint('·'),
            (outcome, false) => format!("{:<8}", outcome.name().replace('_', " ")),
        }
    }
}

/// The core's detail, with human-readable dates.
fn detail(step: &Step, now: UnixTime) -> String {
    match step.date() {
        Some(date) => dates::in_words(date.to_unix_time(), now),
        None => step.detail().to_owned(),
    }
}

fn name<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(outcome.name())
}

fn text(lines: &[Line], rejection: Option<&Rejection>) -> String {
    let mut text = String::new();
    for line in lines {
        let Line { check, detail, .. } = line;
        let check = match (line.outcome, detail.as_str()) {
            (Outcome::NotMade, _) => output::faint(check),
            (_, "") => check.to_string(),
            _ => format!("{check:<17}"),
        };
        text.push_str(&format!("{} {check}{detail}\n", line.mark()));
    }
    match rejection {
        None => text.push_str(&format!("{}\n", output::good("accepted"))),
        Some(rejection) => text.push_str(&format!("rejected: {}", rejection.to_text())),
    }
    text
}
