//! Reads tokens and files as octets, and never more than a maximum of them.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::problem::Problem;

/// Returns the token that an argument specifies: itself, `@FILE`, or `-` for standard input.
///
/// One line break at the end of a file is ignored. Of a file larger than [`LARGEST`] one octet more
/// is read, so that the verifier refuses it.
pub(crate) fn token(argument: &OsStr) -> Result<Vec<u8>, Problem> {
    let octets = argument.as_encoded_bytes();
    let read = if octets == b"-" {
        from_standard_input()
    } else if let Some(path) = octets.strip_prefix(b"@") {
        match path_of(path) {
            Some(path) => from_file(path),
            None => return Err(Problem::usage("the name of the token's file is not UTF-8")),
        }
    } else {
        return Ok(octets.to_vec());
    };
    let mut token = read.map_err(|error| unreadable("the token", &error))?;
    if token.last() == Some(&b'\n') {
        token.pop();
        if token.last() == Some(&b'\r') {
            token.pop();
        }
    }
    Ok(token)
}

/// Returns all octets of the file that an option names; `-` is standard input.
pub(crate) fn file(path: &Path, option: &str) -> Result<Vec<u8>, Problem> {
    let read = if path == Path::new("-") { from_standard_input() } else { from_file(path) };
    let octets = read.map_err(|error| {
        if path.to_str().is_some_and(|name| name.contains("://")) {
            Problem::new(
                "unreadable_file",
                format!(
                    "{option}: URLs are not fetched; download the file first, or pipe it in with -"
                ),
            )
        } else {
            unreadable(option, &error)
        }
    })?;
    if octets.len() > LARGEST {
        let message = format!("{option}: the file is larger than 1 MiB");
        return Err(Problem::new("file_too_large", message));
    }
    Ok(octets)
}

fn from_standard_input() -> io::Result<Vec<u8>> {
    bounded(io::stdin().lock())
}

fn from_file(path: &Path) -> io::Result<Vec<u8>> {
    bounded(File::open(path)?)
}

fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut octets = Vec::new();
    source.take(most).read_to_end(&mut octets)?;
    Ok(octets)
}

/// The system's message contains no path.
fn unreadable(what: &str, error: &io::Error) -> Problem {
    Problem::new("unreadable_file", format!("{what}: cannot read the file: {error}"))
}

#[cfg(unix)]
fn path_of(octets: &[u8]) -> Option<&Path> {
    use std::os::unix::ffi::OsStrExt;
    Some(Path::new(OsStr::from_bytes(octets)))
}

#[cfg(not(unix))]
fn path_of(octets: &[u8]) -> Option<&Path> {
    std::str::from_utf8(octets).ok().map(Path::new)
}

/// 1 MiB, far more than the core accepts as a token or as a set of keys.
pub(crate) const LARGEST: usize = 1 << 20;
