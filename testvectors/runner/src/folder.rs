//! A folder of vector files.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use verijot::crypto::CryptoProvider;

use crate::{Cases, Observer, Summary};

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

/// Runs every `*.json` file directly in `folder`, except schemas (`*schema.json`) and `codes.json`,
/// in the order of their names.
///
/// # Errors
/// [`FolderError`] if the folder or a file cannot be read, if a file is not a file of cases, or if
/// there is no case at all. A case that violates the format is a failure of that case.
pub fn run_folder(folder: &Path, provider: &dyn CryptoProvider) -> Result<Summary, FolderError> {
    watch_folder(folder, provider, &mut ())
}

/// As [`run_folder`], with an observer.
///
/// # Errors
/// As there.
pub fn watch_folder(
    folder: &Path,
    provider: &dyn CryptoProvider,
    observer: &mut impl Observer,
) -> Result<Summary, FolderError> {
    let mut summary = Summary::default();
    each_file(folder, |text| summary.run_file(text, provider, observer))?;
    let total = summary.total();
    if total.ran().saturating_add(total.skipped) == 0 {
        let problem = String::from("no test vectors in this folder");
        return Err(FolderError { path: folder.to_owned(), problem });
    }
    Ok(summary)
}

/// Reads the same files, and returns their cases for another runner.
///
/// # Errors
/// [`FolderError`] if the folder or a file cannot be read, or is not a file of cases.
pub fn read_folder(folder: &Path) -> Result<Vec<Cases>, FolderError> {
    let mut files = Vec::new();
    each_file(folder, |text| Cases::read(text).map(|cases| files.push(cases)))?;
    Ok(files)
}

fn each_file(
    folder: &Path,
    mut run: impl FnMut(&str) -> Result<(), String>,
) -> Result<(), FolderError> {
    for path in vector_files(folder)? {
        let error = |problem: String| FolderError { path: path.clone(), problem };
        let text = fs::read_to_string(&path).map_err(|cause| error(cause.to_string()))?;
        run(&text).map_err(error)?;
    }
    Ok(())
}

fn vector_files(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let error =
        |cause: std::io::Error| FolderError { path: folder.to_owned(), problem: cause.to_string() };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(error)? {
        let path = entry.map_err(error)?.path();
        let is_vectors = path.extension().is_some_and(|extension| extension == "json")
            && path.file_name().is_none_or(|name| {
                let name = name.to_string_lossy();
                !name.ends_with("schema.json") && name != "codes.json"
            });
        if is_vectors && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
