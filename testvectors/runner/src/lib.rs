//! Runs verijot's language-neutral test vectors through the core.
//!
//! `run_folder` reads every vector file of a folder, verifies each case with one crypto provider
//! and says which came out otherwise than expected; [`Summary::run_file`] does so with the text of
//! one file, without the standard library; [`Cases`] and `read_folder` give the cases to other
//! runners. The format is described in `testvectors/README.md` and `testvectors/schema.json`; a
//! member that is not known there is an error, so that no expectation is passed over in silence.
//! Files of the first version are read, too.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod case;
mod file;
#[cfg(feature = "std")]
mod folder;
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

/// What came of all cases of a folder, or of the files that were run so far.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    categories: BTreeMap<String, Counts>,
    failures: Vec<Failure>,
}

impl Summary {
    /// Runs every case of one file, whose text this is, and adds what came of it. A case that is
    /// not in the format is a failure of that case.
    ///
    /// # Errors
    /// What is wrong, if the text is no file of cases, or if a case has no id, names a key set
    /// that the file does not have, or is valid and no twin can be made of it.
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

    /// The cases that came out otherwise than expected.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

/// How many cases there were, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Cases that came out as expected.
    pub passed: usize,
    /// Cases that did not.
    pub failed: usize,
    /// Cases that need something that the provider does not have.
    pub skipped: usize,
}

impl Counts {
    /// Cases that were run.
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

/// A case that came out otherwise than expected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The case's permanent id.
    pub id: String,
    /// What the case demands.
    pub expected: String,
    /// What the core said.
    pub got: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: expected {}, got {}", self.id, self.expected, self.got)
    }
}
