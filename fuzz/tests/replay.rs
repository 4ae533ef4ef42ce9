//! Runs every seed through its target with stable Rust, and compares the model with the vectors: it
//! must agree with them before it may check the core.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use verijot_fuzz::model::{self, Verdict, keys};
use verijot_fuzz::seeds::{self, Judged};
use verijot_fuzz::targets;

#[test]
fn every_seed_runs() {
    for target in &targets::ALL {
        let generated = seeds::of(target.name, &vectors());
        assert!(generated.len() > 20, "{}: {} seeds", target.name, generated.len());
        for seed in &generated {
            (target.run)(seed);
        }
        // Inputs that found something and that no vector can contain.
        for (path, seed) in committed(target.name) {
            println!("{}", path.display());
            (target.run)(&seed);
        }
    }
}

#[test]
fn targets_binaries_and_folders_of_seeds_match() {
    let listed = |folder: &str, suffix: &str| {
        let names = fs::read_dir(root().join(folder)).expect("a folder").map(|entry| {
            let name = entry.expect("an entry").file_name().into_string().expect("a name");
            name.trim_end_matches(suffix).to_owned()
        });
        names.collect::<BTreeSet<_>>()
    };
    let names = targets::ALL.iter().map(|target| target.name.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(listed("fuzz_targets", ".rs"), names);
    assert!(listed("seeds", "").is_subset(&names));
}

#[test]
fn the_model_agrees_with_the_vectors() {
    let judged = seeds::expectations(&vectors());
    assert!(judged.len() > 1500, "only {} cases", judged.len());
    for Judged { id, case, expect, skipped_keys, requires } in judged {
        for provider in [&keys::ALL[..], &keys::OF_RING] {
            let can = |name: &String| name.starts_with("RSA-") || provider.contains(&name.as_str());
            if !requires.iter().all(can) {
                continue;
            }
            let (verdict, skipped) = model::judge_with_keys(&case, provider);
            if let Some(expected) = &skipped_keys {
                let skipped = skipped.expect("a set");
                let expected = expected.iter().map(|key| {
                    (key["index"].as_u64().expect("a place"), key["reason"].as_str().expect("one"))
                });
                let skipped = skipped.into_iter().map(|(index, reason)| (index as u64, reason));
                assert!(skipped.eq(expected), "{id}");
            }
            match (&verdict, expect.get("valid"), expect.get("error")) {
                (Verdict::Accepted { kid, alg, payload }, Some(facts), None) => {
                    let text = |name: &str| facts.get(name).and_then(|value| value.as_str());
                    if let Some(expected) = text("alg") {
                        assert_eq!(keys::known(expected), Some(alg.as_str()), "{id}");
                    }
                    if facts.get("kid").is_some() {
                        assert_eq!(kid.as_deref(), text("kid"), "{id}");
                    }
                    if let Some(expected) = text("payload") {
                        assert_eq!(payload, expected.as_bytes(), "{id}");
                    }
                }
                (Verdict::Refused { code, claim }, None, Some(error)) => {
                    assert!(error == "any" || error == code, "{id}: {verdict:?}, not {error}");
                    if let Some(expected) = expect.get("claim") {
                        assert_eq!(claim.as_deref(), expected.as_str(), "{id}");
                    }
                }
                _ => panic!("{id}: {verdict:?}, not {expect}"),
            }
        }
    }
}

fn committed(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(folder) = fs::read_dir(root().join("seeds").join(target)) else { return Vec::new() };
    let paths = folder.map(|entry| entry.expect("an entry").path());
    paths.map(|path| (path.clone(), fs::read(path).expect("a seed"))).collect()
}

fn vectors() -> PathBuf {
    root().join("../testvectors")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
