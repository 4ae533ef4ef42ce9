//! Which key of a set verifies a token, and when none does.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::keys;

const FIVE: [&str; 5] = ["p256", "p256-other", "p256-third", "p256-fourth", "p256-fifth"];

/// Selecting among several keys.
pub fn key_selection() -> Vec<Case> {
    let mut cases = without_kid();
    cases.extend(with_kid());
    cases.extend(same_kid_twice());
    cases.extend(same_kid_other_type());
    cases
}

fn publish<const N: usize>(names: [&str; N]) -> Vec<Value> {
    names.map(keys::public).into()
}

fn without_kid() -> Vec<Case> {
    let refs = ["RFC 7515 §4.1.4", "RFC 7515 §6"];
    let header = r#"{"alg":"ES256"}"#;
    let many = "Without a kid every matching key is tried, but no more than four.";
    let none = "Without a kid only keys for the token's algorithm are tried.";
    vec![
        case("selection-no-kid-one-key", "No kid and one key", many, &refs).header(header).valid(),
        case("selection-no-kid-nameless-key", "No kid on either side", many, &refs)
            .header(header)
            .keys([keys::nameless("p256")])
            .valid(),
        case("selection-no-kid-last-of-four", "The fourth of four matching keys", many, &refs)
            .key("p256-fourth", "ES256")
            .header(header)
            .keys(publish(["p256", "p256-other", "p256-third", "p256-fourth"]))
            .valid(),
        case(
            "selection-no-kid-others-do-not-count",
            "Keys of other types do not count",
            many,
            &refs,
        )
        .header(header)
        .keys(publish(["rsa", "ed25519", "p384", "rsa-other", "ed25519-other", "p256"]))
        .valid(),
        case("selection-no-kid-skipped-do-not-count", "Unusable keys do not count", many, &refs)
            .header(header)
            .keys([
                keys::public_with("p256-other", json!({ "use": "enc" })),
                keys::public("p256-third"),
                keys::public("p256-fourth"),
                keys::public("p256-fifth"),
                keys::public("p256"),
            ])
            .skipped(&[(0, "not_for_signatures")])
            .valid(),
        case(
            "selection-no-kid-named-and-nameless",
            "Keys with and without a kid are tried",
            many,
            &refs,
        )
        .header(header)
        .keys([keys::nameless("p256-other"), keys::public("p256")])
        .valid(),
        case("selection-no-kid-five", "Five matching keys and no kid", many, &refs)
            .header(header)
            .keys(publish(FIVE))
            .error("ambiguous_key"),
        case(
            "selection-no-kid-five-first",
            "Five matching keys, of which the first signed",
            many,
            &refs,
        )
        .header(header)
        .keys(FIVE.map(keys::nameless))
        .error("ambiguous_key"),
        case(
            "selection-no-kid-four-wrong",
            "Four matching keys, of which none signed",
            many,
            &refs,
        )
        .key("p256-fifth", "ES256")
        .header(header)
        .keys(publish(["p256", "p256-other", "p256-third", "p256-fourth"]))
        .error("invalid_signature"),
        case("selection-no-kid-none-fits", "Only keys of other types", none, &refs)
            .header(header)
            .keys(publish(["rsa", "ed25519", "p384"]))
            .error("unknown_key"),
        case(
            "selection-no-kid-pinned-away",
            "The only key is pinned to another algorithm",
            none,
            &refs,
        )
        .key("rsa", "RS256")
        .header(r#"{"alg":"RS256"}"#)
        .keys([keys::public_with("rsa", json!({ "alg": "PS256" }))])
        .error("unknown_key"),
        case("selection-no-kid-empty-set", "No kid and an empty set", none, &refs)
            .header(header)
            .keys([])
            .error("unknown_key"),
        case("selection-no-kid-all-skipped", "No kid and only unusable keys", none, &refs)
            .header(header)
            .keys([keys::public_with("p256", json!({ "use": "enc" }))])
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
    ]
}

fn with_kid() -> Vec<Case> {
    let refs = ["RFC 7515 §4.1.4", "RFC 8725 §3.8"];
    let why = "A kid selects the keys that may be tried; there is no fallback to others.";
    vec![
        case("selection-kid-among-three", "The kid selects the second of three", why, &refs)
            .key("p256-other", "ES256")
            .keys(publish(["p256", "p256-other", "p256-third"]))
            .valid(),
        case("selection-kid-after-strangers", "The selected key is the last of six", why, &refs)
            .key("rsa-other", "PS256")
            .keys(publish(["p256", "ed25519", "rsa", "p384", "p256-third", "rsa-other"]))
            .valid(),
        case("selection-kid-among-five", "Five matching keys and a kid", why, &refs)
            .keys(publish(FIVE))
            .valid(),
        case(
            "selection-kid-of-another-key",
            "The kid of another key than the signer's",
            why,
            &refs,
        )
        .header(r#"{"alg":"ES256","kid":"p256-other"}"#)
        .keys(publish(["p256", "p256-other"]))
        .error("invalid_signature"),
        case(
            "selection-kid-unknown",
            "The kid is unknown, but the set has the signing key",
            why,
            &refs,
        )
        .header(r#"{"alg":"ES256","kid":"gone"}"#)
        .error("unknown_key"),
        case("selection-kid-of-nameless-key", "The signing key has no kid", why, &refs)
            .keys([keys::nameless("p256")])
            .error("unknown_key"),
        case("selection-kid-of-skipped-key", "The selected key is unusable", why, &refs)
            .keys([
                keys::public_with("p256", json!({ "use": "enc" })),
                keys::public_with("p256", json!({ "kid": "twin" })),
            ])
            .skipped(&[(0, "not_for_signatures")])
            .error("unknown_key"),
        case("selection-kid-empty-set", "A kid and an empty set", why, &refs)
            .keys([])
            .error("unknown_key"),
        case("selection-kid-no-keys", "Keys are unavailable", why, &refs)
            .jwks(Value::Null)
            .error("keys_unavailable"),
        case("selection-no-keys-no-kid", "Keys are unavailable, and no kid", why, &refs)
            .header(r#"{"alg":"ES256"}"#)
            .jwks(Value::Null)
            .error("keys_unavailable"),
        case(
            "selection-no-keys-after-algorithm",
            "Keys are unavailable, but alg is refused first",
            why,
            &refs,
        )
        .header(r#"{"alg":"none"}"#)
        .jwks(Value::Null)
        .error("algorithm_not_allowed"),
        case(
            "selection-no-keys-after-header",
            "Keys are unavailable, but the header is malformed",
            why,
            &refs,
        )
        .header(r#"{"alg":"ES256""#)
        .jwks(Value::Null)
        .error("malformed_header"),
    ]
}

fn same_kid_twice() -> Vec<Case> {
    let refs = ["RFC 7517 §4.5", "RFC 7515 §4.1.4"];
    let why = "Two keys with one kid and one algorithm are ambiguous.";
    let told_apart = "kid, kty, crv and alg together identify a key; the token's alg selects it.";
    let one = "A key is its numbers; the same numbers again are the same key.";
    let pinned = |key, alg| keys::public_with(key, json!({ "kid": "twice", "alg": alg }));
    let twice = || [keys::renamed("p256", "twice"), keys::renamed("p256-other", "twice")];
    let header = r#"{"alg":"ES256","kid":"twice"}"#;
    let duplicates = [(0, "duplicate_kid"), (1, "duplicate_kid")];
    vec![
        case("selection-twice-first", "Signed by the first of two keys with one kid", why, &refs)
            .header(header)
            .keys(twice())
            .skipped(&duplicates)
            .error("ambiguous_key"),
        case("selection-twice-second", "Signed by the second of two keys with one kid", why, &refs)
            .key("p256-other", "ES256")
            .header(header)
            .keys(twice())
            .skipped(&duplicates)
            .error("ambiguous_key"),
        case("selection-twice-the-same", "The same key twice", one, &refs)
            .keys(publish(["p256", "p256"]))
            .skipped(&[])
            .valid(),
        case("selection-twice-other-curve", "One kid on two curves", told_apart, &refs)
            .header(header)
            .keys([keys::renamed("p256", "twice"), keys::renamed("p384", "twice")])
            .skipped(&[])
            .valid(),
        case(
            "selection-twice-second-curve",
            "One kid on two curves, signed by the second",
            told_apart,
            &refs,
        )
        .key("p384", "ES384")
        .header(r#"{"alg":"ES384","kid":"twice"}"#)
        .keys([keys::renamed("p256", "twice"), keys::renamed("p384", "twice")])
        .skipped(&[])
        .valid(),
        case("selection-twice-other-alg", "An algorithm of neither curve", told_apart, &refs)
            .header(r#"{"alg":"RS256","kid":"twice"}"#)
            .keys([keys::renamed("p256", "twice"), keys::renamed("p384", "twice")])
            .error("algorithm_mismatch"),
        case("selection-twice-same-numbers", "One key for two algorithms", one, &refs)
            .key("rsa", "RS512")
            .header(r#"{"alg":"RS512","kid":"twice"}"#)
            .keys([pinned("rsa", "RS256"), pinned("rsa", "RS512")])
            .skipped(&[])
            .valid(),
        case("selection-twice-same-wider", "One key for one algorithm and for all", one, &refs)
            .key("rsa", "PS384")
            .header(r#"{"alg":"PS384","kid":"twice"}"#)
            .keys([pinned("rsa", "RS256"), keys::renamed("rsa", "twice")])
            .skipped(&[])
            .valid(),
        case(
            "selection-twice-same-third",
            "One key twice, and an algorithm of neither",
            one,
            &refs,
        )
        .key("rsa", "RS384")
        .header(r#"{"alg":"RS384","kid":"twice"}"#)
        .keys([pinned("rsa", "RS256"), pinned("rsa", "RS512")])
        .error("algorithm_mismatch"),
        case(
            "selection-twice-overlap-outside",
            "Two keys that share another algorithm",
            told_apart,
            &refs,
        )
        .key("rsa", "RS256")
        .header(r#"{"alg":"RS256","kid":"twice"}"#)
        .keys([keys::renamed("rsa", "twice"), pinned("rsa-other", "PS256")])
        .skipped(&[(1, "duplicate_kid")])
        .valid(),
        case("selection-twice-overlap-inside", "Two keys that share the algorithm", why, &refs)
            .key("rsa-other", "PS256")
            .header(r#"{"alg":"PS256","kid":"twice"}"#)
            .keys([keys::renamed("rsa", "twice"), pinned("rsa-other", "PS256")])
            .skipped(&[(1, "duplicate_kid")])
            .error("ambiguous_key"),
        case(
            "selection-twice-same-between-two",
            "The same key twice, and another in between",
            why,
            &refs,
        )
        .header(header)
        .keys([
            keys::renamed("p256", "twice"),
            keys::renamed("p256-other", "twice"),
            keys::renamed("p256", "twice"),
        ])
        .skipped(&[(0, "duplicate_kid"), (1, "duplicate_kid"), (2, "duplicate_kid")])
        .error("ambiguous_key"),
        case("selection-five-same-no-kid", "One key without kid five times", one, &refs)
            .header(r#"{"alg":"ES256"}"#)
            .keys([(); 5].map(|()| keys::nameless("p256")))
            .skipped(&[])
            .valid(),
        case("selection-twice-one-weak", "One of the two is too weak to use", why, &refs)
            .key("rsa", "RS256")
            .header(r#"{"alg":"RS256","kid":"twice"}"#)
            .keys([keys::renamed("rsa", "twice"), keys::renamed("rsa-1024", "twice")])
            .skipped(&[(0, "duplicate_kid"), (1, "weak_key")])
            .error("ambiguous_key"),
        case(
            "selection-twice-one-pinned",
            "The two are pinned to different algorithms",
            told_apart,
            &refs,
        )
        .key("rsa", "RS256")
        .header(r#"{"alg":"RS256","kid":"twice"}"#)
        .keys([
            keys::public_with("rsa", json!({ "kid": "twice", "alg": "RS256" })),
            keys::public_with("rsa-other", json!({ "kid": "twice", "alg": "PS256" })),
        ])
        .skipped(&[])
        .valid(),
        case("selection-twice-empty-kid", "Two keys with an empty kid", why, &refs)
            .header(r#"{"alg":"ES256","kid":""}"#)
            .keys([keys::renamed("p256", ""), keys::renamed("p256-other", "")])
            .skipped(&duplicates)
            .error("ambiguous_key"),
        case("selection-twice-escaped", "One kid in two spellings", why, &refs)
            .header(header)
            .jwks_text(json!({ "keys": twice() }).to_string().replacen(
                "\"twice\"",
                r#""t\u0077ice""#,
                1,
            ))
            .skipped(&duplicates)
            .error("ambiguous_key"),
        case(
            "selection-twice-one-unsupported",
            "One of the two is on an unsupported curve",
            told_apart,
            &refs,
        )
        .header(header)
        .keys([keys::renamed("p256", "twice"), keys::renamed("secp256k1", "twice")])
        .skipped(&[(1, "unsupported_curve")])
        .valid(),
        case("selection-twice-one-private", "One of the two is a private key", why, &refs)
            .header(header)
            .keys([
                keys::renamed("p256", "twice"),
                keys::public_with("p256", json!({ "kid": "twice", "d": "AAAA" })),
            ])
            .skipped(&[(0, "duplicate_kid"), (1, "private_key_material")])
            .error("ambiguous_key"),
        case(
            "selection-twice-no-kid-in-token",
            "A token without kid does not try them",
            why,
            &refs,
        )
        .header(r#"{"alg":"ES256"}"#)
        .keys(twice())
        .skipped(&duplicates)
        .error("unknown_key"),
        case("selection-twice-next-to-good", "Another key in the set is still usable", why, &refs)
            .key("p256-third", "ES256")
            .keys([twice().to_vec(), vec![keys::public("p256-third")]].concat())
            .skipped(&duplicates)
            .valid(),
        case(
            "selection-twice-next-to-good-no-kid",
            "Another key in the set is still usable without a kid",
            why,
            &refs,
        )
        .key("p256-third", "ES256")
        .header(r#"{"alg":"ES256"}"#)
        .keys([twice().to_vec(), vec![keys::public("p256-third")]].concat())
        .skipped(&duplicates)
        .valid(),
        case("selection-twice-nameless", "Two keys without any kid", why, &refs)
            .header(r#"{"alg":"ES256"}"#)
            .keys([keys::nameless("p256-other"), keys::nameless("p256")])
            .skipped(&[])
            .valid(),
        case("selection-twice-one-encrypts", "The other one is for encryption", why, &refs)
            .header(header)
            .keys([
                keys::renamed("p256", "twice"),
                keys::public_with("p256-other", json!({ "kid": "twice", "use": "enc" })),
            ])
            .skipped(&[(1, "not_for_signatures")])
            .valid(),
        case("selection-twice-one-agrees-keys", "The other one is for key agreement", why, &refs)
            .key("ed25519", "EdDSA")
            .header(r#"{"alg":"EdDSA","kid":"twice"}"#)
            .keys([keys::renamed("x25519", "twice"), keys::renamed("ed25519", "twice")])
            .skipped(&[(0, "unsupported_curve")])
            .valid(),
    ]
}

fn same_kid_other_type() -> Vec<Case> {
    let refs = ["RFC 7517 §4.5"];
    let why = "RFC 7517 allows keys of different types to share a kid as alternatives.";
    let shared = || ["p256", "rsa", "ed25519"].map(|name| keys::renamed(name, "shared"));
    let mut cases: Vec<Case> = [("p256", "ES256"), ("rsa", "PS256"), ("ed25519", "EdDSA")]
        .into_iter()
        .map(|(key, algorithm)| {
            let id = format!("selection-shared-{}", algorithm.to_lowercase());
            case(id, format!("Three types share a kid, {algorithm} is used"), why, &refs)
                .key(key, algorithm)
                .header(json!({ "alg": algorithm, "kid": "shared" }).to_string())
                .keys(shared())
                .valid()
        })
        .collect();
    cases.extend([
        case(
            "selection-same-kid-for-encryption",
            "A key whose alg is for encryption has the same kid",
            "A key with an encryption alg is not a signing key, so the kid is unambiguous.",
            &["RFC 7517 §4.4", "RFC 7517 §4.5"],
        )
        .key("rsa", "RS256")
        .keys([
            keys::public_with("rsa-other", json!({ "kid": "rsa", "alg": "RSA-OAEP-256" })),
            keys::public("rsa"),
        ])
        .skipped(&[(0, "unsupported_algorithm")])
        .valid(),
        case("selection-shared-none-fits", "Two types share a kid and neither matches", why, &refs)
            .header(r#"{"alg":"ES256","kid":"shared"}"#)
            .keys([keys::renamed("rsa", "shared"), keys::renamed("ed25519", "shared")])
            .error("algorithm_mismatch"),
        case("selection-shared-other-weak", "The other one is too weak to use", why, &refs)
            .header(r#"{"alg":"ES256","kid":"shared"}"#)
            .keys([keys::renamed("rsa-1024", "shared"), keys::renamed("p256", "shared")])
            .skipped(&[(0, "weak_key")])
            .valid(),
        case("selection-shared-fitting-weak", "The matching one is too weak to use", why, &refs)
            .key("rsa-1024", "RS256")
            .header(r#"{"alg":"RS256","kid":"shared"}"#)
            .keys([keys::renamed("rsa-1024", "shared"), keys::renamed("p256", "shared")])
            .skipped(&[(0, "weak_key")])
            .error("algorithm_mismatch"),
        case("selection-shared-wrong-one", "The matching one did not sign", why, &refs)
            .key("p256", "ES256")
            .header(r#"{"alg":"ES256","kid":"shared"}"#)
            .keys([keys::renamed("p256-other", "shared"), keys::renamed("rsa", "shared")])
            .error("invalid_signature"),
    ]);
    cases
}
