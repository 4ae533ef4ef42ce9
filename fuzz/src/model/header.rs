//! The JOSE header's own rules (RFC 7515 §4, RFC 7797).

use super::{Refusal, code};
use crate::oracle::json::{Json, member};

/// A header that obeys them.
pub struct Header {
    /// As it was sent.
    pub alg: String,
    /// If present.
    pub kid: Option<String>,
    /// If present.
    pub typ: Option<String>,
    /// If present.
    pub cty: Option<String>,
}

impl Header {
    /// Reads the decoded first segment.
    pub fn read(octets: &[u8]) -> Result<Self, Refusal> {
        let Ok(members) = Json::parse_strict(octets) else { return code("malformed_header") };
        let text = |name: &str| match member(&members, name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text.clone())),
            Some(_) => code("malformed_header"),
        };
        let Some(alg) = text("alg")? else { return code("malformed_header") };
        let header = Self { alg, kid: text("kid")?, typ: text("typ")?, cty: text("cty")? };
        let unencoded = match member(&members, "b64") {
            None | Some(Json::Bool(true)) => false,
            Some(Json::Bool(false)) => true,
            Some(_) => return code("malformed_header"),
        };
        let Some(crit) = member(&members, "crit") else {
            return if unencoded { code("malformed_header") } else { Ok(header) };
        };
        let Some(names) = crit.texts() else { return code("malformed_header") };
        let sound = !names.is_empty()
            && names.iter().all(|name| member(&members, name).is_some())
            && names.iter().all(|name| !REGISTERED.contains(name))
            && (1..names.len()).all(|index| !names[..index].contains(&names[index]))
            && (!unencoded || names.contains(&"b64"));
        code(if sound { "unsupported_critical_header" } else { "malformed_header" })
    }
}

/// RFC 7515 §4.1.
const REGISTERED: [&str; 11] =
    ["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"];
