//! Key sets as serializers and certificate authorities write them, and what only a waiver accepts.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::keys;

/// Sets that other libraries refuse, and sets that are accepted on request.
pub fn reading() -> Vec<Case> {
    let mut cases = unset_members();
    cases.extend(single_keys());
    cases.extend(certificates());
    cases.extend(waivers_of_sets());
    cases.extend(waivers_of_claims());
    cases.extend(limits_of_headers());
    cases
}

/// The key with members of any value, including null.
fn written(name: &str, members: &str) -> String {
    let key = keys::public(name).to_string();
    format!(r#"{{"keys":[{{{members},{}]}}"#, &key[1..])
}

fn unset_members() -> Vec<Case> {
    let refs = ["RFC 7517 §4", "RFC 7518 §6.3.2.7"];
    let why = "A member that is null or an empty list counts as missing.";
    let mut cases: Vec<Case> = [
        ("jwk-private-rsa-oth", "rsa", r#""oth":[]"#),
        ("reading-unset-key-ops", "rsa", r#""use":"sig","key_ops":[]"#),
        ("jwk-ops-none", "p256", r#""key_ops":[]"#),
        (
            "reading-unset-null-private",
            "rsa",
            r#""d":null,"p":null,"q":null,"dp":null,"dq":null,"qi":null,"oth":null"#,
        ),
        ("reading-unset-null-private-ec", "p256", r#""d":null"#),
        ("reading-unset-null-purpose", "p256", r#""use":null,"key_ops":null,"alg":null"#),
        (
            "reading-unset-null-others",
            "rsa",
            r#""crv":null,"x":null,"y":null,"k":null,"x5c":null,"x5t":null"#,
        ),
    ]
    .into_iter()
    .map(|(id, key, members)| {
        let algorithm = if key == "rsa" { "RS256" } else { "ES256" };
        case(id, format!("Members without value: {members}"), why, &refs)
            .key(key, algorithm)
            .jwks_text(written(key, members))
            .skipped(&[])
            .valid()
    })
    .collect();
    let nameless = || written("p256", r#""kid":null"#).replace(r#","kid":"p256""#, "");
    cases.extend([
        case("reading-null-kid", "The key's kid is null, the token has none", why, &refs)
            .header(r#"{"alg":"ES256"}"#)
            .jwks_text(nameless())
            .skipped(&[])
            .valid(),
        case("reading-null-kid-named", "The key's kid is null, the token has one", why, &refs)
            .jwks_text(nameless())
            .skipped(&[])
            .error("unknown_key"),
        case("reading-null-number", "A number of the key is null", why, &refs)
            .jwks_text(written("p256", r#""x":null"#).replacen(r#""x":""#, r#""z":""#, 1))
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
        case("reading-private-empty", "A private member is an empty string", why, &refs)
            .keys([keys::public_with("p256", json!({ "d": "" }))])
            .skipped(&[(0, "private_key_material")])
            .error("unknown_key"),
    ]);
    cases
}

fn single_keys() -> Vec<Case> {
    let refs = ["RFC 7517 §4", "RFC 7517 §5"];
    let why = "A single JWK is parsed only if the caller says that it is one.";
    let key = keys::public("p256").to_string();
    vec![
        case("reading-single", "A single JWK", why, &refs)
            .jwks_text(key.clone())
            .jwks_options(&["single_key"])
            .skipped(&[])
            .valid(),
        case("reading-single-as-set", "A single JWK where a set is expected", why, &refs)
            .jwks_text(key.clone())
            .error("malformed_jwks"),
        case("reading-single-unusable", "A single JWK for encryption", why, &refs)
            .jwks_text(keys::public_with("p256", json!({ "use": "enc" })).to_string())
            .jwks_options(&["single_key"])
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
        case("reading-set-as-single", "A set where a single JWK is expected", why, &refs)
            .jwks_text(format!(r#"{{"keys":[{key}]}}"#))
            .jwks_options(&["single_key"])
            .error("malformed_jwks"),
        case("reading-single-array", "An array where a single JWK is expected", why, &refs)
            .jwks_text(format!("[{key}]"))
            .jwks_options(&["single_key"])
            .error("malformed_jwks"),
    ]
}

fn certificates() -> Vec<Case> {
    let refs = ["RFC 7515 §4.1.7", "RFC 7517 §4.8"];
    let why = "Without a kid the certificate's thumbprint selects a key of the set.";
    let names = ["p256-other", "p256-third", "p256-fourth", "p256-fifth", "rsa", "p256"];
    let six = |member: &str| {
        names.map(|name| keys::public_with(name, json!({ member: format!("cert-{name}") })))
    };
    let header = |members: Value| {
        let mut header = json!({ "alg": "ES256" });
        let all = header.as_object_mut().expect("an object");
        all.extend(members.as_object().expect("an object").clone());
        header.to_string()
    };
    vec![
        case("reading-x5t", "x5t matches one of five possible keys", why, &refs)
            .header(header(json!({ "x5t": "cert-p256" })))
            .keys(six("x5t"))
            .valid(),
        case("reading-x5t-s256", "x5t#S256 matches one of five possible keys", why, &refs)
            .header(header(json!({ "x5t#S256": "cert-p256" })))
            .keys(six("x5t#S256"))
            .valid(),
        case("reading-x5t-of-another", "x5t matches another key than the signer's", why, &refs)
            .header(header(json!({ "x5t": "cert-p256-third" })))
            .keys(six("x5t"))
            .error("invalid_signature"),
        case("reading-x5t-unknown", "x5t matches none of five possible keys", why, &refs)
            .header(header(json!({ "x5t": "cert-gone" })))
            .keys(six("x5t"))
            .error("ambiguous_key"),
        case("reading-x5t-of-other-type", "x5t matches a key of another type", why, &refs)
            .header(header(json!({ "x5t": "cert-rsa" })))
            .keys(six("x5t"))
            .error("ambiguous_key"),
        case("reading-x5t-number", "x5t is not a string and matches nothing", why, &refs)
            .header(header(json!({ "x5t": 5 })))
            .keys(six("x5t"))
            .error("ambiguous_key"),
        case("reading-x5t-contradicted", "x5t and x5t#S256 match two keys", why, &refs)
            .header(header(json!({ "x5t": "cert-p256", "x5t#S256": "other" })))
            .keys(names.map(|name| {
                let thumbprint = format!("cert-{name}");
                keys::public_with(name, json!({ "x5t": thumbprint, "x5t#S256": thumbprint }))
            }))
            .error("ambiguous_key"),
        case("reading-x5t-beside-kid", "A kid takes precedence over an x5t", why, &refs)
            .header(header(json!({ "kid": "p256", "x5t": "cert-p256-third" })))
            .keys(six("x5t"))
            .valid(),
        case(
            "reading-x5t-beside-unknown-kid",
            "An x5t does not help with an unknown kid",
            why,
            &refs,
        )
        .header(header(json!({ "kid": "gone", "x5t": "cert-p256" })))
        .keys(six("x5t"))
        .error("unknown_key"),
    ]
}

fn waivers_of_sets() -> Vec<Case> {
    let standard = |text: &str| text.replace('-', "+").replace('_', "/");
    let text = |key: &str, member: &str| -> String {
        keys::private(key)[member].as_str().expect("a text").into()
    };
    let n = text("rsa", "n");
    let refs = ["RFC 7515 §2", "RFC 7518 §2"];
    let why = "Padding and the other alphabet violate RFC 7515; only a waiver accepts them.";
    let mut cases = Vec::new();
    for (id, n) in [
        ("padded", format!("{n}==")),
        ("standard", standard(&n)),
        ("padded-standard", format!("{}==", standard(&n))),
    ] {
        let base = |id: String, title: String| {
            case(id, title, why, &refs)
                .key("rsa", "RS256")
                .keys([keys::public_with("rsa", json!({ "n": n }))])
        };
        cases.extend([
            base(format!("reading-base64-{id}"), format!("A modulus, {id}, with the waiver"))
                .jwks_options(&["padded_base64"])
                .skipped(&[])
                .valid(),
            base(format!("reading-base64-{id}-default"), format!("A modulus, {id}"))
                .skipped(&[(0, "malformed_key")])
                .error("unknown_key"),
        ]);
    }
    for (id, n) in
        [("one", format!("{n}=")), ("three", format!("{n}===")), ("space", format!("{n} "))]
    {
        cases.push(
            case(format!("reading-base64-wrong-{id}"), format!("Ill padded: {id}"), why, &refs)
                .key("rsa", "RS256")
                .keys([keys::public_with("rsa", json!({ "n": n }))])
                .jwks_options(&["padded_base64"])
                .skipped(&[(0, "malformed_key")])
                .error("unknown_key"),
        );
    }
    let refs = ["RFC 7518 §6.2.1.2"];
    let why = "A coordinate has the curve's length; only a waiver accepts a shorter one.";
    let short = keys::encode(&keys::octets("p256-short-x", "x")[1..]);
    let base = |id: &str, title: &str| {
        case(format!("reading-coordinate-{id}"), title, why, &refs)
            .key("p256-short-x", "ES256")
            .keys([keys::public_with("p256-short-x", json!({ "x": short }))])
    };
    cases.extend([
        base("short", "x lacks its zero octet, with the waiver")
            .jwks_options(&["short_coordinates"])
            .skipped(&[])
            .valid(),
        base("short-default", "x lacks its zero octet")
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
        base("short-other-waiver", "x lacks its zero octet, with another waiver")
            .jwks_options(&["padded_base64"])
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
        case("reading-coordinate-long", "x has an octet too many, with the waiver", why, &refs)
            .keys([keys::public_with(
                "p256",
                json!({ "x": keys::encode([vec![0], keys::octets("p256", "x")].concat()) }),
            )])
            .jwks_options(&["short_coordinates"])
            .skipped(&[(0, "malformed_key")])
            .error("unknown_key"),
    ]);
    cases
}

fn waivers_of_claims() -> Vec<Case> {
    let mut cases = Vec::new();
    let refs = ["RFC 7519 §4.1.2"];
    let why = "A sub is a string; only a waiver accepts a whole number.";
    for (id, sub, good) in [
        ("number", "42", true),
        ("zero", "0", true),
        ("large", "123456789012345678901234567890", true),
        ("negative", "-1", false),
        ("fraction", "1.0", false),
        ("exponent", "1e3", false),
        ("null", "null", false),
        ("object", "{}", false),
    ] {
        let payload = crate::case::PAYLOAD.replace("\"alice\"", sub);
        let waived = case(format!("reading-subject-{id}"), format!("sub is {sub}"), why, &refs)
            .payload(payload.clone())
            .policy(json!({ "numeric_subject": true }));
        cases.push(if good { waived.valid() } else { waived.claim_error("invalid_claim", "sub") });
        cases.push(
            case(format!("reading-subject-{id}-default"), format!("sub is {sub}"), why, &refs)
                .payload(payload)
                .claim_error("invalid_claim", "sub"),
        );
    }
    cases.push(
        case("reading-subject-text", "sub is a string, with the waiver", why, &refs)
            .policy(json!({ "numeric_subject": true }))
            .valid(),
    );
    let refs = ["RFC 7519 §4.1.6"];
    let why = "RFC 7519 does not require a check of iat, so a waiver can skip it.";
    let ahead = json!({ "iat": 1_700_003_000_u64 });
    cases.extend([
        case("reading-future-iat", "iat is in the future, with the waiver", why, &refs)
            .claims(ahead.clone())
            .policy(json!({ "future_issued_at": true }))
            .valid(),
        case("reading-future-iat-default", "iat is in the future", why, &refs)
            .claims(ahead.clone())
            .claim_error("issued_in_future", "iat"),
        case("reading-future-iat-of-type", "iat is text, with the waiver", why, &refs)
            .claims(json!({ "iat": "1700003000" }))
            .policy(json!({ "future_issued_at": true }))
            .claim_error("invalid_claim", "iat"),
        case("reading-future-nbf", "The waiver does not apply to nbf", why, &refs)
            .claims(json!({ "nbf": 1_700_003_000_u64 }))
            .policy(json!({ "future_issued_at": true }))
            .claim_error("not_yet_valid", "nbf"),
    ]);
    cases
}

fn limits_of_headers() -> Vec<Case> {
    let refs = ["RFC 7515 §4"];
    let why = "A header is parsed before anything is verified, so it has its own limits.";
    let filled = |octets: usize| {
        let start = r#"{"alg":"ES256","kid":"p256","x5c":[""#;
        format!("{start}{}\"]}}", "A".repeat(octets - start.len() - 3))
    };
    let names = |count: usize| {
        let more = (0..count - 3).map(|index| format!("\"n{index}\":0")).collect::<Vec<_>>();
        format!(r#"{{"alg":"ES256","kid":"p256","x":{{{}}}}}"#, more.join(","))
    };
    vec![
        case("reading-header-8192", "A header of 8192 octets", why, &refs)
            .header(filled(8192))
            .valid(),
        case("reading-header-8193", "A header of 8193 octets", why, &refs)
            .header(filled(8193))
            .error("malformed_header"),
        case("reading-header-64-names", "A header of 64 members", why, &refs)
            .header(names(64))
            .valid(),
        case("reading-header-65-names", "A header of 65 members", why, &refs)
            .header(names(65))
            .error("malformed_header"),
    ]
}
