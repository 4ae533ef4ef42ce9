//! The JOSE header's own rules (RFC 7515 §4, RFC 7797).

use super::{Refusal, code};
use crate::oracle::json::{Json, member};

/// A header that follows them.
pub struct Header {
    /// As sent.
    pub alg: String,
    /// If present.
    pub kid: Option<String>,
    /// If present.
    pub typ: Option<String>,
    /// If present.
    pub cty: Option<String>,
    /// `x5t` and `x5t#S256`, if they are strings.
    pub thumbprints: [Option<String>; 2],
}

impl Header {
    /// Parses the decoded first segment.
    pub fn read(octets: &[u8]) -> Result<Self, Refusal> {
        let Ok(members) = Json::parse_strict(octets) else { return code("malformed_header") };
        // The limits of headers.
        let names = members.iter().map(|(_, value)| 1 + value.names()).sum::<usize>();
        if octets.len() > 8192 || names > 64 {
            return code("malformed_header");
        }
        let text = |name: &str| match member(&members, name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text.clone())),
            Some(_) => code("malformed_header"),
        };
        let Some(alg) = text("alg")? else { return code("malformed_header") };
        let thumbprints = ["x5t", "x5t#S256"].map(|name| match member(&members, name) {
            Some(Json::Text(text)) => Some(text.clone()),
            _ => None,
        });
        let (kid, typ, cty) = (text("kid")?, text("typ")?, text("cty")?);
        let header = Self { alg, kid, typ, cty, thumbprints };
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
