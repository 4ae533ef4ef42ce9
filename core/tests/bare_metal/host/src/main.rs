//! The vectors on a machine with an operating system: what the others are compared with.

use std::io::{self, Write as _};
use std::process::ExitCode;

use bare_metal::{Unmeasured, run};

fn main() -> Result<ExitCode, io::Error> {
    let mut report = String::new();
    let is_right = run(&mut report, &Unmeasured).is_ok_and(|is_right| is_right);
    io::stdout().write_all(report.as_bytes())?;
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
