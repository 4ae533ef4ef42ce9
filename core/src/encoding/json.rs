//! The strict reader for JSON objects.
//!
//! Accepts what RFC 8259 allows and JOSE needs: UTF-8, one
//! object, nothing after it, no duplicate member names at any depth (compared after unescaping; RFC
//! 7515 §4, RFC 7519 §4), at most 32 levels, no lone surrogates. It walks the text once and returns
//! slices of it; text that was read once is not checked again when it is walked again.

use alloc::string::String;

pub(crate) use document::Json;
pub(crate) use number::Decimal;
use scanner::Scanner;
pub(crate) use value::{Text, Value};

mod document;
mod names;
mod number;
mod plain;
mod scanner;
mod value;

/// What is called for each member.
type Members<'m, 't> = dyn FnMut(Text<'t>, Value<'t>) + 'm;

/// Checks all of `text`, which must be one object, and calls `member` for each member in order.
/// Nested values are already checked.
pub(crate) fn read_object<'t>(
    text: &'t str,
    mut member: impl FnMut(Text<'t>, Value<'t>),
) -> Result<(), JsonError> {
    Scanner::new(text).whole_object::<Members<'_, 't>>(&mut member)
}

/// Reads like [`read_object`], with code of its own for `member`: for the payload of each token.
pub(crate) fn read_object_fast<'t>(
    text: &'t str,
    member: impl FnMut(Text<'t>, Value<'t>),
) -> Result<(), JsonError> {
    read_fast(Scanner::new(text), member)
}

/// Reads like [`read_object_fast`], but allows at most `most_names` member names, at all depths
/// together.
pub(crate) fn read_object_of<'t>(
    most_names: usize,
    text: &'t str,
    member: impl FnMut(Text<'t>, Value<'t>),
) -> Result<(), JsonError> {
    read_fast(Scanner::new(text).with_at_most(most_names), member)
}

#[cfg(not(target_family = "wasm"))]
fn read_fast<'t>(
    scanner: Scanner<'t>,
    mut member: impl FnMut(Text<'t>, Value<'t>),
) -> Result<(), JsonError> {
    scanner.whole_object(&mut member)
}

/// In a WebAssembly module size matters more than calls through a pointer.
#[cfg(target_family = "wasm")]
fn read_fast<'t>(
    scanner: Scanner<'t>,
    mut member: impl FnMut(Text<'t>, Value<'t>),
) -> Result<(), JsonError> {
    scanner.whole_object::<Members<'_, 't>>(&mut member)
}

/// Reads like [`read_object`], but does not look for duplicate names. Use the result only for a
/// preliminary choice, and read the text again afterwards.
pub(crate) fn skim_object<'t>(
    text: &'t str,
    mut member: impl FnMut(Text<'t>, Value<'t>),
) -> Result<(), JsonError> {
    Scanner::new(text).without_comparison().whole_object::<Members<'_, 't>>(&mut member)
}

/// Returns the text as a JSON string, in quotation marks.
pub(crate) fn quoted(text: &str) -> String {
    // Writing to a string cannot fail.
    serde_json::to_string(text).unwrap_or_default()
}

/// Whether the whole text is one number (RFC 8259 §6).
pub(crate) fn is_number(text: &str) -> bool {
    Scanner::new(text).one_number()
}

/// Why a text is not a JSON object that JOSE allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    NotAnObject,
    ByteOrderMark,
    Syntax,
    TrailingData,
    DuplicateName,
    TooManyNames,
    TooDeep,
    LoneSurrogate,
}

impl JsonError {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::NotAnObject => "not a JSON object",
            Self::ByteOrderMark => "a byte order mark before the JSON object (RFC 8259 §8.1)",
            Self::Syntax => "not valid JSON (RFC 8259)",
            Self::TrailingData => "data after the JSON object",
            Self::DuplicateName => "a member name occurs twice in one JSON object",
            Self::TooManyNames => "too many members",
            Self::TooDeep => "JSON nested deeper than 32 levels",
            Self::LoneSurrogate => "a lone surrogate in a JSON string",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    fn check(text: &str) -> Result<(), JsonError> {
        read_object(text, |_, _| {})
    }

