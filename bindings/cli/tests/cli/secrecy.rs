//! No message contains a token, a secret or a key, whatever argument contains it by mistake.

use crate::program::{Run, at, file, run, run_with_input};
use crate::published::*;

/// Neither the whole secret nor a segment of it.
#[track_caller]
fn hides(run: &Run, secret: &str) {
    for part in secret.split('.').chain([secret]).filter(|part| part.len() > 5) {
        let shown = run.stderr.contains(part) || run.stdout.contains(part);
        assert!(!shown, "{part:?} is shown in {run:?}");
    }
}

#[test]
fn a_misplaced_token_is_not_repeated() {
    let set = file("secrecy-places", "set.json", SET);
    for place in [
        "verify --jwks {set} --any-issuer --any-audience {} {}",
        "verify --jwks {set} --any-issuer --any-audience --token {}",
        "verify --jwks {set} --any-issuer --any-audience --token={}",
        "verify --jwks {set} --any-issuer --any-audience --{}",
        "verify --jwks {set} --any-issuer --any-audience -{}",
        "verify --jwks {set} --any-issuer={} --any-audience x",
        "verify --jwks {set} --any-issuer --any-audience --now {} x",
        "verify --jwks {set} --any-issuer --any-audience --leeway {} x",
        "verify --jwks {set} --any-issuer --any-audience --algorithm {} x",
        "verify --jwks {set} --any-issuer --any-audience --crypto {} x",
        "verify --jwks {set} --any-issuer --any-audience --expect {} x",
        "verify --jwks {set} --any-issuer --any-audience --expect iss={} x",
        "verify --jwks {set} --any-issuer --any-audience --expect a:={} x",
        "verify --jwks {set} --any-issuer --any-audience --type {} x",
        "verify --jwks {set} --any-issuer --any-audience --require {} x",
        "verify --jwks {set} --any-issuer --any-audience --scope {} x",
        "verify --jwks {set} --issuer {} --any-audience x",
        "verify --jwks {set} --any-issuer --audience {} x",
        "verify --jwks {} --any-issuer --any-audience x",
        "verify --key {} --algorithm ES256 --any-issuer --any-audience x",
        "verify --secret-file {} --algorithm HS256 --any-issuer --any-audience x",
        "verify --jwks {set} --any-issuer --any-audience @{}",
        "decode {} {}",
        "decode @{}",
        "jwks {}",
        "rehearse --old {} --new {set} --overlap 7d --token-lifetime 1h",
        "rehearse --old {set} --new {} --overlap 7d --token-lifetime 1h",
        "rehearse --old {set} --new {set} --overlap {} --token-lifetime 1h",
        "rehearse --old {set} --new {set} --overlap 7d --token-lifetime 1h --old-kid {}",
        "rehearse --old {set} --new {set} --overlap 7d --token-lifetime 1h {}",
        "vectors {}",
        "vectors --json {}",
        "{}",
        "help {}",
        "verify {} --json",
        "--json {}",
    ] {
        for secret in [TOKEN, "correct-horse-battery-staple", "--staple-battery-horse"] {
            let line = place.replace("{set}", set.to_str().unwrap()).replace("{}", secret);
            let run = run(&line, &[]);
            if run.code == 1 {
                // A valid value there, which the policy therefore repeats.
                let repeats = ["--issuer", "--audience", "--scope", "--type", "--require"];
                let legal = secret != TOKEN && repeats.iter().any(|option| place.contains(option));
                assert!(legal || place.contains("--expect"), "{place}: {run:?}");
                continue;
            }
            assert_eq!(run.code, 2, "{place}: {run:?}");
            hides(&run, secret);
        }
    }
}

#[test]
fn a_rejected_token_is_not_repeated() {
    let set = file("secrecy-rejected", "set.json", SET);
    let broken = TOKEN.replace("DtEh", "DtEi");
    let truncated = &TOKEN[..100];
    let spaced = format!("{TOKEN} ");
    for token in [TOKEN, &broken, truncated, &spaced, HMAC_TOKEN, RSA_TOKEN, P521_TOKEN] {
        for verb in ["verify", "verify --json", "explain", "explain --json"] {
            let line = format!("{verb} --jwks {{}} --issuer joe --audience a {{}}");
            hides(run(&line, &[&set, &token]).ends_with(1), token);
        }
    }
}

#[test]
fn a_secret_is_not_repeated() {
    let secret = "correct-horse-battery-staple-correct-horse\n";
    let path = file("secrecy-secret", "secret", secret);
    for verb in ["verify", "verify --json", "explain", "explain --json"] {
        for algorithm in ["HS256", "HS512", "ES256"] {
            let line = format!(
                "{verb} --secret-file {{}} --algorithm {algorithm} --any-issuer --any-audience {{}}"
            );
            let run = run(&line, &[&path, &HMAC_TOKEN]);
            assert_ne!(run.code, 0);
            hides(&run, secret.trim_end());
        }
    }
    // A secret where a set or a key is expected.
    for option in ["--jwks", "--key"] {
        let line =
            format!("verify {option} {{}} --algorithm ES256 --any-issuer --any-audience {{}}");
        hides(run(&line, &[&path, &TOKEN]).ends_with(2), secret.trim_end());
    }
    hides(run("jwks {}", &[&path]).ends_with(2), secret.trim_end());
    hides(run("decode {}", &[&at(&path)]).ends_with(1), secret.trim_end());
}

#[test]
fn a_token_can_have_octets_that_are_not_text() {
    let set = file("secrecy-octets", "set.json", SET);
    let octets = b"eyJhbGciOiJFUzI1NiJ9.\xff\xfe\x80.AAAA";
    let path = file("secrecy-octets", "token", octets);
    let line = "verify --json --jwks {} --any-issuer --any-audience {}";
    for run in [run(line, &[&set, &at(&path)]), run_with_input(line, &[&set, &"-"], octets)] {
        assert_eq!(run.ends_with(1).json_error()["code"], "malformed_token");
    }
    run_with_input("decode -", &[], octets).ends_with(1).complains("malformed_token: ");
    #[cfg(unix)]
    {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let run = run(line, &[&set, &OsStr::from_bytes(octets)]);
        assert_eq!(run.ends_with(1).json_error()["code"], "malformed_token");
        let line = "verify --json --jwks {} --any-audience x --issuer {}";
        let run = super::program::run(line, &[&set, &OsStr::from_bytes(octets)]);
        assert_eq!(run.ends_with(2).json_error()["code"], "usage");
    }
}

#[test]
fn a_huge_input_is_refused_without_reading_it_all() {
    let set = file("secrecy-huge", "set.json", SET);
    let line = "verify --json --jwks {} --any-issuer --any-audience -";
    for size in [16_385, 5 << 20] {
        let run = run_with_input(line, &[&set], &vec![b'A'; size]);
        assert_eq!(run.ends_with(1).json_error()["code"], "token_too_large");
    }
    if cfg!(target_os = "linux") {
        let line = "verify --json --jwks {} --any-issuer --any-audience @/dev/zero";
        assert_eq!(run(line, &[&set]).ends_with(1).json_error()["code"], "token_too_large");
        let line = "verify --secret-file /dev/zero --algorithm HS256 --any-issuer --any-audience x";
        run(line, &[]).ends_with(2).complains("file_too_large: --secret-file: ");
    }
}
