//! The codes in `testvectors/schema.json`: what a case can expect, and why a key is skipped.

use verijot::codes::{self, Code, Kind};

use super::between;

pub(super) fn schema(text: &str) -> String {
    let setup = ["malformed_jwks", "jwks_too_large", "invalid_policy"];
    let refused = codes::VERIFICATION.iter().map(|code| code.code);
    let errors = ["any"].into_iter().chain(refused).chain(setup);
    let text = list(text, "            \"error\": {\n", "              ", errors);
    // No case withdraws a key.
    let is_reason = |code: &&Code| code.class == Some("UnusableKey") && code.code != "withdrawn";
    let keys = codes::all().filter(is_reason);
    assert!(setup.iter().all(|code| codes::find(code).is_some_and(|c| c.kind == Kind::Setup)));
    list(&text, "              \"reason\": {\n", "                ", keys.map(|code| code.code))
}

/// Replaces the list of the member that begins with `begin`.
fn list<'a>(text: &str, begin: &str, indent: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("{indent}  \"{name}\"")).collect();
    let begin = format!("{begin}{indent}\"enum\": [\n");
    between(text, &begin, &format!("\n{indent}]\n"), &names.join(",\n"))
}
