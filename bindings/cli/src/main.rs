//! The program `verijot`.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(verijot_cli::run(env::args_os().skip(1)))
}