    #[test]
    fn members_are_passed_in_order() {
        let mut seen = Vec::new();
        let text = r#" { "a" : 1 , "b\u0062":"x\"y", "c":[true , null,{"d":"}"}] } "#;
        read_object(text, |name, value| {
            seen.push((name.unescape().to_string(), value.raw().to_string()));
        })
        .unwrap();
        let expected = [("a", "1"), ("bb", r#""x\"y""#), ("c", r#"[true , null,{"d":"}"}]"#)];
        let expected = expected.map(|(name, raw)| (name.to_string(), raw.to_string()));
        assert_eq!(seen, expected);
    }

    #[test]
    fn duplicate_names_are_refused_in_every_form_and_depth() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"\u0061":1,"a":2}"#,
            r#"{"\u0061":1,"\u0061":2}"#,
            r#"{"":1,"":2}"#,
            r#"{"x":{"a":1,"b":{},"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
        ] {
            assert_eq!(check(text), Err(JsonError::DuplicateName), "{text}");
        }
        for text in [r#"{"a":{"a":1},"b":{"a":1}}"#, r#"{"a":1,"A":2}"#, r#"{"a":1,"a ":2}"#] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn many_names_are_compared_too() {
        let object = |names: &[String]| {
            let members =
                names.iter().map(|name| alloc::format!("\"{name}\":0")).collect::<Vec<_>>();
            alloc::format!("{{{}}}", members.join(","))
        };
        let mut names = (0..3000).map(|index| alloc::format!("n{index}")).collect::<Vec<_>>();
        assert_eq!(check(&object(&names)), Ok(()));
        names.push("n7".to_string());
        assert_eq!(check(&object(&names)), Err(JsonError::DuplicateName));
        names.pop();
        names.push("\\u006e2999".to_string());
        assert_eq!(check(&object(&names)), Err(JsonError::DuplicateName));
    }

