//! Writes the test vectors and the table of clauses, or with `--check` reports which would change.

use std::process::ExitCode;

use verijot_testvectors_generator::{clause_problems, files, folder};

fn main() -> ExitCode {
    let check = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => {
            eprintln!("unknown argument {other}; the only one is --check");
            return ExitCode::from(2);
        }
    };
    let files = files();
    let problems = clause_problems(&files);
    for problem in &problems {
        eprintln!("{problem}");
    }
    let mut changed = 0;
    for file in files {
        let path = folder().join(&file.name);
        if std::fs::read_to_string(&path).is_ok_and(|text| text == file.text) {
            continue;
        }
        changed += 1;
        if check {
            eprintln!("{} is out of date", file.name);
        } else if let Err(error) = std::fs::write(&path, &file.text) {
            eprintln!("cannot write {}: {error}", file.name);
            return ExitCode::FAILURE;
        } else {
            println!("{} is written", file.name);
        }
    }
    if !problems.is_empty() || (check && changed > 0) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
