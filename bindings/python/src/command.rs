//! The command line `verijot`, which the wheel brings along.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command line with the arguments that follow the program's name, and gives its exit code.
///
/// Other threads run meanwhile. Everything is written when this returns, to the process's standard
/// output and standard error, which `sys.stdout` and `sys.stderr` need not be. Signals stay as they
/// are: with Python's own handler Ctrl-C does nothing until this returns.
#[pyfunction]
#[pyo3(signature = (arguments, /))]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| verijot_cli::run(arguments))
}
