//! Characters: UTF-8 in the text, Unicode scalar values in strings.

use crate::case::{Case, PAYLOAD, case};
use crate::keys;

/// Octets that are not UTF-8, and escapes that are not characters.
pub fn encoding() -> Vec<Case> {
    let mut cases = wrong_octets();
    cases.extend(wrong_escapes());
    cases.extend(right_characters());
    cases
}

fn with_value(object: &str, value: &[u8]) -> Vec<u8> {
    let rest = object.strip_prefix('{').expect("an object");
    [b"{\"x\":\"", value, b"\",", rest.as_bytes()].concat()
}

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter()
        .chain(text.encode_utf16())
        .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
        .collect()
}

const HEADER: &str = r#"{"alg":"ES256","kid":"p256"}"#;

/// A token whose header consists of these octets.
fn octets_case(id: String, title: String, why: &str, refs: &[&str], header: Vec<u8>) -> Case {
    case(id, title, why, refs).token({
        let input = format!("{}.{}", keys::encode(header), keys::encode(PAYLOAD));
        let signature = crate::signing::sign("p256", "ES256", input.as_bytes());
        format!("{input}.{}", keys::encode(signature))
    })
}

fn wrong_octets() -> Vec<Case> {
    let refs = ["RFC 8725 §3.7", "RFC 3629 §3", "RFC 8259 §8.1"];
    let why = "A header and a payload are UTF-8; nothing else is guessed or repaired.";
    let mut cases = Vec::new();
    let values: [(&str, &[u8]); 11] = [
        ("continuation-alone", &[0x80]),
        ("start-alone", &[0xc3]),
        ("cut-sequence", &[0xe2, 0x82]),
        ("overlong-slash", &[0xc0, 0xaf]),
        ("overlong-nul", &[0xc0, 0x80]),
        ("overlong-three", &[0xe0, 0x80, 0xaf]),
        ("surrogate", &[0xed, 0xa0, 0x80]),
        ("surrogate-pair", &[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]),
        ("beyond-unicode", &[0xf4, 0x90, 0x80, 0x80]),
        ("five-octets", &[0xf8, 0x88, 0x80, 0x80, 0x80]),
        ("latin-1", &[0xe9]),
    ];
    for (id, value) in values {
        cases.push(
            case(format!("encoding-payload-{id}"), format!("In the payload: {id}"), why, &refs)
                .payload(with_value(PAYLOAD, value))
                .error("malformed_claims"),
        );
    }
    for (id, value) in values.into_iter().step_by(3) {
        let id = format!("encoding-header-{id}");
        let title = format!("In the header: {id}");
        let header = with_value(HEADER, value);
        cases.push(octets_case(id, title, why, &refs, header).error("malformed_header"));
    }
    for (id, change) in [
        ("utf-16-little", (|text| utf16(text, true, false)) as fn(&str) -> Vec<u8>),
        ("utf-16-big", |text| utf16(text, false, false)),
        ("utf-16-little-marked", |text| utf16(text, true, true)),
        ("utf-16-big-marked", |text| utf16(text, false, true)),
        ("byte-order-mark", |text| format!("\u{feff}{text}").into()),
        ("byte-ff-after", |text| [text.as_bytes(), &[0xff]].concat()),
        ("utf-32", |text| text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()),
    ] {
        let header_id = format!("encoding-header-is-{id}");
        let title = format!("The header: {id}");
        cases.extend([
            case(format!("encoding-payload-is-{id}"), format!("The payload: {id}"), why, &refs)
                .payload(change(PAYLOAD))
                .error("malformed_claims"),
            octets_case(header_id, title, why, &refs, change(HEADER)).error("malformed_header"),
        ]);
    }
    cases.push(
        case("encoding-payload-name", "A claim's name is not UTF-8", why, &refs)
            .payload([b"{\"\xff\":1,", &PAYLOAD.as_bytes()[1..]].concat())
            .error("malformed_claims"),
    );
    cases
}

