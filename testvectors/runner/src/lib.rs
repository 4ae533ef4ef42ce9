//! Runs verijot's language-neutral test vectors through the core.
//!
//! `run_folder` reads every vector file of a folder, verifies each case with one crypto provider
//! and reports unexpected results; [`Summary::run_file`] does so with the text of one file, without
//! the standard library; [`Cases`] and `read_folder` return the cases for other runners.
//! `testvectors/README.md` and `testvectors/schema.json` describe the format; an unknown member is
//! an error, so that no expectation is ignored. Files of the first version are accepted too.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod case;
mod file;
#[cfg(feature = "std")]
mod folder;
mod input;
mod judge;
mod members;
mod observer;
mod run;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use verijot::crypto::CryptoProvider;

pub use crate::file::Cases;
#[cfg(feature = "std")]
pub use crate::folder::{FolderError, read_folder, run_folder, watch_folder};
use crate::judge::Judgement;
pub use crate::observer::{Observer, Presented, Work};

/// The results of all cases of a folder, or of the files that have been run.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    categories: BTreeMap<String, Counts>,
    failures: Vec<Failure>,
}

impl Summary {
    /// Runs every case of the file with this text, and adds the results. A case that violates the
    /// format is a failure of that case.
    ///
    /// # Errors
    /// The problem, if the text is not a file of cases, or if a case has no id, names a missing key
    /// set, or is valid without a possible twin.
    pub fn run_file(
        &mut self,
        text: &str,
        provider: &dyn CryptoProvider,
        observer: &mut impl Observer,
    ) -> Result<(), String> {
        let file = file::File::parse(text)?;
        let counts = self.categories.entry(file.category.clone()).or_default();
        for written in &file.cases {
            for case in file.whole(written)? {
                let identified = serde_json::from_str::<case::Identified>(&case);
                let id = identified.map_err(|cause| format!("a case without an id: {cause}"))?.id;
                match judge::judge(&id, &case, provider, observer) {
                    Judgement::Passed => counts.passed = counts.passed.saturating_add(1),
                    Judgement::Skipped => counts.skipped = counts.skipped.saturating_add(1),
                    Judgement::Failed { expected, got } => {
                        counts.failed = counts.failed.saturating_add(1);
                        self.failures.push(Failure { id, expected, got });
                    }
                }
            }
        }
        Ok(())
    }

    /// The counts of all categories together.
    #[must_use]
    pub fn total(&self) -> Counts {
        self.categories.values().fold(Counts::default(), |total, counts| total.plus(*counts))
    }

    /// The counts of each category, by its name.
    #[must_use]
    pub fn categories(&self) -> &BTreeMap<String, Counts> {
        &self.categories
    }

    /// The cases with unexpected results.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

/// The numbers of cases by result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Cases with the expected result.
    pub passed: usize,
    /// Cases with another result.
    pub failed: usize,
    /// Cases that need something that the provider does not support.
    pub skipped: usize,
}

impl Counts {
    /// The number of cases that were run.
    #[must_use]
    pub const fn ran(self) -> usize {
        self.passed.saturating_add(self.failed)
    }

    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed.saturating_add(other.passed),
            failed: self.failed.saturating_add(other.failed),
            skipped: self.skipped.saturating_add(other.skipped),
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, skipped } = self;
        write!(formatter, "{} ran, {passed} passed, {failed} failed, {skipped} skipped", self.ran())
    }
}

/// A case with an unexpected result.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The case's permanent id.
    pub id: String,
    /// The expected result.
    pub expected: String,
    /// The core's result.
    pub got: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: expected {}, got {}", self.id, self.expected, self.got)
    }
}
