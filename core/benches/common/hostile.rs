//! Unsigned tokens that are built to cost as much as possible before their signature is checked,
//! each of maximum length.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use verijot::{
    Algorithm, Audiences, Issuers, JwkSet, Key, Policy, UnixTime, Verifier, VerifierSet,
};

use crate::no_arithmetic::REJECTS_ALL;

/// What the tokens are verified with: a set of a hundred keys, alone and as one of several issuers.
pub struct Target {
    verifier: Verifier,
    keys: JwkSet,
    several: VerifierSet<JwkSet>,
}

impl Target {
    pub fn new() -> Self {
        let policy = |issuer| Policy::new(Issuers::only(issuer), Audiences::any());
        let issuer = |number: usize| policy(format!("https://issuer.example/{number}"));
        let several = (0..100).map(|number| (Verifier::new(issuer(number)).unwrap(), keys()));
        Self {
            verifier: Verifier::new(policy(String::from("https://issuer.example"))).unwrap(),
            keys: keys(),
            several: VerifierSet::new(several).unwrap(),
        }
    }

    /// Verifies with one verifier.
    pub fn alone(&self, token: &str) -> &'static str {
        let now = UnixTime::from_seconds(1_700_000_000);
        self.verifier.verify(token, &self.keys, now).map_or_else(|error| error.code(), |_| "valid")
    }

    /// Verifies with a set of verifiers.
    pub fn several(&self, token: &str) -> &'static str {
        let now = UnixTime::from_seconds(1_700_000_000);
        self.several.verify(token, now).map_or_else(|error| error.code(), |_| "valid")
    }
}

