//! The command line `verijot`: JSON Web Tokens in the shell.
//!
//! It converts arguments, calls the core once, and prints. What is decided of a token is decided
//! in the crate `verijot`.
//!
//! This is a library so that the Python package has the same command line; [`run`] is all of it.

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

use std::ffi::OsString;
use std::iter;

use clap::Parser;

use crate::arguments::{Cli, Verb};
use crate::problem::{Ending, Problem};

/// Runs the command line with the arguments that follow the program's name, and gives its exit code.
///
/// 0: the token is accepted, a key is usable, every vector passed. 1: the opposite. 2: nothing could
/// be decided, such as for arguments that make no sense, or an output that cannot be written.
///
/// Reads standard input where an argument is `-`, and the environment (`VERIJOT_POLICY`,
/// `VERIJOT_POLICY_FILE`, and what terminals are told about colours). Everything is written to
/// standard output and standard error when this returns. A reader that has gone away changes neither
/// the verdict nor the exit code. It never ends the process and changes nothing in it, so that it can
/// be called again.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = iter::once(OsString::from(NAME)).chain(arguments).collect::<Vec<_>>();
    // Asked of the raw arguments, because what clap refuses has to be reported too.
    let json = arguments.iter().any(|argument| argument == "--json");
    let ending = match Cli::try_parse_from(&arguments) {
        Ok(cli) => run_verb(&cli),
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

fn run_verb(cli: &Cli) -> Result<Ending, Problem> {
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

/// What the usage calls the program, whatever its file is called.
const NAME: &str = "verijot";
