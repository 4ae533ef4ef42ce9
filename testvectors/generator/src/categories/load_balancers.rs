//! The tokens of AWS load balancers.

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use serde_json::{Map, Value, json};

use crate::case::{Case, ISSUER, case};
use crate::keys;
use crate::signing;

/// What a load balancer says of a user, and the documents that say whom to believe.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = load_balancers();
    cases.extend(invalid_documents());
    cases
}

fn header(changes: Value) -> String {
    let mut header = Map::new();
    for (name, value) in [
        ("typ", json!("JWT")),
        ("kid", json!(KID)),
        ("alg", json!("ES256")),
        ("iss", json!(ISSUER)),
        ("client", json!("client-id")),
        ("signer", json!(ARN)),
        ("exp", json!(1_700_000_120)),
    ] {
        header.insert(name.into(), value);
    }
    for (name, value) in changes.as_object().expect("changes are an object") {
        if value.is_null() {
            header.shift_remove(name);
        } else {
            header.insert(name.clone(), value.clone());
        }
    }
    Value::Object(header).to_string()
}

/// The user's claims. Their length is no multiple of three, so that the segment is padded.
fn user(changes: Value) -> String {
    let mut claims =
        json!({ "sub": "alice", "email": "alice@example", "exp": 1_700_000_120, "iss": ISSUER });
    for (name, value) in changes.as_object().expect("changes are an object") {
        claims[name] = value.clone();
    }
    claims.to_string()
}

pub(super) fn padded(header: &str, payload: &str, key: &str) -> String {
    let input = format!("{}.{}", URL_SAFE.encode(header), URL_SAFE.encode(payload));
    let signature = signing::sign(key, "ES256", input.as_bytes());
    format!("{input}.{}", URL_SAFE.encode(signature))
}

/// Signed like a JWT.
fn unpadded(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", keys::encode(header), keys::encode(payload));
    let signature = signing::sign("p256", "ES256", input.as_bytes());
    format!("{input}.{}", keys::encode(signature))
}

fn alb(id: &str, title: &str, token: String) -> Case {
    case(format!("sources-alb-{id}"), title, ALB_WHY, &ALB_REFS)
        .requires("alb")
        .alb(json!({ "signers": [ARN], "clients": ["client-id"], "issuers": [ISSUER] }))
        .keys([keys::renamed("p256", KID)])
        .token(token)
}