/// The tokens, by name.
pub fn tokens() -> Vec<(&'static str, String)> {
    let header = |json: &str| format!("{}.e30.", BASE64URL.encode(json));
    let payload = |json: &str| {
        format!(
            "{}.{}.",
            BASE64URL.encode(r#"{"alg":"HS256","kid":"k50"}"#),
            BASE64URL.encode(json)
        )
    };
    let with = |members: &str| format!(r#"{{"alg":"HS256","kid":"k50",{members}}}"#);
    let escaped = |number: usize| format!("\"\\u{:04x}\":0", 0x4e00 + number);
    let alike = |number: usize| format!("\"\\u0061\\u0061\\u{:04x}\":0", 0x4e00 + number);
    let plain = |number: usize| {
        // With the same length, and the same octets at both ends.
        let [a, b] = [number / 60, number % 60].map(|digit| char::from(b'A' + digit as u8));
        format!("\"x{a}{b}x\":0").replace('\\', "{")
    };
    let joined = |count: usize, name: &dyn Fn(usize) -> String| {
        (0..count).map(name).collect::<Vec<_>>().join(",")
    };
    let objects = |count: usize, size: usize, name: &dyn Fn(usize) -> String| {
        let object = format!("{{{}}}", joined(size, name));
        format!("\"a\":[{}]", vec![object; count].join(","))
    };
    let texts = |count: usize, text: &str| vec![format!("\"{text}\""); count].join(",");
    let numbered =
        |count: usize| (0..count).map(|n| format!("\"{n:x}\"")).collect::<Vec<_>>().join(",");
    let mut tokens = Vec::new();
    // As much as fits into the header's limit, and into the token's.
    for (name, octets) in [("8 KiB", 8192), ("16 KiB", 12_280)] {
        let fill = |unit: usize| (octets - 100) / unit;
        let mut add = |what: &'static str, text: String| {
            tokens.push((&*format!("header of {name}: {what}").leak(), header(&text)));
        };
        add("objects of 64 escaped names", with(&objects(fill(11 * 64 + 2), 64, &escaped)));
        add("objects of 64 names alike", with(&objects(fill(23 * 64 + 2), 64, &alike)));
        add("objects of 64 plain names", with(&objects(fill(9 * 64 + 2), 64, &plain)));
        add("objects of 16 plain names", with(&objects(fill(9 * 16 + 2), 16, &plain)));
        add("escaped names", with(&joined(fill(11), &escaped)));
        add("plain names", with(&joined(fill(9), &plain)));
        add(
            "61 long escaped names",
            with(&joined(61, &|number| {
                format!("\"{}\\u{:04x}\":0", "\\u0061".repeat(fill(61 * 6) - 2), 0x4e00 + number)
            })),
        );
        add(
            "61 long plain names",
            with(&joined(61, &|number| format!("\"{}{number:03}\":0", "a".repeat(fill(61) - 9)))),
        );
        add(
            "an escaped kid",
            format!(r#"{{"alg":"HS256","kid":"{}"}}"#, "\\u0061".repeat(fill(6))),
        );
        add("an escaped alg", format!(r#"{{"alg":"{}"}}"#, "\\u0061".repeat(fill(6))));
        add("an escaped type", with(&format!(r#""typ":"{}""#, "\\u0061".repeat(fill(6)))));
        add("an escaped name", with(&format!(r#""{}":0"#, "\\u0061".repeat(fill(6)))));
        add("surrogates", with(&format!(r#""typ":"{}""#, "\\ud83d\\ude00".repeat(fill(12)))));
        add("short escapes", format!(r#"{{"alg":"HS256","kid":"{}"}}"#, "\\n".repeat(fill(2))));
        add("a plain kid", format!(r#"{{"alg":"HS256","kid":"{}"}}"#, "a".repeat(fill(1))));
        add("a crit of one name", with(&format!("\"crit\":[{}]", texts(fill(4), "x"))));
        add("a crit of many names", with(&format!("\"crit\":[{}]", numbered(fill(6)))));
        add(
            "a crit of 60 escaped names",
            with(&format!("\"crit\":[{}]", texts(60, &"\\u0061".repeat(fill(60 * 6) - 1)),)),
        );
        add("a crit of its names", {
            let names = (0..60).map(|n| format!("\"\\u{:04x}\"", 0x4e00 + n)).collect::<Vec<_>>();
            let members = names.iter().map(|name| format!("{name}:0")).collect::<Vec<_>>();
            with(&format!("{},\"crit\":[{}]", members.join(","), names.join(",")))
        });
        add("zeros", with(&format!("\"a\":[{}]", vec!["0"; fill(2)].join(","))));
        add("arrays", with(&format!("\"a\":[{}]", vec!["[]"; fill(3)].join(","))));
        add("objects", with(&format!("\"a\":[{}]", vec!["{}"; fill(3)].join(","))));
        add(
            "nested arrays",
            with(&format!(
                "\"a\":[{}]",
                vec![format!("{}{}", "[".repeat(29), "]".repeat(29)); fill(59)].join(","),
            )),
        );
        add("white space", format!("{}{}", " ".repeat(fill(1)), with("\"a\":0")));
        add("spaced zeros", with(&format!("\"a\":[{}]", vec!["0 "; fill(3)].join(","))));
        add("text", with(&format!("\"a\":\"{}\"", "a".repeat(fill(1)))));
        add("text beyond ASCII", with(&format!("\"a\":\"{}\"", "ä".repeat(fill(2)))));
    }
    let mut add = |what: &'static str, text: &str| tokens.push((what, payload(text)));
    let fill = |unit: usize| 12_000 / unit;
    let of = |members: &str| format!(r#"{{"iss":"https://issuer.example/50",{members}}}"#);
    add("payload: objects of 64 escaped names", &of(&objects(fill(11 * 64 + 2), 64, &escaped)));
    add("payload: objects of 64 plain names", &of(&objects(fill(9 * 64 + 2), 64, &plain)));
    add("payload: escaped names", &of(&joined(fill(11), &escaped)));
    add("payload: plain names", &of(&joined(fill(9), &plain)));
    add("payload: an escaped issuer", &format!(r#"{{"iss":"{}"}}"#, "\\u0061".repeat(fill(6))));
    add(
        "payload: issuer names",
        &of(&joined(fill(25), &|_| format!("\"{}s\":0", "\\u0069\\u0073"))),
    );
    add("payload: zeros", &of(&format!("\"a\":[{}]", vec!["0"; fill(2)].join(","))));
    add("payload: short escapes", &of(&format!("\"a\":\"{}\"", "\\n".repeat(fill(2)))));
    let long = with(&joined(61, &|number| {
        format!("\"{}\\u{:04x}\":0", "\\u0061".repeat(20), 0x4e00 + number)
    }));
    let issuer = format!(r#"{{"iss":"{}"}}"#, "\\u0061".repeat(600));
    let both = format!("{}.{}.", BASE64URL.encode(&long), BASE64URL.encode(issuer));
    tokens.push(("header and payload: escapes", both));
    tokens.push(("dots", ".".repeat(16_384)));
    tokens.push(("five segments", format!("{}....", "a".repeat(16_380))));
    tokens.push(("another character at the end", format!("{}~", "a".repeat(16_383))));
    tokens.push(("a signature of 16 KiB", format!("{}{}", payload("{}"), "A".repeat(16_000))));
    tokens.push(("a signature that is none", format!("{}{}~", payload("{}"), "A".repeat(16_000))));
    for (name, token) in &tokens {
        assert!(token.len() <= 16_384, "{name}: {} octets", token.len());
    }
    tokens
}

/// A hundred keys with arbitrary numbers.
fn keys() -> JwkSet {
    JwkSet::from_keys((0..100).map(|number| {
        let key = Key::from_secret(&[number; 64], Algorithm::Hs256, REJECTS_ALL).unwrap();
        key.with_id(format!("k{number}"))
    }))
}
