//! Limits of size and depth.

use serde_json::{Value, json};

use crate::case::{Case, PAYLOAD, case};
use crate::{keys, signing};

/// The default limits, and those of a policy.
pub fn limits() -> Vec<Case> {
    let mut cases = token_octets();
    cases.extend(key_set());
    cases.extend(depth());
    cases
}

/// A valid token of exactly this many octets.
fn token_of(octets: usize) -> String {
    for header_pad in 0..4 {
        let header = format!(r#"{{"alg":"ES256","kid":"p256"{}}}"#, " ".repeat(header_pad));
        let header = keys::encode(header);
        // The available length of the payload's text: all except the header, two dots and 86
        // characters.
        let room = octets - header.len() - 2 - 86;
        if room % 4 == 1 {
            continue;
        }
        let pad = room * 3 / 4 - PAYLOAD.len() - r#""x":"","#.len();
        let payload = PAYLOAD.replacen('{', &format!(r#"{{"x":"{}","#, "x".repeat(pad)), 1);
        let input = format!("{header}.{}", keys::encode(payload));
        let signature = signing::sign("p256", "ES256", input.as_bytes());
        let token = format!("{input}.{}", keys::encode(signature));
        assert_eq!(token.len(), octets);
        return token;
    }
    panic!("no token has {octets} octets")
}

fn token_octets() -> Vec<Case> {
    let refs = ["RFC 8259 §9", "RFC 7515 §5.2"];
    let why = "The size is checked first, so that huge tokens cost nothing.";
    let cves = ["CVE-2025-30204", "CVE-2025-22868", "CVE-2025-61920"];
    vec![
        case("limit-token-default", "A token of exactly 16384 octets", why, &refs)
            .token(token_of(16384))
            .valid(),
        case("limit-token-default-plus-one", "A token of 16385 octets", why, &refs)
            .token(token_of(16385))
            .error("token_too_large"),
        case("limit-token-set", "A token of exactly the maximum of the policy", why, &refs)
            .token(token_of(1000))
            .policy(json!({ "limits": { "token_octets": 1000 } }))
            .valid(),
        case("limit-token-set-plus-one", "A token of one octet more than the maximum", why, &refs)
            .token(token_of(1001))
            .policy(json!({ "limits": { "token_octets": 1000 } }))
            .error("token_too_large"),
        case(
            "limit-token-raised",
            "A token of 20000 octets where the maximum allows it",
            why,
            &refs,
        )
        .token(token_of(20000))
        .policy(json!({ "limits": { "token_octets": 20000 } }))
        .valid(),
        case(
            "limit-beyond-32-bits",
            "Maxima of 33 bits",
            "A maximum that no token reaches is none, also where sizes have 32 bits.",
            &refs,
        )
        .policy(json!({ "limits": {
            "token_octets": 4_294_967_296_u64,
            "jwks_octets": 4_294_967_296_u64,
            "jwks_keys": 4_294_967_296_u64,
        } }))
        .valid(),
        case("limit-token-of-letters", "A million letters", why, &refs)
            .cves(&cves)
            .repeat("", "A", 1_000_000, "")
            .error("token_too_large"),
        case("limit-token-of-dots", "A hundred thousand dots", why, &refs)
            .cves(&cves)
            .repeat("", ".", 100_000, "")
            .error("token_too_large"),
        case("limit-token-of-dots-that-fits", "Sixteen thousand dots", why, &refs)
            .cves(&cves)
            .repeat("", ".", 16_000, "")
            .error("malformed_token"),
        case("limit-token-of-spaces", "Spaces before a token", why, &refs)
            .repeat("", " ", 20_000, "e30.e30.")
            .error("token_too_large"),
        case("limit-token-of-foreign-octets", "Characters of two octets each", why, &refs)
            .repeat("", "\u{e9}", 8193, "")
            .error("token_too_large"),
        repeated("limit-token-repeated", 17_000 / 4).error("token_too_large"),
        repeated("limit-token-repeated-fitting", 8_000 / 4).valid(),
    ]
}

/// A valid token whose payload is mostly one repeated group of characters.
fn repeated(id: &str, times: usize) -> Case {
    let refs = ["RFC 8259 §9", "RFC 7515 §5.2"];
    let why = "Long payloads need nothing special, up to the limit.";
    let header = keys::encode(r#"{"alg":"ES256","kid":"p256"}"#);
    let mut start = PAYLOAD.strip_suffix('}').expect("an object").to_string();
    while (start.len() + r#","x":""#.len()) % 3 != 0 {
        start.push(' ');
    }
    start.push_str(r#","x":""#);
    let end = r#""}"#;
    let (start, unit, end) = (keys::encode(start), keys::encode("xxx"), keys::encode(end));
    let input = format!("{header}.{start}{}{end}", unit.repeat(times));
    let signature = keys::encode(signing::sign("p256", "ES256", input.as_bytes()));
    case(id, format!("A claim of {} letters", times * 3), why, &refs).repeat(
        &format!("{header}.{start}"),
        &unit,
        times,
        &format!("{end}.{signature}"),
    )
}

fn key_set() -> Vec<Case> {
    let refs = ["RFC 7517 §5"];
    let why = "A set beyond the limits is refused as a whole; within them everything is parsed.";
    let text = json!({ "keys": [keys::public("p256")] }).to_string();
    let padded = |octets: usize| format!("{text}{}", " ".repeat(octets - text.len()));
    let crowd = |others: usize| {
        let mut set = vec![json!({ "kty": "x" }); others];
        set.push(keys::public("p256"));
        set
    };
    let few = json!({ "limits": { "jwks_keys": 3 } });
    let small = json!({ "limits": { "jwks_octets": 1000 } });
    vec![
        case("limit-jwks-keys-default", "A set of exactly a hundred keys", why, &refs)
            .keys(crowd(99))
            .valid(),
        case("limit-jwks-keys-default-plus-one", "A set of a hundred and one keys", why, &refs)
            .keys(crowd(100))
            .error("jwks_too_large"),
        case("limit-jwks-keys-set", "A set of exactly the maximum number of keys", why, &refs)
            .keys(crowd(2))
            .policy(few.clone())
            .valid(),
        case("limit-jwks-keys-set-plus-one", "A set of one key more than the maximum", why, &refs)
            .keys(crowd(3))
            .policy(few.clone())
            .error("jwks_too_large"),
        case("limit-jwks-keys-not-objects", "Elements that are not keys count too", why, &refs)
            .keys([Value::Null, Value::Null, Value::Null, keys::public("p256")])
            .policy(few)
            .error("jwks_too_large"),
        case("limit-jwks-octets-set", "A set of exactly the maximum number of octets", why, &refs)
            .jwks_text(padded(1000))
            .policy(small.clone())
            .valid(),
        case("limit-jwks-octets-set-plus-one", "A set of one octet too many", why, &refs)
            .jwks_text(padded(1001))
            .policy(small.clone())
            .error("jwks_too_large"),
        case(
            "limit-jwks-octets-before-syntax",
            "A set that is both too large and malformed",
            why,
            &refs,
        )
        .jwks_text(" ".repeat(1001))
        .policy(small)
        .error("jwks_too_large"),
        case("limit-jwks-octets-default-plus-one", "A set of 262145 octets", why, &refs)
            .jwks_text(padded(262_145))
            .error("jwks_too_large"),
    ]
}

/// Nested arrays.
fn arrays(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

/// Nested objects.
fn objects(depth: usize) -> String {
    format!("{}1{}", "{\"x\":".repeat(depth), "}".repeat(depth))
}

fn depth() -> Vec<Case> {
    let refs = ["RFC 8259 §9"];
    let cves = ["CVE-2025-53864"];
    let why = "The outermost object is level 1; 32 levels are accepted and the 33rd is refused.";
    let payload = |value: &str| PAYLOAD.replacen('{', &format!("{{\"x\":{value},"), 1);
    let header = |value: &str| format!(r#"{{"alg":"ES256","kid":"p256","x":{value}}}"#);
    let set = |value: &str| {
        let text = json!({ "keys": [keys::public("p256")] }).to_string();
        text.replacen('{', &format!("{{\"x\":{value},"), 1)
    };
    let in_key = |value: &str| {
        let text = json!({ "keys": [keys::public("p256")] }).to_string();
        text.replacen("\"kty\"", &format!("\"z\":{value},\"kty\""), 1)
    };
    let title = |what: &str, levels: usize| format!("{what}: {levels} levels");
    let mut cases = Vec::new();
    for (id, nest) in [("arrays", arrays as fn(usize) -> String), ("objects", objects)] {
        cases.extend([
            case(format!("limit-depth-payload-{id}"), title("Payload", 32), why, &refs)
                .payload(payload(&nest(31)))
                .valid(),
            case(format!("limit-depth-payload-{id}-plus-one"), title("Payload", 33), why, &refs)
                .payload(payload(&nest(32)))
                .error("malformed_claims"),
            case(format!("limit-depth-header-{id}"), title("Header", 32), why, &refs)
                .header(header(&nest(31)))
                .valid(),
            case(format!("limit-depth-header-{id}-plus-one"), title("Header", 33), why, &refs)
                .header(header(&nest(32)))
                .error("malformed_header"),
        ]);
    }
    cases.extend([
        case("limit-depth-jwks", title("Set", 32), why, &refs).jwks_text(set(&arrays(31))).valid(),
        case("limit-depth-jwks-plus-one", title("Set", 33), why, &refs)
            .jwks_text(set(&arrays(32)))
            .error("malformed_jwks"),
        case("limit-depth-jwk", title("Key in a set", 32), why, &refs)
            .jwks_text(in_key(&arrays(29)))
            .valid(),
        case("limit-depth-jwk-plus-one", title("Key in a set", 33), why, &refs)
            .jwks_text(in_key(&arrays(30)))
            .error("malformed_jwks"),
        case("limit-depth-payload-bomb", title("Payload", 4000), why, &refs)
            .cves(&cves)
            .payload(payload(&arrays(4000)))
            .error("malformed_claims"),
        case("limit-depth-payload-open-bomb", "Payload: 11000 unclosed arrays", why, &refs)
            .cves(&cves)
            .payload("[".repeat(11_000))
            .error("malformed_claims"),
        case("limit-depth-header-bomb", title("Header", 4000), why, &refs)
            .cves(&cves)
            .header(header(&arrays(4000)))
            .error("malformed_header"),
        case("limit-depth-header-open-bomb", "Header: unclosed objects", why, &refs)
            .cves(&cves)
            .header("{\"x\":".repeat(2000))
            .error("malformed_header"),
        case("limit-depth-jwks-bomb", title("Set", 20_000), why, &refs)
            .cves(&cves)
            .jwks_text(set(&arrays(20_000)))
            .error("malformed_jwks"),
        case("limit-depth-before-signature", "A deep payload with a bad signature", why, &refs)
            .cves(&cves)
            .payload(payload(&arrays(4000)))
            .signature(vec![1; 64])
            .error("invalid_signature"),
    ]);
    cases
}
