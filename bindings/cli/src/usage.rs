//! Translates clap's errors into messages that repeat no argument: it may be a token or a secret.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Error};

use crate::arguments::Cli;
use crate::problem::{Ending, Problem};

/// Prints the help or the version if requested; every other error is a problem.
pub(crate) fn answer(error: &Error, arguments: &[OsString]) -> Result<Ending, Problem> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            crate::output::print(&error.render().ansi().to_string())?;
            Ok(Ending::Accepted)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            crate::output::complain(&error.render().ansi().to_string());
            Ok(Ending::Undecided)
        }
        kind => Err(Problem::usage(format!(
            "{} ({})",
            message(kind, error, arguments),
            advice(arguments)
        ))),
    }
}

fn message(kind: ErrorKind, error: &Error, arguments: &[OsString]) -> String {
    let argument = own(error, ContextKind::InvalidArg);
    match kind {
        ErrorKind::MissingRequiredArgument => format!("missing: {argument}"),
        ErrorKind::ArgumentConflict => {
            let other = own(error, ContextKind::PriorArg);
            if argument.is_empty() {
                // A verb of `jwks` after its file, or two files.
                String::from("an unknown verb, or too many arguments")
            } else if other == argument {
                format!("{argument} is given twice")
            } else {
                let (argument, other) = (named(&argument, arguments), named(&other, arguments));
                format!("{argument} cannot be combined with {other}")
            }
        }
        // For these two the argument is user input.
        ErrorKind::UnknownArgument => match suggestion(error, ContextKind::SuggestedArg) {
            Some(option) => format!("an unknown option; did you mean {option}?"),
            None => String::from("an unknown option, or too many arguments"),
        },
        ErrorKind::InvalidSubcommand => match suggestion(error, ContextKind::SuggestedSubcommand) {
            Some(verb) => format!("an unknown verb; did you mean {verb}?"),
            None => String::from("an unknown verb"),
        },
        ErrorKind::MissingSubcommand => String::from("missing: a verb"),
        ErrorKind::InvalidValue => match own(error, ContextKind::ValidValue) {
            known if known.is_empty() => format!("{argument}: a value is missing"),
            known => format!("{argument}: not a known value; known are {known}"),
        },
        ErrorKind::ValueValidation => match std::error::Error::source(error) {
            // From this program's parsers, which do not repeat the value.
            Some(reason) => format!("{argument}: {reason}"),
            None => format!("{argument}: invalid value"),
        },
        ErrorKind::InvalidUtf8 => String::from("an option's value is not UTF-8"),
        ErrorKind::TooManyValues => format!("{argument} takes no value"),
        _ => String::from("invalid arguments"),
    }
}

fn advice(arguments: &[OsString]) -> String {
    let command = Cli::command();
    let verb = command
        .get_subcommands()
        .map(clap::Command::get_name)
        .find(|name| arguments.iter().any(|argument| argument == name));
    match verb {
        Some(verb) => format!("see `verijot {verb} --help`"),
        None => String::from("see `verijot --help`"),
    }
}

/// An option, with the environment variable that set it, if any.
fn named(option: &str, arguments: &[OsString]) -> String {
    let name = option.split_whitespace().next().unwrap_or_default();
    let variable = VARIABLES.iter().find(|(known, _)| *known == name);
    let typed = arguments.iter().any(|argument| {
        argument.to_str().is_some_and(|typed| typed.split('=').next() == Some(name))
    });
    match variable.filter(|_| !typed) {
        Some((_, variable)) => format!("{option} (set by {variable}; unset it, or drop the other)"),
        None => String::from(option),
    }
}

/// The parts of the error that are this program's own: names of options, known values.
fn own(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(name)) => name.clone(),
        Some(ContextValue::Strings(names)) => names.join(", "),
        _ => String::new(),
    }
}

/// Names of options or verbs that are similar to the input.
fn suggestion(error: &Error, kind: ContextKind) -> Option<String> {
    Some(own(error, kind)).filter(|names| !names.is_empty())
}

/// Options that environment variables can set.
const VARIABLES: [(&str, &str); 4] = [
    ("--policy", "VERIJOT_POLICY_FILE"),
    ("--policy-json", "VERIJOT_POLICY"),
    ("--provider", "VERIJOT_PROVIDER"),
    ("--provider-options", "VERIJOT_PROVIDER_OPTIONS"),
];
