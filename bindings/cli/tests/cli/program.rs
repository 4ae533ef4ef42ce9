//! Runs the program and records its output.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

/// The output of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output as one JSON value.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Standard error as one JSON value.
    pub(crate) fn json_error(&self) -> Value {
        serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn ends_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn complains(&self, words: &str) -> &Self {
        assert!(self.stderr.contains(words), "{words:?} is not in {self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(&self, words: &str) -> &Self {
        assert!(self.stdout.contains(words), "{words:?} is not in {self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn is_quiet(&self) -> &Self {
        assert_eq!(self.stderr, "", "{self:?}");
        self
    }
}

/// The program, without the environment variables that control its output.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_verijot"));
    let others =
        ["VERIJOT_POLICY", "VERIJOT_POLICY_FILE", "VERIJOT_PROVIDER", "VERIJOT_PROVIDER_OPTIONS"];
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"].into_iter().chain(others) {
        command.env_remove(name);
    }
    command
}

/// Runs it with the words of `line`, in which each `{}` is replaced with the next of `rest`.
pub(crate) fn run(line: &str, rest: &[&dyn AsRef<OsStr>]) -> Run {
    run_with_input(line, rest, b"")
}

pub(crate) fn run_with_input(line: &str, rest: &[&dyn AsRef<OsStr>], input: &[u8]) -> Run {
    finish(command().args(words(line, rest)), input)
}

pub(crate) fn words(line: &str, rest: &[&dyn AsRef<OsStr>]) -> Vec<OsString> {
    let mut rest = rest.iter();
    let word = |word: &str| match word {
        "{}" => rest.next().unwrap().as_ref().to_owned(),
        word => OsString::from(word),
    };
    let words = line.split_whitespace().map(word).collect();
    assert!(rest.next().is_none(), "more values than places");
    words
}

pub(crate) fn finish(command: &mut Command, input: &[u8]) -> Run {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The program may exit before it has read everything.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Writes a file into the test's own folder and returns its path. Another test may write the same file, and a program
/// read it meanwhile: it is never there in part.
pub(crate) fn file(test: &str, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let written = folder.join(format!("{name}.{}", WRITTEN.fetch_add(1, Ordering::Relaxed)));
    fs::write(&written, content).unwrap();
    fs::rename(&written, &path).unwrap();
    path
}

/// `@` and the path.
pub(crate) fn at(path: &Path) -> OsString {
    let mut argument = OsString::from("@");
    argument.push(path);
    argument
}

/// How many files have been written.
static WRITTEN: AtomicUsize = AtomicUsize::new(0);
