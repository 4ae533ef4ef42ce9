//! Indents JSON for people: only whitespace changes, so that numbers, duplicate members and escapes
//! stay as the issuer wrote them.

use std::fmt::Write;

/// Indents JSON, which the caller knows to be well-formed.
///
/// Escapes characters that could control a terminal, which gives equivalent JSON.
pub(crate) fn indent(json: &str) -> String {
    let mut laid_out = String::with_capacity(json.len());
    let mut depth = 0_usize;
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                laid_out.push('"');
                let mut escaped = false;
                for inner in characters.by_ref() {
                    push_visible(&mut laid_out, inner);
                    if inner == '"' && !escaped {
                        break;
                    }
                    escaped = inner == '\\' && !escaped;
                }
            }
            '{' | '[' => {
                laid_out.push(character);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                match characters.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => laid_out.push(end),
                    None => {
                        depth = depth.saturating_add(1);
                        break_line(&mut laid_out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut laid_out, depth);
                laid_out.push(character);
            }
            ',' => {
                laid_out.push(',');
                break_line(&mut laid_out, depth);
            }
            ':' => laid_out.push_str(": "),
            space if space.is_ascii_whitespace() => {}
            other => push_visible(&mut laid_out, other),
        }
    }
    laid_out
}

fn break_line(text: &mut String, depth: usize) {
    text.push('\n');
    for _ in 0..depth.min(DEEPEST) {
        text.push_str("  ");
    }
}

fn push_visible(text: &mut String, character: char) {
    let obeyed = character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' | '\u{feff}'
        );
    if obeyed {
        // Writing to a string cannot fail.
        let _ = write!(text, "\\u{:04x}", u32::from(character));
    } else {
        text.push(character);
    }
}

/// Deeper levels are indented no more, so that the output grows only in proportion to the input.
const DEEPEST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_changes() {
        let json = r#"{"a":1.0,"a":[ 1e400 , {}, [ ] ],"b\"{":"x: y, \\"}"#;
        let expected = "{\n  \"a\": 1.0,\n  \"a\": [\n    1e400,\n    {},\n    []\n  ],\n  \
                        \"b\\\"{\": \"x: y, \\\\\"\n}";
        assert_eq!(indent(json), expected);
        assert_eq!(indent(expected), expected);
    }

    #[test]
    fn terminal_control_characters_are_escaped() {
        let json = "{\"a\": \"\u{9b}31m \u{202e}é\u{7f}\"}";
        assert_eq!(indent(json), "{\n  \"a\": \"\\u009b31m \\u202eé\\u007f\"\n}");
    }

    #[test]
    fn deep_nesting_costs_little() {
        let json = "[".repeat(10_000) + "1" + &"]".repeat(10_000);
        assert!(indent(&json).len() < 200 * json.len());
    }
}
