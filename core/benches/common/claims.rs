//! The claims of the tokens: 18 members, the same as in the tests, and as a Rust type.

use serde::Deserialize;
use verijot::{Audiences, Issuers, Policy, UnixTime, Verifier};

#[path = "../../tests/common/mod.rs"]
mod tokens;

#[allow(unused_imports)]
pub use tokens::{EIGHTEEN_CLAIMS, SECRET, now};

/// The `kid` of the signing key.
pub const KEY_ID: &str = "2023-11";
pub const ISSUER: &str = "https://issuer.example/tenant/4f1c";
pub const AUDIENCE: &str = "https://api.example";

/// The header of every token.
pub fn header(algorithm: &str) -> String {
    format!(r#"{{"alg":"{algorithm}","typ":"at+jwt","kid":"{KEY_ID}"}}"#)
}

/// The policy for verijot and every other library: issuer, audience and dates.
pub fn policy() -> Policy {
    Policy::new(Issuers::only(ISSUER), Audiences::only(AUDIENCE))
}

pub fn verifier() -> Verifier {
    Verifier::new(policy()).unwrap()
}

/// A moment at which the tokens have expired.
pub fn too_late() -> UnixTime {
    UnixTime::from_seconds(1_800_000_000)
}

/// All of [`EIGHTEEN_CLAIMS`] with owned strings, as in most services.
#[derive(Deserialize)]
pub struct Owned {
    pub iss: String,
    pub sub: String,
    pub aud: Vec<String>,
    pub exp: u64,
    pub nbf: u64,
    pub iat: u64,
    pub jti: String,
    pub azp: String,
    pub scope: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub tenant: String,
    pub locale: String,
    pub roles: Vec<String>,
    pub session: String,
    pub level: u32,
    pub amr: Vec<String>,
}

/// The same with strings borrowed from the payload.
#[derive(Deserialize)]
pub struct Borrowed<'t> {
    pub iss: &'t str,
    pub sub: &'t str,
    #[serde(borrow)]
    pub aud: Vec<&'t str>,
    pub exp: u64,
    pub nbf: u64,
    pub iat: u64,
    pub jti: &'t str,
    pub azp: &'t str,
    pub scope: &'t str,
    pub name: &'t str,
    pub email: &'t str,
    pub email_verified: bool,
    pub tenant: &'t str,
    pub locale: &'t str,
    pub roles: Vec<&'t str>,
    pub session: &'t str,
    pub level: u32,
    pub amr: Vec<&'t str>,
}

/// About as many octets of claims as requested: registered claims and groups.
pub fn claims_of(octets: usize) -> String {
    let mut claims =
        format!(r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","exp":1700003600,"groups":["#);
    for index in 0.. {
        let group = format!(r#""orders-of-region-{index:04}""#);
        if claims.len() + group.len() + 3 > octets {
            break;
        }
        if index > 0 {
            claims.push(',');
        }
        claims.push_str(&group);
    }
    claims + "]}"
}
