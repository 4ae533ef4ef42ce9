//! The command line `verijot`: JSON Web Tokens in the shell.
//!
//! It converts arguments, calls the core once, and prints. What is decided of a token is decided
//! in the crate `verijot`.

mod arguments;
mod dates;
mod decode;
mod explain;
mod forecast;
mod indentation;
mod input;
mod jwks;
mod key_set;
mod keys;
mod output;
mod policy;
mod problem;
mod provider;
mod refusal;
mod rehearse;
mod rejection;
mod rotation;
mod usage;
mod values;
mod vectors;
mod verification;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Cli, Verb};
use crate::problem::{Ending, Problem};

fn main() -> ExitCode {
    let arguments = std::env::args_os().collect::<Vec<_>>();
    // Asked of the raw arguments, because what clap refuses has to be reported too.
    let json = arguments.iter().any(|argument| argument == "--json");
    let ending = match Cli::try_parse_from(&arguments) {
        Ok(cli) => run(&cli),
        Err(error) => usage::answer(&error, &arguments),
    };
    match ending {
        Ok(ending) => ending.exit_code(),
        Err(problem) => {
            problem.report(json);
            Ending::Undecided.exit_code()
        }
    }
}

fn run(cli: &Cli) -> Result<Ending, Problem> {
    let provider = cli.provider.provider();
    match &cli.verb {
        Verb::Verify(arguments) => verify::run(arguments, provider, cli.json),
        Verb::Explain(arguments) => explain::run(arguments, provider, cli.json),
        Verb::Decode { token } => decode::run(token, cli.json),
        Verb::Jwks { file, symmetric_keys, reading } => {
            jwks::run(file, *symmetric_keys, *reading, provider, cli.json)
        }
        Verb::Rehearse(arguments) => rehearse::run(arguments, provider, cli.json),
        Verb::Vectors { folder } => vectors::run(folder, provider, cli.json),
    }
}
