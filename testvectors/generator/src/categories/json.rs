//! The grammar of JSON, in headers, payloads and key sets.

use serde_json::json;

use crate::case::{Case, PAYLOAD, case};
use crate::keys;

/// A payload with one more member, written exactly so.
fn payload_with(member: &str) -> String {
    PAYLOAD.replacen('{', &format!("{{{member},"), 1)
}

/// A header with one more member, written exactly so.
fn header_with(member: &str) -> String {
    format!(r#"{{"alg":"ES256","kid":"p256",{member}}}"#)
}

/// The grammar of JSON.
pub fn syntax() -> Vec<Case> {
    let mut cases = wrong_values();
    cases.extend(wrong_texts());
    cases.extend(right_texts());
    cases
}

fn wrong_values() -> Vec<Case> {
    let refs = ["RFC 8259 §2", "RFC 8259 §6", "RFC 8259 §7"];
    let why = "Text that is not JSON to one parser has another meaning to the next; it is refused.";
    let values = [
        ("not-a-number", "NaN"),
        ("infinity", "Infinity"),
        ("negative-infinity", "-Infinity"),
        ("leading-zero", "01"),
        ("negative-leading-zero", "-01"),
        ("plus", "+1"),
        ("dot-first", ".5"),
        ("dot-last", "1."),
        ("exponent-without-digits", "1e"),
        ("exponent-with-sign-only", "1e+"),
        ("minus-alone", "-"),
        ("hexadecimal", "0x10"),
        ("underscore", "1_000"),
        ("capital-true", "True"),
        ("undefined", "undefined"),
        ("single-quotes", "'text'"),
        ("unknown-escape", r#""\x41""#),
        ("escaped-single-quote", r#""\'""#),
        ("short-unicode-escape", r#""\u12""#),
        ("unicode-escape-no-hex", r#""\u00zz""#),
        ("unicode-escape-sign", r#""\u+041""#),
        ("raw-tab", "\"\t\""),
        ("raw-newline", "\"\n\""),
        ("raw-nul", "\"\0\""),
        ("open-string", "\"text"),
        ("comma-in-empty-array", "[,]"),
        ("trailing-comma-in-array", "[1,]"),
        ("missing-comma-in-array", "[1 2]"),
        ("open-array", "[1"),
        ("wrong-bracket", "[1}"),
        ("comment", "1/* one */"),
        ("nothing", ""),
    ];
    let mut cases: Vec<Case> = values
        .into_iter()
        .map(|(id, value)| {
            case(format!("json-payload-{id}"), format!("In the payload: {id}"), why, &refs)
                .payload(payload_with(&format!("\"x\":{value}")))
                .error("malformed_claims")
        })
        .collect();
    let in_header = ["not-a-number", "leading-zero", "unknown-escape", "raw-nul", "comment"];
    cases.extend(values.into_iter().filter(|(id, _)| in_header.contains(id)).map(|(id, value)| {
        case(format!("json-header-{id}"), format!("In the header: {id}"), why, &refs)
            .header(header_with(&format!("\"x\":{value}")))
            .error("malformed_header")
    }));
    let in_keys = ["infinity", "plus", "short-unicode-escape", "trailing-comma-in-array"];
    cases.extend(values.into_iter().filter(|(id, _)| in_keys.contains(id)).map(|(id, value)| {
        let mut text = json!({ "keys": [keys::public("p256")] }).to_string();
        text = text.replacen("\"kty\"", &format!("\"z\":{value},\"kty\""), 1);
        case(format!("json-jwk-{id}"), format!("In a key: {id}"), why, &refs)
            .jwks_text(text)
            .error("malformed_jwks")
    }));
    cases
}

fn wrong_texts() -> Vec<Case> {
    let refs = ["RFC 7519 §7.2", "RFC 7515 §4", "RFC 8259 §2"];
    let why = "A header and a payload are one JSON object each, with no other text around it.";
    type Change = fn(&str) -> String;
    let around: [(&str, Change); 16] = [
        ("null", |_| "null".into()),
        ("number", |_| "1700003600".into()),
        ("string", |text| json!(text).to_string()),
        ("array", |text| format!("[{text}]")),
        ("true", |_| "true".into()),
        ("truncated", |text| text[..text.len() - 1].into()),
        ("trailing-comma", |text| text.replacen('}', ",}", 1)),
        ("leading-comma", |text| text.replacen('{', "{,", 1)),
        ("two-commas", |text| text.replacen(',', ",,", 1)),
        ("missing-comma", |text| text.replacen(',', " ", 1)),
        ("missing-colon", |text| text.replacen(':', " ", 1)),
        ("bare-name", |text| text.replacen('{', "{x:1,", 1)),
        ("number-as-name", |text| text.replacen('{', "{1:1,", 1)),
        ("trailing-object", |text| format!("{text}{{}}")),
        ("trailing-nul", |text| format!("{text}\0")),
        ("no-break-space", |text| format!("\u{a0}{text}")),
    ];
    let header = r#"{"alg":"ES256","kid":"p256"}"#;
    let mut cases = Vec::new();
    for (id, change) in around {
        cases.extend([
            case(format!("json-payload-is-{id}"), format!("The payload: {id}"), why, &refs)
                .payload(change(PAYLOAD))
                .error("malformed_claims"),
            case(format!("json-header-is-{id}"), format!("The header: {id}"), why, &refs)
                .header(change(header))
                .error("malformed_header"),
        ]);
    }
    for (id, end) in [
        ("after-name", r#""x""#),
        ("after-colon", r#""x":"#),
        ("after-comma", r#""x":1,"#),
        ("in-string", r#""x":"abc"#),
        ("in-escape", r#""x":"\"#),
        ("in-unicode-escape", r#""x":"\u00"#),
        ("in-surrogate-pair", r#""x":"\ud83d\"#),
        ("in-literal", r#""x":tru"#),
        ("in-array", r#""x":[1"#),
        ("in-object", r#""x":{"y":1"#),
    ] {
        let payload = PAYLOAD.replacen('}', &format!(",{end}"), 1);
        cases.push(
            case(format!("json-payload-ends-{id}"), format!("The payload ends {id}"), why, &refs)
                .payload(payload)
                .error("malformed_claims"),
        );
    }
    cases.push(
        case("json-payload-after-signature", "An invalid payload with a bad signature", why, &refs)
            .payload("{")
            .signature(vec![9; 64])
            .error("invalid_signature"),
    );
    cases.push(
        case("json-payload-is-form-feed", "The payload after a form feed", why, &refs)
            .payload(format!("\u{c}{PAYLOAD}"))
            .error("malformed_claims"),
    );
    cases
}

fn right_texts() -> Vec<Case> {
    let refs = ["RFC 8259 §2", "RFC 8259 §6", "RFC 8259 §7"];
    let why = "This is valid JSON, and claims that are not needed are not checked.";
    let values = [
        ("zero", "0"),
        ("negative-zero", "-0"),
        ("exponent", "1E+2"),
        ("negative-exponent", "-1.5e-10"),
        ("large-integer", "123456789012345678901234567890"),
        ("too-large-for-a-double", "1e400"),
        ("too-small-for-a-double", "1e-400"),
        ("many-digits", "0.1000000000000000055511151231257827021181583404541015625"),
        ("every-escape", r#""\"\\\/\b\f\n\r\t\u0041\u00e9""#),
        ("escaped-nul", r#""\u0000""#),
        ("upper-and-lower-hex", r#""\u00E9\u00e9\u00Ea""#),
        ("surrogate-pair", r#""\ud83d\uDE00""#),
        ("escaped-backslash-u", r#""\\ud800""#),
        ("raw-delete", "\"\u{7f}\""),
        ("raw-line-separator", "\"\u{2028}\u{2029}\""),
        ("null", "null"),
        ("empty-array", "[]"),
        ("empty-object", "{}"),
        ("nested", r#"[[],[{}],{"a":[{"b":null}]}]"#),
        ("comment-in-string", r#""/* no comment */ // either""#),
        ("brackets-in-string", r#""}]{[""#),
        ("empty-string", r#""""#),
    ];
    let mut cases: Vec<Case> = values
        .into_iter()
        .map(|(id, value)| {
            case(format!("json-right-payload-{id}"), format!("In the payload: {id}"), why, &refs)
                .payload(payload_with(&format!("\"x\":{value}")))
                .valid()
        })
        .collect();
    let in_header = [
        "zero",
        "empty-array",
        "empty-object",
        "null",
        "empty-string",
        "too-large-for-a-double",
        "every-escape",
        "surrogate-pair",
        "nested",
        "raw-line-separator",
    ];
    cases.extend(values.into_iter().filter(|(id, _)| in_header.contains(id)).map(|(id, value)| {
        case(format!("json-right-header-{id}"), format!("In the header: {id}"), why, &refs)
            .header(header_with(&format!("\"x\":{value}")))
            .valid()
    }));
    let in_keys =
        ["large-integer", "escaped-nul", "brackets-in-string", "nested", "null", "every-escape"];
    cases.extend(values.into_iter().filter(|(id, _)| in_keys.contains(id)).map(|(id, value)| {
        let mut text = json!({ "keys": [keys::public("p256")] }).to_string();
        text = text.replacen("\"kty\"", &format!("\"z\":{value},\"kty\""), 1);
        case(format!("json-right-jwk-{id}"), format!("In a key: {id}"), why, &refs)
            .jwks_text(text)
            .valid()
    }));
    let spaced = |text: &str| {
        let wide = text.replace("\":", "\" \t:\r\n ").replace(',', " ,\n").replace('{', "{\t");
        format!("\r\n {wide}\n\n")
    };
    let spaced_header = spaced(r#"{"alg":"ES256","kid":"p256"}"#);
    let spaced_payload = spaced(PAYLOAD);
    cases.extend([
        case("json-right-white-space-payload", "Whitespace everywhere in the payload", why, &refs)
            .payload(spaced_payload)
            .valid(),
        case("json-right-white-space-header", "Whitespace everywhere in the header", why, &refs)
            .header(spaced_header)
            .valid(),
        case("json-right-empty-name-payload", "A claim with an empty name", why, &refs)
            .payload(payload_with("\"\":0"))
            .valid(),
        case("json-right-many-claims", "A payload with three hundred claims", why, &refs)
            .payload(payload_with(
                &(0..300).map(|n| format!("\"c{n}\":{n}")).collect::<Vec<_>>().join(","),
            ))
            .valid(),
        case("json-right-one-space", "One space around everything", why, &refs)
            .payload(format!(" {PAYLOAD} "))
            .valid(),
        case("json-right-rfc-line-breaks", "Line breaks as in RFC 7519 §3.1", why, &refs)
            .payload(PAYLOAD.replace(",\"", ",\r\n \""))
            .valid(),
    ]);
    cases
}

/// Names that occur twice in one object.
pub fn duplicates() -> Vec<Case> {
    let refs = ["RFC 8725 §2.6", "RFC 7515 §4", "RFC 7519 §4"];
    let why = "Parsers disagree about which of two members counts, so neither does.";
    let mut cases = Vec::new();
    for (id, members) in [
        ("exp", r#""exp":1"#),
        ("iss", r#""iss":"https://attacker.example""#),
        ("aud", r#""aud":"https://api.example""#),
        ("sub", r#""sub":"root""#),
        ("unknown", r#""x":1,"x":2"#),
        ("unknown-same-value", r#""x":1,"x":1"#),
        ("nested", r#""x":{"y":1,"y":2}"#),
        ("nested-in-array", r#""x":[0,{"y":1,"z":1,"y":2}]"#),
        ("nested-deep", r#""x":{"x":{"x":{"x":1,"x":2}}}"#),
        ("empty-name", r#""":1,"":2"#),
        ("escaped", r#""\u0065xp":1"#),
        ("escaped-both", r#""\u0078":1,"\u0078":2"#),
        ("escaped-surrogates", "\"\u{1f600}\":1,\"\\ud83d\\ude00\":2"),
        ("escaped-solidus", r#""a/b":1,"a\/b":2"#),
        ("three", r#""x":1,"x":2,"x":3"#),
        ("null", r#""exp":null"#),
    ] {
        cases.push(
            case(format!("duplicate-claim-{id}"), format!("In the payload: {id}"), why, &refs)
                .payload(payload_with(members))
                .error("malformed_claims"),
        );
    }
    let many = (0..40).map(|index| format!(r#""n{index}":0"#)).collect::<Vec<_>>().join(",");
    let hidden =
        "Each name is compared with all others of its object, however many are in between.";
    for (id, members) in [
        ("after-an-object-of-many", format!(r#""x":{{{many}}},"y":1,"y":2"#)),
        ("around-an-object-of-many", format!(r#""x":{{{many}}},"x":1"#)),
        ("in-an-object-after-many", format!(r#"{many},"x":{{"y":1,"y":2}}"#)),
        ("first-and-last-of-many", format!(r#"{many},"x":{{"y":1}},"n0":1"#)),
    ] {
        cases.push(
            case(format!("duplicate-claim-{id}"), format!("In the payload: {id}"), hidden, &refs)
                .payload(payload_with(&members))
                .error("malformed_claims"),
        );
    }
    for (id, members) in [
        ("alg", r#""alg":"ES256""#),
        ("alg-none", r#""alg":"none""#),
        ("kid", r#""kid":"p256""#),
        ("unknown", r#""x":1,"x":2"#),
        ("nested", r#""x":{"y":1,"y":2}"#),
        ("nested-in-jwk", r#""jwk":{"kty":"EC","kty":"RSA"}"#),
        ("escaped", r#""\u0061lg":"none""#),
        ("crit", r#""crit":["x"],"crit":[],"x":1"#),
    ] {
        cases.push(
            case(format!("duplicate-header-{id}"), format!("In the header: {id}"), why, &refs)
                .header(header_with(members))
                .error("malformed_header"),
        );
    }
    let set = json!({ "keys": [keys::public("p256")] }).to_string();
    for (id, text) in [
        ("keys", set.replacen('{', r#"{"keys":[],"#, 1)),
        ("keys-escaped", set.replacen('{', r#"{"\u006beys":[],"#, 1)),
        ("kid", set.replacen("\"kty\"", "\"kid\":\"p256\",\"kty\"", 1)),
        ("kty", set.replacen("\"kty\"", "\"kty\":\"RSA\",\"kty\"", 1)),
        ("x", set.replacen("\"kty\"", "\"x\":\"AAAA\",\"kty\"", 1)),
        ("ignored-member", set.replacen("\"kty\"", "\"z\":{\"a\":1,\"a\":1},\"kty\"", 1)),
        ("unusable-key", set.replacen("{\"kty\"", "{\"kty\":\"x\",\"kty\":\"y\"},{\"kty\"", 1)),
        ("beside-keys", set.replacen('{', r#"{"x":1,"x":2,"#, 1)),
    ] {
        cases.push(
            case(format!("duplicate-jwks-{id}"), format!("In the set: {id}"), why, &refs)
                .jwks_text(text)
                .error("malformed_jwks"),
        );
    }
    let why = "Different names, or names in different objects, are not duplicates.";
    for (id, members) in [
        ("other-case", r#""EXP":1,"Exp":2"#),
        ("other-object", r#""x":{"exp":1,"iss":2},"y":{"exp":1}"#),
        ("siblings", r#""x":[{"y":1},{"y":2}]"#),
        ("name-and-value", r#""x":"x","y":"x""#),
        ("normalization", "\"\u{e9}\":1,\"e\u{301}\":2"),
        ("parent-and-child", r#""x":{"x":{"x":1}}"#),
        ("trailing-space", r#""exp ":1," exp":2"#),
        ("trailing-nul", r#""exp\u0000":1"#),
        ("prefix", r#""ex":1,"expi":2"#),
        ("full-width", "\"\u{ff45}xp\":1"),
    ] {
        cases.push(
            case(format!("duplicate-not-claim-{id}"), format!("No duplicate: {id}"), why, &refs)
                .payload(payload_with(members))
                .valid(),
        );
    }
    for (id, members) in [
        ("in-two-objects", format!(r#""x":{{{many}}},"y":{{{many}}},"n1":1"#)),
        ("within-one-another", format!(r#"{many},"x":{{{many},"x":{{"x":1}}}}"#)),
    ] {
        let title = format!("No duplicate: many names {id}");
        cases.push(
            case(format!("duplicate-not-claim-many-{id}"), title, why, &refs)
                .payload(payload_with(&members))
                .valid(),
        );
    }
    for (id, members) in [
        ("other-case", r#""Alg":"none","ALG":"none""#),
        ("nested", r#""x":{"alg":"none","kid":"x"}"#),
        ("siblings", r#""x":[{"y":1},{"y":2}]"#),
    ] {
        cases.push(
            case(format!("duplicate-not-header-{id}"), format!("No duplicate: {id}"), why, &refs)
                .header(header_with(members))
                .valid(),
        );
    }
    for (id, text) in [
        (
            "two-keys",
            json!({ "keys": [keys::public("p256"), keys::public("p256-other")] }).to_string(),
        ),
        ("other-case", set.replacen("\"kty\"", "\"KTY\":\"RSA\",\"kty\"", 1)),
        ("nested", set.replacen("\"kty\"", "\"z\":{\"kty\":\"RSA\"},\"kty\"", 1)),
    ] {
        cases.push(
            case(format!("duplicate-not-jwks-{id}"), format!("No duplicate: {id}"), why, &refs)
                .jwks_text(text)
                .valid(),
        );
    }
    cases
}
