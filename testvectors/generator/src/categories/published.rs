//! Examples that the RFCs print, unchanged.

use serde_json::{Map, Value, json};

use crate::case::{Case, case};
use crate::keys;

const A1: &str = concat!(
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.",
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
);
const A2: &str = concat!(
    "eyJhbGciOiJSUzI1NiJ9.",
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5",
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb",
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO",
    "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
);
const A3: &str = concat!(
    "eyJhbGciOiJFUzI1NiJ9.",
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
);
const A4: &str = concat!(
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.",
    "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8G",
    "aSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
);
const A5: &str = concat!(
    "eyJhbGciOiJub25lIn0.",
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
);
const RFC8037_A4: &str = concat!(
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
);

/// A moment before the exp of the examples in RFC 7515.
const BEFORE: &str = "1300819379";

fn as_printed(key: &str) -> [Value; 1] {
    [keys::nameless(key)]
}

/// The examples of RFC 7515 and RFC 8037.
pub fn published() -> Vec<Case> {
    let why = "A verifier of an RFC accepts the RFC's own example.";
    let joe: Map<String, Value> =
        json!({ "issuers": ["joe"], "audiences": null }).as_object().expect("an object").clone();
    let policy = |more: Value| {
        let mut policy = joe.clone();
        policy.extend(more.as_object().expect("an object").clone());
        Value::Object(policy)
    };
    let symmetric = json!({ "symmetric_keys": true });
    let mut cases = vec![
        case("published-rfc7515-a1", "RFC 7515 A.1, HS256", why, &["RFC 7515 §A.1"])
            .keys(as_printed("rfc7515-a1"))
            .token(A1)
            .policy(policy(symmetric.clone()))
            .now(BEFORE)
            .valid(),
        case("published-rfc7515-a1-jws", "RFC 7515 A.1 as a plain JWS", why, &["RFC 7515 §A.1"])
            .keys(as_printed("rfc7515-a1"))
            .token(A1)
            .signature_only()
            .policy(policy(symmetric))
            .valid(),
        case("published-rfc7515-a2", "RFC 7515 A.2, RS256", why, &["RFC 7515 §A.2"])
            .keys(as_printed("rfc7515-a2"))
            .token(A2)
            .policy(policy(json!({})))
            .now(BEFORE)
            .valid(),
        case("published-rfc7515-a3", "RFC 7515 A.3, ES256", why, &["RFC 7515 §A.3"])
            .keys(as_printed("rfc7515-a3"))
            .token(A3)
            .policy(policy(json!({})))
            .now(BEFORE)
            .valid(),
        case("published-rfc7515-a4", "RFC 7515 A.4, ES512", why, &["RFC 7515 §A.4"])
            .requires("ES512")
            .keys(as_printed("rfc7515-a4"))
            .token(A4)
            .signature_only()
            .policy(policy(json!({})))
            .valid(),
        case("published-rfc8037-a4", "RFC 8037 A.4, Ed25519", why, &["RFC 8037 §A.4"])
            .keys(as_printed("rfc8037-a1"))
            .token(RFC8037_A4)
            .signature_only()
            .policy(policy(json!({})))
            .valid(),
    ];
    let why = "The same example with other options that refuse it.";
    cases.extend([
        case("published-rfc7515-a1-default", "A.1 without allowing HMAC", why, &["RFC 7515 §A.1"])
            .keys(as_printed("rfc7515-a1"))
            .token(A1)
            .policy(policy(json!({})))
            .now(BEFORE)
            .skipped(&[(0, "symmetric_key")])
            .error("algorithm_not_allowed"),
        case("published-rfc7515-a2-private", "A.2 with the private key", why, &["RFC 7515 §A.2"])
            .jwks(json!({ "keys": [keys::private("rfc7515-a2")] }))
            .token(A2)
            .policy(policy(json!({})))
            .now(BEFORE)
            .skipped(&[(0, "private_key_material")])
            .error("unknown_key"),
        case(
            "published-rfc7515-a2-expired",
            "A.2 in the second of its exp",
            why,
            &["RFC 7515 §A.2"],
        )
        .keys(as_printed("rfc7515-a2"))
        .token(A2)
        .policy(policy(json!({ "leeway": "0" })))
        .now("1300819380")
        .claim_error("expired", "exp"),
        case(
            "published-rfc7515-a3-audience",
            "A.3 with a required audience",
            why,
            &["RFC 7515 §A.3"],
        )
        .keys(as_printed("rfc7515-a3"))
        .token(A3)
        .policy(policy(json!({ "audiences": ["https://api.example"] })))
        .now(BEFORE)
        .claim_error("missing_claim", "aud"),
        case("published-rfc7515-a5", "RFC 7515 A.5, unsecured", why, &["RFC 7515 §A.5"])
            .keys(as_printed("rfc7515-a2"))
            .token(A5)
            .policy(policy(json!({})))
            .now(BEFORE)
            .error("algorithm_not_allowed"),
        case(
            "published-rfc8037-a4-as-jwt",
            "RFC 8037 A.4 taken for a JWT",
            why,
            &["RFC 8037 §A.4"],
        )
        .keys(as_printed("rfc8037-a1"))
        .token(RFC8037_A4)
        .policy(policy(json!({})))
        .error("malformed_claims"),
    ]);
    cases
}
