//! `core/guide/codes.md`: every code, human-readable.

use std::fmt::Write as _;

use verijot::codes::{ACCESS_TOKEN, Code, FETCH, SETUP, VERIFICATION};

use super::COMMAND;

pub(super) fn guide() -> String {
    let mut text = format!(
        "<!-- Written by {COMMAND} from core/src/codes.rs; do not edit. -->\n\n\
         # Codes\n\n\
         A code never changes for a given cause and is the same in every language. The file \
         `codes.json`\nof the test vectors has the same table in machine-readable form.\n\n\
         ## A token is refused\n\n\
         Status and challenge are the answer of a resource server; the challenge is the `error` of \
         the Bearer\nchallenge (RFC 6750 §3.1). After a 503 the same token can be accepted later.\n\n\
         | code | status | challenge | meaning |\n|---|---:|---|---|\n"
    );
    for code in VERIFICATION {
        let status = code.status.expect("a refused token has a status");
        let challenge = match code.challenge {
            Some(error) => format!("`{error}`"),
            None if status == 401 => "without `error`".into(),
            None => "none".into(),
        };
        writeln!(text, "| `{}` | {status} | {challenge} | {} |", code.code, code.sentence)
            .expect("a string takes text");
    }
    for (title, codes) in [
        ("What you passed cannot be used", SETUP),
        ("A client has no access token to send", ACCESS_TOKEN),
        ("A fetch failed", FETCH),
    ] {
        write!(text, "\n## {title}\n\n{}", table(codes)).expect("a string takes text");
    }
    text
}

fn table(codes: &[Code]) -> String {
    let rows = codes.iter().map(|code| format!("| `{}` | {} |\n", code.code, code.sentence));
    format!("| code | meaning |\n|---|---|\n{}", rows.collect::<String>())
}
