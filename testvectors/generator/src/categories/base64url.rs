//! The encoding of the segments: exactly one spelling for each token.

use serde_json::json;

use crate::case::{Case, PAYLOAD, case};
use crate::{keys, signing};

const HEADER: &str = r#"{"alg":"ES256","kid":"p256"}"#;

/// Every other way to spell a segment.
pub fn base64url() -> Vec<Case> {
    let mut cases = header_and_payload();
    cases.extend(signatures());
    cases.extend(right_spellings());
    cases
}

/// Signs the segments as spelled, so that only the spelling is wrong.
fn signed_as_spelled(header: &str, payload: &str) -> String {
    let input = format!("{header}.{payload}");
    let signature = signing::sign("p256", "ES256", input.as_bytes());
    format!("{input}.{}", keys::encode(signature))
}

/// A JSON object whose encoding ends with unused bits and contains '-' and '_'.
fn object_with_every_character(text: &str) -> String {
    let mut object = text.replacen('{', r#"{"x":"~~~>>>???~~?","#, 1);
    while object.len() % 3 == 0
        || !keys::encode(&object).contains('-')
        || !keys::encode(&object).contains('_')
    {
        object = object.replacen("\"x\":\"", "\"x\":\"?", 1);
    }
    object
}

fn padded(text: &str) -> String {
    format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4))
}

fn header_and_payload() -> Vec<Case> {
    let refs = ["RFC 7515 §2", "RFC 4648 §3.5", "RFC 4648 §5"];
    let why = "Another spelling of the same octets is another token; only one is valid.";
    type Spell = fn(&str) -> String;
    let spellings: [(&str, Spell); 12] = [
        ("padded", padded),
        ("one-padding-character", |text| format!("{text}=")),
        ("standard-alphabet", |text| text.replace('-', "+").replace('_', "/")),
        ("plus", |text| text.replace('-', "+")),
        ("slash", |text| text.replace('_', "/")),
        ("newline-inside", |text| format!("{}\n{}", &text[..8], &text[8..])),
        ("space-inside", |text| format!("{} {}", &text[..8], &text[8..])),
        ("space-after", |text| format!("{text} ")),
        ("character-too-many", |text| match text.len() % 4 {
            0 => format!("{text}A"),
            2 => format!("{text}AAA"),
            _ => format!("{text}AA"),
        }),
        ("unused-bits", keys::with_unused_bit),
        ("percent", |text| text.replace('-', "%2D")),
        ("tilde", |text| text.replace('_', "~")),
    ];
    let header = object_with_every_character(HEADER);
    let payload = object_with_every_character(PAYLOAD);
    let (header, payload) = (keys::encode(header), keys::encode(payload));
    let mut cases = Vec::new();
    for (id, spell) in spellings {
        for (place, token) in [
            ("header", signed_as_spelled(&spell(&header), &payload)),
            ("payload", signed_as_spelled(&header, &spell(&payload))),
        ] {
            cases.push(
                case(format!("base64url-{place}-{id}"), format!("The {place}: {id}"), why, &refs)
                    .token(token)
                    .error("malformed_token"),
            );
        }
    }
    cases.extend([
        case("base64url-payload-unused-bits-jws", "The payload of a plain JWS", why, &refs)
            .token(signed_as_spelled(&header, &keys::with_unused_bit(&payload)))
            .signature_only()
            .error("malformed_token"),
        case("base64url-payload-one-character", "A payload of one character", why, &refs)
            .token(signed_as_spelled(&header, "e"))
            .error("malformed_token"),
        case("base64url-header-one-character", "A header of one character", why, &refs)
            .token(signed_as_spelled("e", &payload))
            .error("malformed_token"),
    ]);
    cases
}