fn wrong_escapes() -> Vec<Case> {
    let refs = ["RFC 8259 §8.2", "RFC 7493 §2.1"];
    let why = "Half a surrogate pair is not a character, and parsers disagree about it.";
    let mut cases = Vec::new();
    let escapes = [
        ("high-surrogate", r"\ud800"),
        ("low-surrogate", r"\udc00"),
        ("reversed-surrogates", r"\ude00\ud83d"),
        ("two-high-surrogates", r"\ud83d\ud83d\ude00"),
        ("surrogate-and-escaped-letter", r"\ud83d\u0041"),
        ("surrogate-and-private-use", r"\ud83d\ue000"),
        ("surrogate-and-letter", r"\ud83dx"),
        ("surrogate-and-escape", r"\ud83d\n"),
    ];
    for (id, value) in escapes {
        cases.push(
            case(format!("encoding-payload-{id}"), format!("In the payload: {id}"), why, &refs)
                .payload(with_value(PAYLOAD, value.as_bytes()))
                .error("malformed_claims"),
        );
    }
    cases.extend([
        case("encoding-header-high-surrogate", "In the header: high-surrogate", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256","x":"\ud800"}"#)
            .error("malformed_header"),
        case("encoding-kid-low-surrogate", "In the kid: low-surrogate", why, &refs)
            .header(r#"{"alg":"ES256","kid":"p256\udc00"}"#)
            .error("malformed_header"),
        case("encoding-name-high-surrogate", "In a claim's name: high-surrogate", why, &refs)
            .payload(PAYLOAD.replacen('{', r#"{"\ud800":1,"#, 1))
            .error("malformed_claims"),
    ]);
    cases
}

fn right_characters() -> Vec<Case> {
    let refs = ["RFC 8259 §8.1", "RFC 8259 §7", "RFC 7515 §10.12"];
    let why = "Every character may be written as itself or as an escape.";
    let values = [
        ("two-octets", "\u{e9}"),
        ("three-octets", "\u{20ac}"),
        ("four-octets", "\u{1f600}"),
        ("last-character", "\u{10ffff}"),
        ("noncharacter", "\u{ffff}"),
        ("mark-inside", "\u{feff}"),
        ("replacement-character", "\u{fffd}"),
        ("combining", "e\u{301}"),
        ("right-to-left", "\u{202e}abc"),
        ("private-use", "\u{e000}"),
        ("around-surrogates", "\u{d7ff}\u{e000}"),
        ("escaped-pair", r"\ud83d\ude00"),
        ("escaped-last", r"\udbff\udfff"),
        ("escaped-noncharacter", r"\uffff"),
    ];
    let mut cases: Vec<Case> = values
        .into_iter()
        .map(|(id, value)| {
            case(format!("encoding-right-{id}"), format!("In the payload: {id}"), why, &refs)
                .payload(with_value(PAYLOAD, value.as_bytes()))
                .valid()
        })
        .collect();
    cases.extend(values.into_iter().step_by(4).map(|(id, value)| {
        let header = with_value(HEADER, value.as_bytes());
        case(format!("encoding-right-header-{id}"), format!("In the header: {id}"), why, &refs)
            .header(String::from_utf8(header).expect("UTF-8"))
            .valid()
    }));
    cases.extend([
        case("encoding-right-escaped-alg", "alg is escaped", why, &refs)
            .header(r#"{"\u0061lg":"\u0045S256","kid":"p256"}"#)
            .valid(),
        case("encoding-right-escaped-claims", "The names of claims are escaped", why, &refs)
            .payload(
                PAYLOAD.replace("\"iss\"", r#""\u0069ss""#).replace("\"exp\"", r#""e\u0078p""#),
            )
            .valid(),
        case("encoding-right-escaped-issuer", "The issuer is escaped", why, &refs)
            .payload(PAYLOAD.replace("https://", r"https:\/\u002f"))
            .valid(),
    ]);
    cases
}
