//! The least that a program without an operating system does with the core: one key set, one token.

use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime, Verifier};

/// Whether the token of RFC 7515 §A.3 is valid in its time and `expired` afterwards.
pub fn verdicts_are_right() -> bool {
    verdict(EXPIRY - 1) == "valid" && verdict(EXPIRY + LEEWAY) == "expired"
}

fn verdict(seconds: i64) -> &'static str {
    let Ok(keys) = JwkSet::from_json(JWKS) else { return "unusable keys" };
    let policy = Policy::new(Issuers::only("joe"), Audiences::any());
    let Ok(verifier) = Verifier::new(policy) else { return "unusable policy" };
    match verifier.verify(TOKEN, &keys, UnixTime::from_seconds(seconds)) {
        Ok(_) => "valid",
        Err(error) => error.code(),
    }
}

const EXPIRY: i64 = 1_300_819_380;
const LEEWAY: i64 = 30;

const JWKS: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
