//! Counts verijot's own instructions, to detect a slower verification without measuring time.
//!
//! Valgrind's callgrind runs each case and counts what this program executes, verijot and its
//! Rust dependencies; the C library is left out, and a provider without arithmetic leaves out the
//! crypto library. The counts are compared with `instructions-<architecture>.txt`, which is
//! committed: more than 5 % above it is a failure. `--renew` writes that file.
#![allow(missing_docs, unreachable_pub, dead_code)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]
#![allow(clippy::print_stderr, clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, hint};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use verijot::{Algorithm, JwkSet, JwkSetParser, Key};

#[path = "common/claims.rs"]
mod claims;
#[path = "common/hostile.rs"]
mod hostile;
#[path = "common/no_arithmetic.rs"]
mod no_arithmetic;

use claims::{Borrowed, EIGHTEEN_CLAIMS, KEY_ID, Owned, header, now, too_late, verifier};

fn main() -> ExitCode {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if has(UNDER_VALGRIND) {
        for (_, mut case) in cases() {
            // The first run reads the header and detects the CPU's features.
            case();
            count_these_instructions(&mut *case);
        }
        return ExitCode::SUCCESS;
    }
    let outcome =
        count().and_then(|counts| if has("--renew") { renew(&counts) } else { check(&counts) });
    match outcome {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

/// What is counted, by name.
fn cases() -> Vec<(String, Box<dyn FnMut()>)> {
    let mut cases = Vec::new();
    let mut add = |name: &str, case: Box<dyn FnMut()>| cases.push((name.to_owned(), case));
    for algorithm in Algorithm::ALL {
        let token = token(&header(algorithm.name()), EIGHTEEN_CLAIMS, algorithm);
        let (verifier, keys) = (verifier(), JwkSet::from_keys([key(algorithm)]));
        let verify = move || verifier.verify(&token, &keys, now()).unwrap();
        add(&format!("{algorithm}"), Box::new(move || drop(hint::black_box(verify()))));
    }
    // The same for every algorithm.
    let es256 = |header: &str, claims: &str| token(header, claims, Algorithm::Es256);
    let known = es256(&header("ES256"), EIGHTEEN_CLAIMS);
    let keys = || JwkSet::from_keys([key(Algorithm::Es256)]);

    let (token, the_keys, policy) = (known.clone(), keys(), verifier());
    add(
        "typed claims, owned",
        Box::new(move || {
            let verified = policy.verify(&token, &the_keys, now()).unwrap();
            drop(hint::black_box(verified.claims::<Owned>().unwrap()));
        }),
    );
    let (token, the_keys, policy) = (known.clone(), keys(), verifier());
    add(
        "typed claims, borrowed",
        Box::new(move || {
            let verified = policy.verify(&token, &the_keys, now()).unwrap();
            drop(hint::black_box(verified.claims::<Borrowed<'_>>().unwrap()));
        }),
    );
    let (token, the_keys, policy) = (known.clone(), keys(), verifier());
    add(
        "a header not cached",
        Box::new(move || {
            let opened = policy.open(token.as_bytes()).unwrap();
            drop(hint::black_box(opened.verify(&the_keys, now()).unwrap()));
        }),
    );
    for (name, octets) in [("a token of 0.3 KiB", 90), ("a token of 16 KiB", 12_100)] {
        let token = es256(&header("ES256"), &claims::claims_of(octets));
        let (the_keys, policy) = (keys(), verifier());
        add(
            name,
            Box::new(move || {
                drop(hint::black_box(policy.verify(&token, &the_keys, now()).unwrap()));
            }),
        );
    }
    let hundred = jwk_set(100);
    let parser = JwkSetParser::new(no_arithmetic::ACCEPTS_ALL);
    let (token, the_keys, policy) = (known.clone(), parser.parse(&hundred).unwrap(), verifier());
    add(
        "one key of 100",
        Box::new(move || {
            drop(hint::black_box(policy.verify(&token, &the_keys, now()).unwrap()));
        }),
    );
    add(
        "parsing 100 keys",
        Box::new(move || {
            drop(hint::black_box(parser.parse(&hundred).unwrap()));
        }),
    );
    let refused = [
        ("refused: garbage", "~".repeat(870)),
        ("refused: a megabyte of dots", ".".repeat(1 << 20)),
        ("refused: 16 KiB of nested JSON", es256(&"[".repeat(12_000), "{}")),
        ("refused: unknown kid", es256(r#"{"alg":"ES256","kid":"?"}"#, EIGHTEEN_CLAIMS)),
    ];
    for (name, token) in refused {
        let (the_keys, policy) = (keys(), verifier());
        add(
            name,
            Box::new(move || {
                drop(hint::black_box(policy.verify(&token, &the_keys, now()).unwrap_err()));
            }),
        );
    }
    // The most expensive tokens of `worst.rs`: no token costs more.
    for name in DEAREST {
        let (_, token) = hostile::tokens().into_iter().find(|(known, _)| *known == name).unwrap();
        let target = hostile::Target::new();
        add(
            &format!("hostile: {name}"),
            Box::new(move || {
                hint::black_box(target.several(&token));
            }),
        );
    }
    let (the_keys, policy) = (keys(), verifier());
    add(
        "refused: expired",
        Box::new(move || {
            drop(hint::black_box(policy.verify(&known, &the_keys, too_late()).unwrap_err()));
        }),
    );
    cases
}

/// What callgrind collects, under the name [`COUNTED`].
#[inline(never)]
fn count_these_instructions(case: &mut dyn FnMut()) {
    for _ in 0..REPETITIONS {
        case();
    }
}

/// Runs this program again under callgrind, which writes a file for each case.
fn count() -> Result<Counts, String> {
    let folder = env::temp_dir().join(format!("verijot-instructions-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let counts = count_in(&folder);
    fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    counts
}

fn count_in(folder: &Path) -> Result<Counts, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--compress-strings=no", "--compress-pos=no"])
        .args(["--toggle-collect", "--dump-after"].map(|option| format!("{option}={COUNTED}")))
        .arg(format!("--callgrind-out-file={}", folder.join("counts").display()))
        .arg(&program)
        .arg(UNDER_VALGRIND)
        .output()
        .map_err(|error| format!("valgrind does not start ({error}); install valgrind"))?;
    if !output.status.success() {
        return Err(format!("valgrind failed:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let names = cases().into_iter().map(|(name, _)| name);
    names
        .zip(1..)
        .map(|(name, part)| {
            let file = folder.join(format!("counts.{part}"));
            let text = fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
            Ok((name, own_instructions(&text, &program) / REPETITIONS))
        })
        .collect()
}

/// The instructions within the program itself, of a file in the "Callgrind Format": lines that
/// begin with a number say the cost of the object and function named last; the line after a
/// `calls=` says that of a callee, which is counted where the callee is.
fn own_instructions(profile: &str, program: &Path) -> u64 {
    let own = format!("ob={}", program.display());
    let mut within = false;
    let mut sum = 0;
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("ob=") {
            within = line == own;
        } else if line.starts_with("calls=") {
            lines.next();
        } else if within && line.starts_with(|first: char| first.is_ascii_digit()) {
            let cost = line.rsplit(' ').next().and_then(|cost| cost.parse::<u64>().ok());
            sum += cost.unwrap_or_default();
        }
    }
    sum
}

fn check(counts: &Counts) -> Result<String, String> {
    let path = baseline_path();
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}\n{HOW_TO_RENEW}", path.display()))?;
    let baseline = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (name, count) = line.rsplit_once(' ')?;
        Some((name.trim_end().to_owned(), count.parse().ok()?))
    });
    let baseline = baseline
        .collect::<Option<Counts>>()
        .ok_or_else(|| format!("{} is not readable\n{HOW_TO_RENEW}", path.display()))?;
    if !baseline.keys().eq(counts.keys()) {
        return Err(format!("{} has other cases\n{HOW_TO_RENEW}", path.display()));
    }
    let mut table =
        format!("{:<54}{:>12}{:>12}{:>10}\n", "instructions", "baseline", "now", "change");
    let (mut slower, mut faster) = (Vec::new(), 0);
    for ((name, count), before) in counts.iter().zip(baseline.values()) {
        let change = (*count as f64 / *before as f64 - 1.0) * 100.0;
        let _ = writeln!(table, "{name:<54}{before:>12}{count:>12}{change:>+9.1}%");
        if change > TOLERANCE && *count > before + FEW {
            slower.push(format!("{name}: {before} -> {count} instructions, {change:+.1} %"));
        }
        faster += usize::from(change < -TOLERANCE);
    }
    if faster > 0 {
        let _ = writeln!(
            table,
            "\nfaster by more than {TOLERANCE} %: {faster} of them. {HOW_TO_RENEW}"
        );
    }
    if slower.is_empty() {
        return Ok(table);
    }
    let _ = writeln!(table, "\nslower by more than {TOLERANCE} %:\n  {}", slower.join("\n  "));
    if !text.contains(&made_with()) {
        let _ = writeln!(table, "The baseline was made otherwise than by {}.", made_with());
    }
    Err(table + HOW_TO_RENEW)
}

fn renew(counts: &Counts) -> Result<String, String> {
    let mut text = format!(
        "# verijot's own instructions for one verification; see instructions.rs.\n# {}\n",
        made_with()
    );
    for (name, count) in counts {
        let _ = writeln!(text, "{name:<54}{count:>12}");
    }
    fs::write(baseline_path(), &text).map_err(|error| error.to_string())?;
    Ok(text)
}

/// The compiler decides which instructions there are.
fn made_with() -> String {
    let version = Command::new("rustc").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    version.unwrap_or_else(|_| "an unknown rustc".to_owned())
}

fn baseline_path() -> PathBuf {
    let file = format!("instructions-{}.txt", env::consts::ARCH);
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(file)
}

/// A token with an arbitrary signature of the right length.
fn token(header: &str, claims: &str, algorithm: Algorithm) -> String {
    let octets = match algorithm {
        Algorithm::Hs256 => 32,
        Algorithm::Hs384 => 48,
        Algorithm::Es256 | Algorithm::EdDsa | Algorithm::Hs512 => 64,
        Algorithm::Es384 => 96,
        Algorithm::Es512 => 132,
        _ => 256,
    };
    let [header, claims] = [header, claims].map(|text| BASE64URL.encode(text));
    format!("{header}.{claims}.{}", BASE64URL.encode(vec![0x5a; octets]))
}

fn key(algorithm: Algorithm) -> Key {
    let pem = match algorithm {
        Algorithm::Es256 => include_str!("../tests/keys/ec-p-256.pem"),
        Algorithm::Es384 => include_str!("../tests/keys/ec-p-384.pem"),
        Algorithm::Es512 => include_str!("../tests/keys/ec-p-521.pem"),
        Algorithm::EdDsa => include_str!("../tests/keys/ed25519.pem"),
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => {
            let key = Key::from_secret(&[7; 64], algorithm, no_arithmetic::ACCEPTS_ALL);
            return key.unwrap().with_id(KEY_ID);
        }
        _ => include_str!("../tests/keys/rsa-2048.pem"),
    };
    Key::from_pem(pem, algorithm, no_arithmetic::ACCEPTS_ALL).unwrap().with_id(KEY_ID)
}

/// Keys of RFC 7515 §A.3, one of which has the `kid` of the tokens.
fn jwk_set(size: usize) -> String {
    let jwks = (0..size).map(|index| {
        let id = if index == size / 2 { KEY_ID.to_owned() } else { format!("2019-{index}") };
        format!(
            r#"{{"kty":"EC","use":"sig","alg":"ES256","kid":"{id}","crv":"P-256",
            "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}}"#
        )
    });
    format!(r#"{{"keys":[{}]}}"#, jwks.collect::<Vec<_>>().join(","))
}

/// Of the tokens of `hostile.rs`.
const DEAREST: [&str; 6] = [
    "header of 8 KiB: 61 long escaped names",
    "header of 8 KiB: a crit of 60 escaped names",
    "header of 16 KiB: objects of 64 names alike",
    "header and payload: escapes",
    "payload: an escaped issuer",
    "five segments",
];

/// Instructions of one repetition, by case.
type Counts = BTreeMap<String, u64>;

const REPETITIONS: u64 = 10;

/// Per cent that a count may be above its baseline.
const TOLERANCE: f64 = 5.0;

/// Exactly as callgrind shows it: `--dump-after` takes no wildcard.
const COUNTED: &str = "instructions::count_these_instructions";

/// A difference of this many instructions never counts, even for a cheap refusal.
const FEW: u64 = 50;

const UNDER_VALGRIND: &str = "--under-valgrind";

const HOW_TO_RENEW: &str = "If that is meant: .ci/instructions --renew";
