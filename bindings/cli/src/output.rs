//! Writes to the two standard streams, with colours on a terminal.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects, Style};
use serde::Serialize;

use crate::indentation::indent;
use crate::problem::Problem;

/// Prints text on standard output; removes colours where they are not wanted.
pub(crate) fn print(text: &str) -> Result<(), Problem> {
    let mut stream = anstream::stdout().lock();
    settle(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

/// Prints octets on standard output unchanged, and a line break.
pub(crate) fn print_exactly(octets: &[u8]) -> Result<(), Problem> {
    let mut stream = io::stdout().lock();
    let written = stream.write_all(octets).and_then(|()| stream.write_all(b"\n"));
    settle(written.and_then(|()| stream.flush()))
}

/// Prints a value as JSON on standard output: one line for programs, indented for people.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Problem> {
    let json = json(value);
    if is_terminal() { print(&(indent(&json) + "\n")) } else { print_exactly(json.as_bytes()) }
}

/// Prints text on standard error. There is nowhere to report a failure.
pub(crate) fn complain(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Prints a value as one line of JSON on standard error.
pub(crate) fn complain_json(value: &impl Serialize) {
    complain(&(json(value) + "\n"));
}

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard output supports colours.
pub(crate) fn is_coloured() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

pub(crate) fn good(text: impl fmt::Display) -> String {
    styled(text, AnsiColor::Green.on_default())
}

pub(crate) fn bad(text: impl fmt::Display) -> String {
    styled(text, AnsiColor::Red.on_default().effects(Effects::BOLD))
}

pub(crate) fn noteworthy(text: impl fmt::Display) -> String {
    styled(text, AnsiColor::Yellow.on_default())
}

pub(crate) fn faint(text: impl fmt::Display) -> String {
    styled(text, Style::new().dimmed())
}

pub(crate) fn strong(text: impl fmt::Display) -> String {
    styled(text, Style::new().bold())
}

fn json(value: &impl Serialize) -> String {
    // Only maps with keys other than strings fail, and nothing that is printed has any.
    serde_json::to_string(value).unwrap_or_default()
}

fn styled(text: impl fmt::Display, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

/// A closed output is not an error; the verdict stays the same.
fn settle(written: io::Result<()>) -> Result<(), Problem> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::new("unwritable_output", format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
