//! Claims that the policy needs and others, with dates near the policy's limits.

use super::spelling::{instant, object};
use crate::choices::Choices;
use crate::invariants::SECRET;
use crate::model::case::{Policy, nanoseconds};

/// The octets of a payload; `now` in nanoseconds.
pub fn claims(choices: &mut Choices<'_>, policy: &Policy, now: i128) -> Vec<u8> {
    let span = |text: &Option<String>| text.as_deref().map(nanoseconds);
    let leeway = span(&policy.leeway).unwrap_or(30 * SECOND);
    let mut members = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        members.extend(value.map(|value| format!("\"{name}\":{value}")));
    };
    let issuers = [
        "\"joe\"",
        "\"j\\u006fe\"",
        "\"ann\"",
        "\"Joe\"",
        "\"joe/\"",
        "[\"joe\"]",
        "null",
        "1",
        "",
    ];
    let any = choices.below(8) == 7;
    add("iss", some(if any { choices.pick(&issuers) } else { choices.usually(&issuers) }));
    let audiences = [
        "\"api\"",
        "[\"x\",\"api\"]",
        "[\"api\"]",
        "\"web\"",
        "[]",
        "[\"API\"]",
        "[1]",
        "{}",
        "null",
        "[\"x\",\"\\u0061pi\"]",
        "",
        "\"a\"",
    ];
    let any = choices.below(4) == 3;
    add("aud", some(if any { choices.pick(&audiences) } else { choices.usually(&audiences) }));
    let far = choices.pick(&[3600, 600, 86_400]) * SECOND;

    // Each date is far on the valid side of its limit, or close to the limit.
    let iat = match choices.below(8) {
        0..4 => now - 60 * SECOND,
        4 => now + leeway + near(choices),
        5 => now - span(&policy.max_age).unwrap_or(SECOND) + near(choices),
        _ => now,
    };
    let exp = match choices.below(8) {
        0..4 => now + far,
        4 | 5 => now - leeway + near(choices),
        6 => iat + span(&policy.max_lifetime).unwrap_or(7200 * SECOND) + near(choices),
        _ => iat + choices.pick(&[600, 7200, 86_400]) * SECOND + near(choices),
    };
    let nbf = match choices.below(4) {
        0 | 1 => now - 5 * SECOND,
        _ => now + leeway + near(choices),
    };
    for (name, at, often) in [("iat", iat, 12), ("exp", exp, 14), ("nbf", nbf, 6)] {
        let value = match choices.below(16) {
            present if present < often => instant(choices, at),
            _ => choices
                .usually(&[
                    "",
                    "\"1700000000\"",
                    "null",
                    "1e309",
                    "-1e400",
                    "true",
                    "[1]",
                    "1e308",
                    "-1",
                    "0e99999999999999999999",
                ])
                .to_owned(),
        };
        add(name, some(&value));
    }

    let secret = format!("\"{SECRET}\"");
    let secret = secret.as_str();
    add("sub", some(choices.usually(&[secret, "", "1", "null"])));
    add("jti", some(choices.usually(&["\"j\\n\"", "", "{}"])));
    if choices.either() {
        add(
            "tenant",
            some(choices.pick(&[
                "\"t1\"",
                "7",
                "[15e-1,null]",
                "{\"a\":true}",
                "7.0",
                "\"t\\u0031\"",
                "null",
                "[1.5,null,1]",
                "{}",
            ])),
        );
    }
    if choices.either() {
        add(
            "scope",
            some(choices.pick(&[
                "\"read write\"",
                "\"read\"",
                "\"reader\"",
                "[\"read\"]",
                "\"write  read\"",
                "\"\"",
                "null",
            ])),
        );
    }
    if choices.either() {
        add(
            "scp",
            some(choices.pick(&[
                "[\"read\",\"write\"]",
                "\"write read\"",
                "[\"read write\"]",
                "[1]",
                "{}",
            ])),
        );
    }
    if choices.either() {
        add(
            "roles",
            some(choices.pick(&[
                "[\"admin\",\"user\"]",
                "\"admin\"",
                "\"admin user\"",
                "{\"admin\":1}",
                "[\"Admin\"]",
                "null",
            ])),
        );
        add(
            "realm",
            some(choices.pick(&[
                "{\"roles\":[\"user\",\"\\u0061dmin\"]}",
                "{\"roles\":\"admin\"}",
                "{}",
                "[]",
                "{\"roles\":1}",
                "\"roles\"",
            ])),
        );
    }
    if choices.either() {
        add(
            "track",
            some(choices.pick(&[
                "\"staff\"",
                "\"guest\"",
                "\"sta\\u0066f\"",
                "\"nobody\"",
                "1",
                "null",
            ])),
        );
    }
    if choices.rarely() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        add("deep", some(&choices.pick(&[deep(31), deep(32), deep(2)])));
    }
    if choices.rarely() {
        let others = [
            "\"iss\":\"joe\"",
            "\"x\":\"\\ud800\"",
            "\"x\":{\"a\":1,\"\\u0061\":2}",
            "\"x\":01",
            "\"x\":\"\t\"",
            "\"x\":1,",
            "\"Exp\":1",
            "\"x\":NaN",
            "\"x\":\"\\ud83d\\ude00\"",
        ];
        members.push(choices.pick(&others).to_owned());
    }
    object(choices, &members)
}

fn near(choices: &mut Choices<'_>) -> i128 {
    choices.pick(&[0, 1, -1, SECOND, -SECOND, 1000 * SECOND, -1000 * SECOND])
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

const SECOND: i128 = 1_000_000_000;
