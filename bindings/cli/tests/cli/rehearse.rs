//! `verijot rehearse`: arguments, text and JSON. `simulation` checks its numbers.

use serde_json::{Value, json};

use crate::program::{Run, file, run, run_with_input};
use crate::published::*;

const ED25519: [&str; 2] =
    ["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "but8hmY-d4-RpuWAy7FbP_aPz15YOVXIO70-OpiufbU"];

fn key(kid: &str, number: usize) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": ED25519[number]})
}

fn es256(kid: &str) -> Value {
    let mut key = serde_json::from_str::<Value>(SET).unwrap()["keys"][0].take();
    key["kid"] = kid.into();
    key
}

fn rehearse(old: &[Value], new: &[Value], more: &str) -> Run {
    let write = |name: &str, keys: &[Value]| {
        let folder = format!("rehearse-{:?}", std::thread::current().id());
        file(&folder, name, json!({"keys": keys}).to_string())
    };
    let line = format!("rehearse --old {{}} --new {{}} --token-lifetime 1h {more}");
    run(&line, &[&write("old.json", old), &write("new.json", new)])
}

/// The codes of the findings, in order.
fn codes(run: &Run) -> Vec<String> {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_safe_plan_is_shown_as_a_timeline() {
    let (old, new) = ([key("q1", 0)], [key("q1", 0), key("q2", 1)]);
    let run = rehearse(&old, &new, "--overlap 7d --ttl 1h");
    let expected = "\
+0s         the new set is published
+1h         busy verifiers and caches have the new set; idle ones may not
+1h         tokens are signed with q2
+1h 10m     every verifier that reaches the issuer has the new set, or waits for it
+2h 30s     the last token of q1 has expired
+7d         q1 is withdrawn
+7d 1h      q1 is accepted only by verifiers that are idle or cut off
+7d 1h 10m  q1 is accepted only by verifiers that are cut off from the issuer
+8d 1h      q1 is accepted by no verifier

safe: no valid token is refused, and no withdrawn key accepted for longer than 1h 10m, by verifiers that reach the issuer
with these numbers: --sign-after 1h or later, --overlap 2h30s or more
";
    assert_eq!(run.ends_with(0).is_quiet().stdout, expected);
}

#[test]
fn findings_say_who_refuses_what_and_how_long() {
    let (old, new) = ([key("q1", 0)], [key("q1", 0), key("q2", 1)]);
    rehearse(&old, &new, "--overlap 30m --ttl 1h --sign-after 10m")
        .ends_with(1)
        .prints("not_known_yet: tokens of the new key q2 are refused for 50m, from +10m to +1h, ")
        .prints("withdrawn_too_early: tokens of the replaced key q1 are refused for 40m 30s, ")
        .prints("2 findings\nwith these numbers: --sign-after 1h or later, --overlap 1h10m30s ");
    let run = rehearse(&old, &new, "--overlap 30m --ttl 1h --sign-after 10m --json");
    let report = run.ends_with(1).json();
    let finding = &report["findings"][0];
    assert_eq!((&finding["kid"], &finding["error"]), (&json!("q2"), &json!("unknown_key")));
    assert_eq!((&finding["from"], &finding["until"]), (&json!(600), &json!(3600)));
    assert_eq!((&finding["for"], &finding["verifiers"]), (&json!(3000), &json!("caching")));
    assert_eq!(report["earliest"], json!({"sign_after": 3600, "overlap": 4230}));
    assert_eq!(
        (&report["plan"]["revalidate"], &report["plan"]["stale"]),
        (&json!(600), &json!(86_400))
    );
    assert_eq!(report["keys"][0]["accepted_until"], 1800 + 3600);
    assert_eq!(report["keys"][0]["accepted_until_when_idle"], 1800 + 3600 + 600);
    assert_eq!(report["keys"][0]["accepted_until_when_cut_off"], 1800 + 3600 + 86_400);
}

#[test]
fn the_window_is_never_longer_than_the_lifetime_or_what_the_issuer_allows() {
    let (old, new) = ([key("q1", 0)], [key("q1", 0), key("q2", 1)]);
    for (options, window, gone) in [
        ("--ttl 5m", 300, ["idle_only", "cut_off_only", "gone"].as_slice()),
        ("--ttl 1h", 600, &["idle_only", "cut_off_only", "gone"]),
        ("--ttl 1h --revalidate 30s", 30, &["idle_only", "cut_off_only", "gone"]),
        ("--ttl 1h --revalidate 2h", 3600, &["idle_only", "cut_off_only", "gone"]),
        ("--ttl 1h --stale 5m", 300, &["idle_only", "gone"]),
        ("--ttl 1h --revalidate 0s", 0, &["cut_off_only", "gone"]),
        // As with must-revalidate, and with no-store.
        ("--ttl 1h --stale 0s", 0, &["gone"]),
        ("--ttl 1m --stale 0s", 0, &["gone"]),
    ] {
        let run = rehearse(&old, &new, &format!("--overlap 7d --json {options}"));
        let report = run.ends_with(0).json();
        assert_eq!(report["plan"]["revalidate"], window, "{options}");
        let events = report["timeline"].as_array().unwrap().iter();
        let events = events.map(|event| event["event"].as_str().unwrap());
        let ends = events.skip_while(|event| *event != "withdraw").skip(1).collect::<Vec<_>>();
        assert_eq!(ends, gone, "{options}");
    }
}

#[test]
fn every_problem_of_a_new_set_has_a_finding() {
    let old = [key("q1", 0)];
    let weak = json!({"kty": "RSA", "kid": "weak", "n": "AQAB", "e": "AQAB"});
    let cases: [(&str, Vec<Value>, &[&str]); 6] = [
        ("nothing in common", vec![key("q2", 1)], &["no_common_key", "withdrawn_too_early"]),
        ("a key that is skipped", vec![key("q1", 0), key("q2", 1), weak], &["skipped_key"]),
        ("an algorithm that is new", vec![key("q1", 0), es256("q2")], &["algorithm_change"]),
        ("nothing usable", vec![], &["unusable_set"]),
        ("another type", vec![es256("q1")], &["no_common_key", "kid_reused", "algorithm_change"]),
        (
            "too many keys",
            (0..101).map(|number| key(&format!("k{number}"), 0)).collect(),
            &["unusable_set"],
        ),
    ];
    for (title, new, expected) in cases {
        let run = rehearse(&old, &new, "--overlap 7d --json");
        assert_eq!(codes(run.ends_with(1)), expected, "{title}: {run:?}");
    }
    let two_types = [key("q1", 0), es256("q2")];
    rehearse(&old, &two_types, "--overlap 7d --algorithm EdDSA --algorithm ES256").ends_with(0);
    let large = json!({"keys": [key("q1", 0)], "padding": "x".repeat(300_000)}).to_string();
    let old = file("rehearse-large", "old.json", json!({"keys": old}).to_string());
    let line = "rehearse --json --overlap 7d --token-lifetime 1h --old {} --new -";
    let run = run_with_input(line, &[&old], large.as_bytes());
    assert_eq!(run.ends_with(1).json()["findings"][0]["error"], "jwks_too_large");
}

#[test]
fn harmless_facts_are_notes() {
    let encryption = json!({"kty": "RSA", "use": "enc", "kid": "enc", "n": "AQAB", "e": "AQAB"});
    let (old, new) = ([key("q1", 0)], [key("q1", 0), encryption]);
    rehearse(&old, &new, "--overlap 7d")
        .ends_with(0)
        .prints("note: skipped_key: enc (not_for_signatures)");
}

#[test]
fn the_replaced_key_can_be_named() {
    let (old, new) = ([key("q1", 0), es256("q2")], [es256("q2"), key("q3", 1)]);
    // By default the first may have signed until now.
    assert_eq!(codes(&rehearse(&old, &new, "--overlap 7d --json")), ["withdrawn_too_early"]);
    let run = rehearse(&old, &new, "--overlap 7d --old-kid q2 --json");
    let roles = run.ends_with(0).json();
    let roles = roles["keys"].as_array().unwrap().iter();
    let roles = roles.map(|key| key["role"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(roles, ["dropped", "replaced", "new"]);
    rehearse(&old, &new, "--overlap 7d --old-kid q9").ends_with(2).complains("usage: --old-kid: ");
}

#[test]
fn invalid_input_ends_with_2() {
    let keys = [key("q1", 0)];
    rehearse(&keys, &keys, "").ends_with(2).complains("missing: --overlap <D>");
    for duration in ["7", "1.5h", "-1s", "4000d", "soon"] {
        rehearse(&keys, &keys, &format!("--overlap={duration}"))
            .ends_with(2)
            .complains("--overlap <D>: write a duration such as 90s");
    }
    rehearse(&[], &keys, "--overlap 7d").ends_with(2).complains("no_usable_keys: --old: ");
    let line = "rehearse --overlap 1d --token-lifetime 1h --old - --new {}";
    run_with_input(line, &[&"-"], b"").ends_with(2).complains("- is given twice");
    let good = file("rehearse-unreadable", "good.json", ED25519_SET);
    let run = run_with_input(line, &[&good], b"<html>");
    run.ends_with(2).complains("malformed_jwks: --old: ");
    let line = "rehearse --overlap 1d --token-lifetime 1h --new - --old {} --json";
    let run = run_with_input(line, &[&good], b"<html>");
    assert_eq!(run.ends_with(2).json_error()["code"], "malformed_jwks");
}