fn load_balancers() -> Vec<Case> {
    let of = |changes: Value| padded(&header(changes), &user(json!({})), "p256");
    let says = |changes: Value| padded(&header(json!({})), &user(changes), "p256");
    let good = || of(json!({}));
    let odd = |length: usize| says(json!({ "x": "x".repeat(length) }));
    let with = |changes: Value| {
        let mut document =
            json!({ "signers": [ARN], "clients": ["client-id"], "issuers": [ISSUER] });
        for (name, value) in changes.as_object().expect("changes are an object") {
            document[name] = value.clone();
        }
        document
    };
    let mut cases = vec![
        alb("accepted", "A token of the named load balancer", good()).valid(),
        alb("padding-0", "A payload of another length", odd(0)).valid(),
        alb("padding-1", "A payload of another length", odd(1)).valid(),
        alb("padding-2", "A payload of another length", odd(2)).valid(),
        alb("no-typ", "Without typ", of(json!({ "typ": null }))).valid(),
        alb("typ-case", "typ in lower case", of(json!({ "typ": "jwt" }))).valid(),
        alb("more-members", "Unknown members", of(json!({ "x": [1] }))).valid(),
        alb("second-client", "One of two clients", good())
            .alb(with(json!({ "clients": ["other", "client-id"] })))
            .valid(),
        alb("second-issuer", "One of two issuers", good())
            .alb(with(json!({ "issuers": ["https://other.example", ISSUER] })))
            .valid(),
        alb("one-second-left", "exp is a second away", good())
            .alb(with(json!({ "leeway": "0" })))
            .now("1700000119")
            .valid(),
        alb("client-waived", "The client is waived", of(json!({ "client": "x" })))
            .alb(with(json!({ "clients": null })))
            .valid(),
        alb("issuer-waived", "The issuer is waived", good())
            .alb(with(json!({ "issuers": null })))
            .valid(),
        alb("all-signers", "The first of two load balancers", good())
            .alb(with(json!({ "signers": [ARN, OTHER_ARN] })))
            .valid(),
        alb("several-signers", "One of two load balancers", good())
            .alb(with(json!({ "signers": [OTHER_ARN, ARN] })))
            .valid(),
        alb("any-client", "Client and issuer are waived", of(json!({ "client": "x", "iss": "y" })))
            .alb(with(json!({ "clients": null, "issuers": null })))
            .error("wrong_issuer"),
        alb(
            "waived",
            "Client and issuer are waived",
            padded(
                &header(json!({ "client": "x", "iss": "y" })),
                &user(json!({ "iss": "y" })),
                "p256",
            ),
        )
        .alb(with(json!({ "clients": null, "issuers": null })))
        .valid(),
        alb(
            "china",
            "A load balancer of another partition",
            of(json!({
                "signer": ARN.replace("arn:aws:", "arn:aws-cn:")
            })),
        )
        .alb(with(json!({ "signers": [ARN.replace("arn:aws:", "arn:aws-cn:")] })))
        .valid(),
        alb("leeway", "exp has passed within the leeway", good()).now("1700000149").valid(),
        alb("no-leeway", "exp has passed, without leeway", good())
            .alb(with(json!({ "leeway": "0" })))
            .now("1700000120")
            .claim_error("expired", "exp"),
        alb("expired", "exp has passed", good()).now("1700000150").claim_error("expired", "exp"),
        alb(
            "expired-in-payload",
            "exp of the payload has passed",
            says(json!({ "exp": 1_600_000_000 })),
        )
        .claim_error("expired", "exp"),
        alb("no-exp", "exp stands only in the payload", of(json!({ "exp": null })))
            .claim_error("missing_claim", "exp"),
        alb("text-exp", "exp is text", of(json!({ "exp": "1700000120" })))
            .claim_error("invalid_claim", "exp"),
        alb("other-signer", "Somebody else's load balancer", of(json!({ "signer": OTHER_ARN })))
            .claim_error("wrong_claim", "signer"),
        alb("no-signer", "signer is missing", of(json!({ "signer": null })))
            .claim_error("missing_claim", "signer"),
        alb("signers", "signer is an array", of(json!({ "signer": [ARN] })))
            .claim_error("invalid_claim", "signer"),
        alb(
            "signer-in-payload",
            "signer stands in the payload",
            padded(&header(json!({ "signer": null })), &user(json!({ "signer": ARN })), "p256"),
        )
        .claim_error("missing_claim", "signer"),
        alb(
            "signer-prefix",
            "signer begins like the named one",
            of(json!({ "signer": format!("{ARN}0") })),
        )
        .claim_error("wrong_claim", "signer"),
        alb(
            "other-client",
            "The user signed in as another client",
            of(json!({ "client": "other" })),
        )
        .claim_error("wrong_claim", "client"),
        alb("no-client", "client is missing", of(json!({ "client": null })))
            .claim_error("missing_claim", "client"),
        alb(
            "other-issuer",
            "The user signed in elsewhere",
            of(json!({ "iss": "https://other.example" })),
        )
        .error("wrong_issuer"),
        alb("no-issuer", "iss is missing", of(json!({ "iss": null })))
            .claim_error("missing_claim", "iss"),
        alb(
            "two-issuers",
            "Header and payload contradict each other",
            says(json!({ "iss": "https://other.example" })),
        )
        .error("wrong_issuer"),
        alb(
            "other-key",
            "Signed by another key",
            padded(&header(json!({})), &user(json!({})), "p256-other"),
        )
        .error("invalid_signature"),
        alb("unknown-kid", "No key has the kid", of(json!({ "kid": KID.replace('8', "9") })))
            .error("unknown_key"),
        alb("no-kid", "kid is missing", of(json!({ "kid": null }))).error("malformed_header"),
        alb(
            "kid-path",
            "kid is a path",
            of(json!({ "kid": "../../83be4b60-9e3c-4b0d-8a5c-1f5d7a3" })),
        )
        .error("malformed_header"),
        alb("kid-text", "kid is no UUID", of(json!({ "kid": "p256" }))).error("malformed_header"),
        alb("other-type", "typ is at+jwt", of(json!({ "typ": "at+jwt" }))).error("unexpected_type"),
        alb("critical", "A critical header", of(json!({ "crit": ["exp"] })))
            .error("unsupported_critical_header"),
        alb("none", "alg is none", of(json!({ "alg": "none" }))).error("algorithm_not_allowed"),
        alb("hs256", "alg is HS256", of(json!({ "alg": "HS256" }))).error("algorithm_not_allowed"),
        alb(
            "array-payload",
            "The payload is an array",
            padded(&header(json!({})), "[\"alice\"]  ", "p256"),
        )
        .error("malformed_claims"),
        alb("number-subject", "sub is a number", says(json!({ "sub": 7 })))
            .claim_error("invalid_claim", "sub"),
        alb(
            "jwt",
            "Without padding, signed like a JWT",
            unpadded(&header(json!({})), &user(json!({}))),
        )
        .error("malformed_token"),
        alb("padding-removed", "The padding was removed", good().replace('=', ""))
            .error("malformed_token"),
        alb(
            "signature-unpadded",
            "The signature has no padding",
            good().trim_end_matches('=').into(),
        )
        .error("malformed_token"),
        alb(
            "padding-short",
            "One character of padding is missing",
            good()[..good().len() - 1].into(),
        )
        .error("malformed_token"),
        alb("padding-long", "Four characters of padding too many", format!("{}====", good()))
            .error("malformed_token"),
        alb("standard-alphabet", "The signature is in the standard alphabet", {
            let (input, signature) =
                good().rsplit_once('.').map(|(a, b)| (a.to_string(), b.to_string())).expect("dots");
            format!("{input}.+/{}", &signature[2..])
        })
        .error("malformed_token"),
        alb("two-segments", "Two segments", good().rsplit_once('.').expect("a dot").0.into())
            .error("malformed_token"),
        alb("empty", "No token", String::new()).error("malformed_token"),
        alb("large", "More than 16384 octets", odd(16_384)).error("token_too_large"),
    ];
    for (name, token) in [("good", good()), ("length", odd(1)), ("waived", odd(2))] {
        let (why, refs) = (ALB_WHY, &ALB_REFS);
        let ordinary = case(
            format!("sources-alb-as-jwt-{name}"),
            "A token of a load balancer where a JWT is expected",
            why,
            refs,
        );
        cases.push(
            ordinary
                .keys([keys::renamed("p256", KID)])
                .policy(json!({ "issuers": null, "audiences": null }))
                .token(token)
                .error("malformed_token"),
        );
    }
    cases
}

