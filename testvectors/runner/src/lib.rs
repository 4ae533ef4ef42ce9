//! Runs verijot's language-neutral test vectors through the core.
//!
//! [`run_folder`] reads every vector file of a folder, verifies each case with one crypto provider
//! and says which came out otherwise than expected. The format is described in
//! `testvectors/README.md` and `testvectors/schema.json`; a member that is not known there is an
//! error, so that no expectation is passed over in silence.

mod case;
mod judge;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use verijot::crypto::CryptoProvider;

use crate::judge::Judgement;

/// What came of all cases of a folder.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    categories: BTreeMap<String, Counts>,
    failures: Vec<Failure>,
}

impl Summary {
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

/// A folder or a file that cannot be run.
#[derive(Debug)]
pub struct FolderError {
    path: PathBuf,
    problem: String,
}

impl fmt::Display for FolderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for FolderError {}

/// Runs every `*.json` file directly in `folder`, but for `schema.json`, in the order of names.
///
/// # Errors
/// [`FolderError`] if the folder or a file cannot be read, is no file of cases, or if there is no
/// case at all. A case that is not in the format is a failure of that case.
pub fn run_folder(folder: &Path, provider: &dyn CryptoProvider) -> Result<Summary, FolderError> {
    let mut summary = Summary::default();
    for path in vector_files(folder)? {
        let error = |problem: String| FolderError { path: path.clone(), problem };
        let text = fs::read_to_string(&path).map_err(|cause| error(cause.to_string()))?;
        let file = case::File::parse(&text).map_err(&error)?;
        let counts = summary.categories.entry(file.category).or_default();
        for case in &file.cases {
            let identified = serde_json::from_str::<case::Identified>(case.get());
            let id =
                identified.map_err(|cause| error(format!("a case without an id: {cause}")))?.id;
            match judge::judge(case.get(), provider) {
                Judgement::Passed => counts.passed = counts.passed.saturating_add(1),
                Judgement::Skipped => counts.skipped = counts.skipped.saturating_add(1),
                Judgement::Failed { expected, got } => {
                    counts.failed = counts.failed.saturating_add(1);
                    summary.failures.push(Failure { id, expected, got });
                }
            }
        }
    }
    let total = summary.total();
    if total.ran().saturating_add(total.skipped) == 0 {
        let problem = String::from("no test vectors in this folder");
        return Err(FolderError { path: folder.to_owned(), problem });
    }
    Ok(summary)
}

fn vector_files(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let error =
        |cause: std::io::Error| FolderError { path: folder.to_owned(), problem: cause.to_string() };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(error)? {
        let path = entry.map_err(error)?.path();
        let is_vectors = path.extension().is_some_and(|extension| extension == "json")
            && path.file_name().is_none_or(|name| name != "schema.json");
        if is_vectors && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