    #[test]
    fn names_around_an_object_with_many_are_still_compared() {
        let many = (0..40).map(|index| alloc::format!("\"n{index}\":0")).collect::<Vec<_>>();
        let many = many.join(",");
        for text in [
            alloc::format!(r#"{{"a":{{{many}}},"b":1,"b":2}}"#),
            alloc::format!(r#"{{"a":{{{many}}},"a":1}}"#),
            alloc::format!(r#"{{"a":[{{{many}}},{{"b":1,"b":2}}]}}"#),
            alloc::format!(r#"{{{many},"a":{{"b":1,"b":2}}}}"#),
            alloc::format!(r#"{{{many},"a":{{"b":1}},"n39":2}}"#),
        ] {
            assert_eq!(check(&text), Err(JsonError::DuplicateName), "{text}");
        }
        for text in [
            alloc::format!(r#"{{"a":{{{many}}},"b":{{{many}}},"n1":1}}"#),
            alloc::format!(r#"{{{many},"a":{{{many},"a":{{"a":1}}}}}}"#),
        ] {
            assert_eq!(check(&text), Ok(()), "{text}");
        }
    }

    #[test]
    fn few_names_are_compared_at_once_and_many_when_the_object_closes() {
        // The error after the duplicate name shows when the duplicate was noticed.
        let unfinished = |names: usize| {
            let names = (0..names).map(|index| alloc::format!("\"n{index}\":0,"));
            alloc::format!("{{{}\"n0\":0", names.collect::<String>())
        };
        for names in [1, 2, 15, 16] {
            assert_eq!(check(&unfinished(names)), Err(JsonError::DuplicateName), "{names}");
        }
        for names in [17, 24, 25, 65] {
            assert_eq!(check(&unfinished(names)), Err(JsonError::Syntax), "{names}");
        }
    }

    #[test]
    fn names_can_be_limited_at_all_depths_together() {
        let check = |most, text| read_object_of(most, text, |_, _| {});
        for text in [r#"{"a":1,"b":[{"a":1},{"a":1}]}"#, r#"{"a":{"b":{"c":{}}},"d":1}"#] {
            assert_eq!(check(4, text), Ok(()));
            assert_eq!(check(3, text), Err(JsonError::TooManyNames));
        }
        assert_eq!(check(0, "{}"), Ok(()));
        assert_eq!(check(1, r#"{"a":1,"a":2}"#), Err(JsonError::TooManyNames));
    }

    #[test]
    fn a_text_can_be_skimmed() {
        let mut seen = 0;
        let text = r#"{"a":1,"\u0061":2,"b":{"c":1,"c":2}}"#;
        assert_eq!(skim_object(text, |name, _| seen += usize::from(name.is("a"))), Ok(()));
        assert_eq!(seen, 2);
        assert_eq!(skim_object("{\"a\":}", |_, _| {}), Err(JsonError::Syntax));
    }

    #[test]
    fn depth_is_counted_from_the_outermost_object() {
        let nested = |levels: usize| {
            alloc::format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels))
        };
        assert_eq!(check(&nested(31)), Ok(()));
        assert_eq!(check(&nested(32)), Err(JsonError::TooDeep));
        assert_eq!(check(&nested(100_000)), Err(JsonError::TooDeep));
    }

    #[test]
    fn text_that_is_not_an_object_or_not_json_is_refused() {
        for text in ["[]", "1", "\"a\"", "null", "true", " [1] "] {
            assert_eq!(check(text), Err(JsonError::NotAnObject), "{text}");
        }
        for text in [
            "",
            " ",
            "{",
            "}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{,}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":+1}",
            "{\"a\":.5}",
            "{\"a\":1.}",
            "{\"a\":1e}",
            "{\"a\":1e+}",
            "{\"a\":-}",
            "{\"a\":--1}",
            "{\"a\":NaN}",
            "{\"a\":Infinity}",
            "{\"a\":0x1}",
            "{\"a\":tru}",
            "{\"a\":nulL}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\t\"}",
            "{\"a\":\"\0\"}",
            "{\"a\":\"\\x41\"}",
            "{\"a\":\"\\u+041\"}",
            "{\"a\":\"\\u004\"}",
            "{\"a\":\"\\",
            "{\"a\":\"",
            "{\"a\":1 \"b\":2}",
            "{\"a\":[1,]}",
            "{\"a\":[1 2]}",
            "{\"a\":1//\n}",
            "{\u{a0}}",
            "{\"a\":[}",
            "{\"a\" 1}",
            "{\"a\":1\u{c}}",
        ] {
            assert_eq!(check(text), Err(JsonError::Syntax), "{text:?}");
        }
        for text in ["{} {}", "{}x", "{}\0", "{},"] {
            assert_eq!(check(text), Err(JsonError::TrailingData), "{text:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_has_its_own_reason() {
        assert_eq!(check("\u{feff}{}"), Err(JsonError::ByteOrderMark));
        assert_eq!(check("\u{feff}"), Err(JsonError::ByteOrderMark));
        assert_eq!(check(" \u{feff}{}"), Err(JsonError::Syntax));
        assert_eq!(check("{\u{feff}}"), Err(JsonError::Syntax));
    }

    #[test]
    fn surrogates_come_in_pairs() {
        for text in [r#"{"a":"\ud83d\ude00"}"#, r#"{"\uD83D\uDE00":0}"#] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in [
            r#"{"a":"\ud83d"}"#,
            r#"{"a":"\ude00"}"#,
            r#"{"a":"\ude00\ud83d"}"#,
            r#"{"a":"\ud83d\u0041"}"#,
            r#"{"a":"\ud83dx"}"#,
            r#"{"a":"\ud83d\n"}"#,
        ] {
            assert_eq!(check(text), Err(JsonError::LoneSurrogate), "{text}");
        }
    }
}
