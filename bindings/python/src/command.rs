//! The command line `verijot`, which is part of the wheel.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command line with the arguments after the program's name. Returns the exit code.
///
/// Other threads run meanwhile. Writes to the process's standard output and standard error, not to
/// `sys.stdout` and `sys.stderr`, and has written everything when it returns. Does not change
/// signal handlers: with Python's own, Ctrl-C has no effect until this returns.
#[pyfunction]
#[pyo3(signature = (arguments, /))]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| verijot_cli::run(arguments))
}
