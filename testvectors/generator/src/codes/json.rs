//! `testvectors/codes.json`.

use serde_json::{Value, json};
use verijot::codes::{self, Code, Kind};

use super::{COMMAND, Class};

pub(super) fn codes() -> String {
    let classes: Vec<Value> = Class::all().iter().map(class).collect();
    let codes: Vec<Value> = codes::all().map(code).collect();
    let file = json!({
        "schema": "verijot-codes-v1",
        "written_by": COMMAND,
        "classes": classes,
        "codes": codes,
    });
    serde_json::to_string_pretty(&file).expect("a value has a text") + "\n"
}

fn class(class: &Class) -> Value {
    json!({ "name": class.name, "parent": class.parent, "sentence": class.sentence })
}

fn code(code: &Code) -> Value {
    json!({
        "code": code.code,
        "kind": kind(code.kind),
        "class": code.class,
        "parents": code.parents().collect::<Vec<_>>(),
        "status": code.status,
        "challenge": code.challenge,
        "retryable": code.is_retryable,
        "sentence": code.sentence,
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Verification => "verification",
        Kind::Setup => "setup",
        Kind::AccessToken => "access_token",
        Kind::Fetch => "fetch",
        _ => panic!("a kind without a name"),
    }
}