fn invalid_documents() -> Vec<Case> {
    let good = padded(&header(json!({})), &user(json!({})), "p256");
    [
        ("no-signers", json!({ "signers": [], "clients": null, "issuers": null })),
        ("any-signer", json!({ "signers": null, "clients": null, "issuers": null })),
        ("signers-missing", json!({ "clients": null, "issuers": null })),
        ("signer-blank", json!({ "signers": [" "], "clients": null, "issuers": null })),
        ("signer-name", json!({ "signers": ["web"], "clients": null, "issuers": null })),
        (
            "signer-of-other-service",
            json!({ "signers": ["arn:aws:iam::123456789012:role/x"], "clients": null, "issuers": null }),
        ),
        ("clients-missing", json!({ "signers": [ARN], "issuers": null })),
        ("clients-empty", json!({ "signers": [ARN], "clients": [], "issuers": null })),
        ("issuers-blank", json!({ "signers": [ARN], "clients": null, "issuers": [""] })),
        ("leeway-number", json!({ "signers": [ARN], "clients": null, "issuers": null, "leeway": 30 })),
        ("leeway-long", json!({ "signers": [ARN], "clients": null, "issuers": null, "leeway": "601" })),
        ("unknown", json!({ "signers": [ARN], "clients": null, "issuers": null, "arn": ARN })),
    ]
    .into_iter()
    .map(|(id, document)| {
        alb(&format!("document-{id}"), &format!("A document with a fault: {id}"), good.clone())
            .alb(document)
            .error("invalid_policy")
    })
    .collect()
}

const ARN: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
const OTHER_ARN: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:999999999999:loadbalancer/app/web/50dc6c495c0c9188";
const KID: &str = "83be4b60-9e3c-4b0d-8a5c-1f5d7a3e2c10";
const ALB_REFS: [&str; 2] = ["AWS ELB: Authenticate users", "RFC 7515 §2"];
const ALB_WHY: &str = "Only the load balancer that the caller names may say who the user is, and only in its own format.";
