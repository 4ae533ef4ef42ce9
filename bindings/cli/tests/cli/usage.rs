//! Help, version, and invalid arguments.

use crate::program::run;

#[test]
fn help_goes_to_standard_output_and_has_examples() {
    for line in [
        "--help",
        "verify --help",
        "explain -h",
        "decode --help",
        "jwks -h",
        "help vectors",
        "rehearse -h",
    ] {
        run(line, &[])
            .ends_with(0)
            .is_quiet()
            .prints("Usage: verijot")
            .prints("Examples:\n  verijot");
    }
    assert!(run("--version", &[]).ends_with(0).is_quiet().stdout.starts_with("verijot "));
    run("", &[]).ends_with(2).complains("Usage: verijot");
}

#[test]
#[cfg(unix)]
fn the_usage_shows_the_same_name_for_every_file_name() {
    use std::os::unix::process::CommandExt;

    use crate::program::{command, finish};

    finish(command().arg0("/bin/another").arg("--help"), b"").prints("Usage: verijot ");
}

#[test]
fn issuer_audience_and_keys_are_required() {
    for (line, missing) in [
        ("verify --jwks f --any-issuer t", "--audience <A>|--any-audience"),
        ("verify --jwks f --any-audience t", "--issuer <I>|--any-issuer"),
        (
            "verify --any-issuer --any-audience t",
            "--jwks <FILE>|--jwk <FILE>|--key <PEM>|--secret-file <FILE>",
        ),
        ("verify --jwks f --any-issuer --any-audience", "<TOKEN>"),
        ("explain --key f --any-issuer --any-audience t", "--algorithm"),
    ] {
        run(line, &[]).ends_with(2).complains("usage: missing: ").complains(missing);
    }
}

#[test]
fn what_is_no_verb_of_jwks_is_said_to_be_none() {
    for line in ["jwks inspect f", "jwks f g"] {
        run(line, &[]).ends_with(2).complains("usage: an unknown verb, or too many arguments (");
    }
}

#[test]
fn contradictory_arguments_are_refused() {
    for line in [
        "verify --jwks f --key g --algorithm ES256 --any-issuer --any-audience t",
        "verify --key f --any-issuer --any-audience --symmetric-keys --algorithm ES256 t",
        "verify --jwks f --issuer i --any-issuer --any-audience t",
        "verify --jwks f --any-issuer --audience a --any-audience t",
        "verify --jwks f --any-issuer --any-audience --type JWT --any-type t",
    ] {
        run(line, &[]).ends_with(2).complains("cannot be combined with");
    }
    run("verify --jwks f --jwks g --any-issuer --any-audience t", &[])
        .ends_with(2)
        .complains("--jwks <FILE> is given twice");
    run("verify --jwks - --any-issuer --any-audience -", &[])
        .ends_with(2)
        .complains("- is given twice");
}

#[test]
fn usage_errors_can_be_json() {
    for line in ["verify --json", "--json verfy", "jwks --json", "explain --nonsense --json"] {
        let run = run(line, &[]);
        assert_eq!(run.ends_with(2).json_error()["code"], "usage");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn similar_names_are_suggested() {
    run("verify --isuer joe", &[]).complains("did you mean --issuer?");
    run("verfy", &[]).complains("did you mean verify?");
    run("verify --jwks f --any-issuer --any-audience --now soon t", &[])
        .ends_with(2)
        .complains("--now <T>: write seconds since 1970, or a time such as 2023-11-14T22:13:20Z")
        .complains("see `verijot verify --help`");
    run("verify --jwks f --any-issuer --any-audience --algorithm none t", &[])
        .ends_with(2)
        .complains("--algorithm <A>: unknown signature algorithm; expected one of RS256");
    run("verify --jwks f --any-issuer --any-audience --crypto none t", &[])
        .ends_with(2)
        .complains("--crypto <NAME>: not a known value; known are");
    run("verify --jwks f --any-issuer --any-audience --leeway=-1 t", &[])
        .ends_with(2)
        .complains("--leeway <SECONDS>: write a number of seconds");
}
