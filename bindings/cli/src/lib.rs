//! The command line `verijot`: JSON Web Tokens in the shell.
//!
//! It converts arguments, calls the core once, and prints. The crate `verijot` makes all decisions
//! about tokens.
//!
//! This is a library so that the Python package includes the same command line; [`run`] is its only
//! function.

mod arguments;
mod dates;
mod decode;
mod document;
mod explain;
mod forecast;
mod indentation;
mod input;
mod jwks;
mod jwks_fetch;
mod key_set;
mod keys;
mod output;
mod policy;
mod policy_options;
mod preset;
mod problem;
mod profile_options;
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

/// Runs the command line with the arguments after the program's name, and returns its exit code.
///
/// 0: the token is accepted, a key is usable, every vector passed. 1: the opposite. 2: nothing can
/// be decided, for example because arguments are invalid or the output cannot be written.
///
/// Reads standard input if an argument is `-`, and the environment (`VERIJOT_POLICY`,
/// `VERIJOT_POLICY_FILE`, and the variables that control colours). When this returns, all output
/// has been written to standard output and standard error. A closed output changes neither the
/// verdict nor the exit code. It never ends the process and changes no global state, so it can be
/// called again.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = iter::once(OsString::from(NAME)).chain(arguments).collect::<Vec<_>>();
    // Check the raw arguments, because clap's errors must be reported in the same format.
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
    let provider = cli.crypto.provider();
    match &cli.verb {
        Verb::Verify(arguments) => verify::run(arguments, provider, cli.json),
        Verb::Explain(arguments) => explain::run(arguments, provider, cli.json),
        Verb::Decode { token } => decode::run(token, cli.json),
        Verb::Jwks(arguments) => jwks::run(arguments, provider, cli.json),
        Verb::Rehearse(arguments) => rehearse::run(arguments, provider, cli.json),
        Verb::Providers { name } => preset::list(name.as_deref(), cli.json),
        Verb::Vectors { folder } => vectors::run(folder, provider, cli.json),
    }
}

/// The name of the program in the usage, whatever its file is called.
const NAME: &str = "verijot";