fn signatures() -> Vec<Case> {
    let refs = ["RFC 7515 §2", "RFC 4648 §3.5"];
    let cves = ["CVE-2022-25898"];
    let why = "If a signature had two spellings, a token could be changed without breaking it.";
    let mut cases = Vec::new();
    for (key, algorithm) in
        [("p256", "ES256"), ("ed25519", "EdDSA"), ("rsa", "RS256"), ("hmac-32", "HS256")]
    {
        let name = algorithm.to_lowercase();
        cases.push(
            case(
                format!("base64url-signature-unused-bits-{name}"),
                format!("Unused bits of an {algorithm} signature"),
                why,
                &refs,
            )
            .cves(&cves)
            .key(key, algorithm)
            .policy(json!({ "symmetric_keys": true }))
            .edit(|token| keys::with_unused_bit(&token))
            .error("malformed_token"),
        );
    }
    type Edit = fn(String) -> String;
    let edits: [(&str, Edit); 8] = [
        ("padded", |token| format!("{token}==")),
        ("one-padding-character", |token| format!("{token}=")),
        ("all-unused-bits", |token| (0..15).fold(token, |text, _| keys::with_unused_bit(&text))),
        ("character-too-many", |token| format!("{token}AAA")),
        ("newline-after", |token| format!("{token}\r\n")),
        ("newline-inside", |token| {
            format!("{}\n{}", &token[..token.len() - 9], &token[token.len() - 9..])
        }),
        ("plus", |token| format!("{}+", &token[..token.len() - 1])),
        ("slash", |token| format!("{}/", &token[..token.len() - 1])),
    ];
    for (id, edit) in edits {
        cases.push(
            case(format!("base64url-signature-{id}"), format!("The signature: {id}"), why, &refs)
                .cves(&cves)
                .edit(edit)
                .error("malformed_token"),
        );
    }
    let why = "No part of the payload is parsed before its signature has been verified.";
    cases.push(
        case(
            "base64url-payload-after-signature",
            "A payload of one character, unsigned",
            why,
            &refs,
        )
        .token(format!("{}.e.{}", keys::encode(HEADER), keys::encode([9; 64])))
        .error("invalid_signature"),
    );
    let why = "If both the signature's text and its key are wrong, the key is reported.";
    cases.push(
        case("base64url-signature-after-key", "Unused bits and an unknown key", why, &refs)
            .header(r#"{"alg":"ES256","kid":"gone"}"#)
            .edit(|token| keys::with_unused_bit(&token))
            .error("unknown_key"),
    );
    cases
}

fn right_spellings() -> Vec<Case> {
    let refs = ["RFC 7515 §2", "RFC 4648 §5"];
    let why = "For every number of octets there is one valid spelling.";
    let mut cases = Vec::new();
    for remainder in 0..3 {
        let mut header = HEADER.to_string();
        while header.len() % 3 != remainder {
            header.insert(header.len() - 1, ' ');
        }
        let mut payload = PAYLOAD.to_string();
        while payload.len() % 3 != remainder {
            payload.insert(payload.len() - 1, ' ');
        }
        cases.extend([
            case(
                format!("base64url-header-remainder-{remainder}"),
                format!("A header of 3n + {remainder} octets"),
                why,
                &refs,
            )
            .header(header)
            .valid(),
            case(
                format!("base64url-payload-remainder-{remainder}"),
                format!("A payload of 3n + {remainder} octets"),
                why,
                &refs,
            )
            .payload(payload)
            .valid(),
        ]);
    }
    for len in 1..=4 {
        cases.push(
            case(
                format!("base64url-payload-of-{len}"),
                format!("A payload of {len} octets with all bits set"),
                why,
                &refs,
            )
            .payload(vec![0xff; len])
            .signature_only()
            .valid(),
        );
    }
    for (key, algorithm) in [
        ("p384", "ES384"),
        ("ed25519", "EdDSA"),
        ("rsa", "RS256"),
        ("rsa-2049", "RS256"),
        ("rsa-3072", "PS384"),
        ("hmac-32", "HS256"),
        ("hmac-48", "HS384"),
        ("hmac-64", "HS512"),
    ] {
        cases.push(
            case(
                format!("base64url-signature-of-{key}"),
                format!("A signature of the length of {key}"),
                why,
                &refs,
            )
            .key(key, algorithm)
            .policy(json!({ "symmetric_keys": true }))
            .valid(),
        );
    }
    cases.extend([
        case("base64url-every-character", "Every character of the alphabet", why, &refs)
            .header(object_with_every_character(HEADER))
            .payload(object_with_every_character(PAYLOAD))
            .valid(),
        case("base64url-every-octet-twice", "Every octet in both orders", why, &refs)
            .payload((0..=255).chain((0..=255).rev()).collect::<Vec<u8>>())
            .signature_only()
            .valid(),
        case("base64url-every-octet", "Every octet in the payload", why, &refs)
            .payload((0..=255).collect::<Vec<u8>>())
            .signature_only()
            .valid(),
    ]);
    cases
}
