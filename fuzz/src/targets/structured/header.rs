//! Headers with mostly valid members.

use serde_json::json;

use super::spelling::object;
use crate::choices::Choices;

/// The octets of a header; `alg` and `kid` are those of the signer.
pub fn header(choices: &mut Choices<'_>, alg: &str, kid: &str) -> Vec<u8> {
    let name = choices.usually(&[
        json!(alg),
        json!("none"),
        json!("ES256"),
        json!("HS256"),
        json!("PS256"),
        json!(alg.to_lowercase()),
        json!(1),
        json!(null),
    ]);
    let name = if alg == "EdDSA" && choices.either() { json!("Ed25519") } else { name };
    let mut members = vec![format!("\"alg\":{name}")];
    let kids = choices.usually(&[
        Some(json!(kid)),
        None,
        Some(json!("nobody")),
        Some(json!(3)),
        Some(json!("twice")),
        Some(json!(null)),
        Some(json!("else")),
    ]);
    let kids = if choices.below(8) == 7 { None } else { kids };
    members.extend(kids.map(|kid| format!("\"kid\":{kid}")));
    let types = [
        "JWT",
        "at+jwt",
        "application/AT+JWT",
        "jwt",
        "logout+jwt",
        "application/x",
        "",
        "applicatio\u{e9}/jwt",
    ];
    match choices.below(16) {
        0..6 => {}
        6 => members.push(format!("\"typ\":{}", choices.pick(&["1", "null", "[\"JWT\"]"]))),
        _ => members.push(format!("\"typ\":{}", json!(choices.pick(&types)))),
    }
    if choices.rarely() {
        members.push(format!("\"cty\":{}", choices.pick(&["\"JWT\"", "null", "{}"])));
    }
    if choices.rarely() {
        let crits = [
            "[\"exp\"]",
            "[\"b64\"]",
            "[]",
            "[\"x\",\"x\"]",
            "\"b64\"",
            "[1]",
            "[\"alg\"]",
            "[\"x\",\"b64\"]",
            "null",
            "[\"\\u0078\"]",
        ];
        members.push(format!("\"crit\":{}", choices.pick(&crits)));
    }
    if choices.rarely() {
        members.push(format!("\"b64\":{}", choices.pick(&["false", "true", "0", "null"])));
    }
    if choices.rarely() {
        let others = [
            "\"x\":1",
            "\"jku\":\"https://attacker.example\"",
            "\"jwk\":{}",
            "\"alg\":\"none\"",
            "\"\\u0061lg\":\"none\"",
            "\"x\":1,\"x\":1",
            "\"exp\":1",
        ];
        members.push(choices.pick(&others).to_owned());
    }
    object(choices, &members)
}
