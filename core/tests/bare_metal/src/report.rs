//! The report of a run: what the core said of each case, what it took, and the sum.

use core::fmt;

use verijot::crypto::ring::PROVIDER;
use verijot_testvectors::{Observer, Summary, Work};

use crate::cost::{Cost, Meter};

/// Runs every case and writes what came of it; gives whether all came out as expected.
///
/// Lines that begin with `case` are to be the same on every machine; the others are about this one.
///
/// # Errors
/// If `out` does not take what is written.
pub fn run(out: &mut impl fmt::Write, meter: &impl Meter) -> Result<bool, fmt::Error> {
    let mut summary = Summary::default();
    let mut report = Report { out, meter, key_set: None, verification: None, written: Ok(()) };
    let mut problems = false;
    for text in FILES {
        if let Err(problem) = summary.run_file(text, PROVIDER, &mut report) {
            writeln!(report.out, "failed {problem}")?;
            problems = true;
        }
    }
    report.written?;
    for failure in summary.failures() {
        writeln!(out, "failed {failure}")?;
    }
    let total = summary.total();
    writeln!(out, "cases: {total}")?;
    Ok(!problems && total.failed == 0 && total.passed > 0)
}

struct Report<'o, O, M> {
    out: &'o mut O,
    meter: &'o M,
    /// Of the case that is being run.
    key_set: Option<Cost>,
    verification: Option<Cost>,
    written: fmt::Result,
}

impl<O: fmt::Write, M: Meter> Observer for Report<'_, O, M> {
    fn watch<T>(&mut self, work: Work, run: impl FnOnce() -> T) -> T {
        let (result, cost) = self.meter.measure(run);
        match work {
            Work::KeySet => self.key_set = cost,
            Work::Verification => self.verification = cost,
            _ => {}
        }
        result
    }

    fn outcome(&mut self, id: &str, outcome: &dyn fmt::Display) {
        let costs = [("key set", self.key_set.take()), ("token", self.verification.take())];
        self.written = self.written.and_then(|()| writeln!(self.out, "case {id}: {outcome}"));
        for (name, cost) in costs {
            if let Some(cost) = cost {
                self.written =
                    self.written.and_then(|()| writeln!(self.out, "cost {name} {cost}: {id}"));
            }
        }
    }
}

static FILES: &[&str] = include!(concat!(env!("OUT_DIR"), "/files.rs"));
