//! The JOSE header (RFC 7515 §4) and its own rules. The policy is applied later.

use alloc::string::String;
use alloc::vec::Vec;

use crate::crypto::algorithm::Algorithm;
use crate::encoding::base64url;
use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::{Text, Value, read_object_of};
use crate::encoding::json_member::TextMember;
use crate::error::Error;

/// A JOSE header that follows the RFCs.
///
/// `jwk`, `jku`, `x5u` and `x5c` are never a source of keys (RFC 8725 §3.10). They are ignored and
/// appear only in [`Header::json`]. Without a `kid`, `x5t` and `x5t#S256` select among the keys of
/// the set.
#[derive(Clone)]
pub struct Header {
    json: String,
    algorithm: Option<Algorithm>,
    algorithm_name: TextMember,
    key_id: Option<TextMember>,
    token_type: Option<TextMember>,
    content_type: Option<TextMember>,
    /// `x5t` and `x5t#S256` if there is no `kid`.
    thumbprints: [Option<TextMember>; 2],
}

impl Header {
    /// Returns the algorithm, if it is known.
    #[must_use]
    pub const fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// Returns `alg` as sent.
    #[must_use]
    pub fn algorithm_name(&self) -> &str {
        self.algorithm_name.resolve(&self.json)
    }

    /// Returns `kid`, if present.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_ref().map(|member| member.resolve(&self.json))
    }

    /// Returns `typ` as sent, if present.
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.token_type.as_ref().map(|member| member.resolve(&self.json))
    }

    /// Returns `cty`, if present.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_ref().map(|member| member.resolve(&self.json))
    }

    /// Returns the certificate that selects the key if there is no `kid`.
    pub(crate) fn certificate(&self) -> CertificateRef<'_> {
        let [sha1, sha256] = &self.thumbprints;
        CertificateRef {
            sha1: sha1.as_ref().map(|member| member.resolve(&self.json)),
            sha256: sha256.as_ref().map(|member| member.resolve(&self.json)),
        }
    }

    /// Returns the whole header, exactly as sent.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Decodes the first segment of a token.
    pub(crate) fn decode(segment: &[u8]) -> Result<Self, Error> {
        let octets = base64url::decode(segment).map_err(|_| Error::MalformedToken {
            reason: "the header segment is not canonical base64url",
        })?;
        if octets.len() > MAX_OCTETS {
            return Err(malformed("more than 8192 octets"));
        }
        let json = String::from_utf8(octets).map_err(|_| malformed("not UTF-8"))?;
        let mut members = HeaderMembers::default();
        let note = |name: Text<'_>, value| {
            name.short_shown_to(LONGEST_NAME, |name| members.note(name, value));
        };
        read_object_of(MAX_MEMBERS, &json, note).map_err(|error| malformed(error.reason()))?;

        let name = members.algorithm.ok_or(malformed("alg is missing"))?;
        let name = TextMember::of(name, &json).ok_or(malformed("alg is not a string"))?;
        let algorithm = Algorithm::from_name(name.resolve(&json));
        let optional = |member: Option<Value<'_>>, problem| match member {
            Some(value) => TextMember::of(value, &json).map(Some).ok_or(malformed(problem)),
            None => Ok(None),
        };
        let key_id = optional(members.key_id, "kid is not a string")?;
        let token_type = optional(members.token_type, "typ is not a string")?;
        let content_type = optional(members.content_type, "cty is not a string")?;
        members.check_critical(&json)?;
        // A thumbprint that is not a string is ignored.
        let thumbprints = match key_id {
            Some(_) => [None, None],
            None => [members.x5t, members.x5t_s256].map(|value| TextMember::of(value?, &json)),
        };
        Ok(Self {
            algorithm,
            algorithm_name: name,
            key_id,
            token_type,
            content_type,
            thumbprints,
            json,
        })
    }
}

impl core::fmt::Debug for Header {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Header")
            .field("algorithm", &Excerpt::of(self.algorithm_name()))
            .field("key_id", &self.key_id().map(Excerpt::of))
            .field("token_type", &self.token_type().map(Excerpt::of))
            .finish_non_exhaustive()
    }
}

/// A reference to a certificate by `x5t` and `x5t#S256` (RFC 7515 §4.1.7, §4.1.8), as sent.
#[derive(Clone, Copy)]
pub(crate) struct CertificateRef<'t> {
    pub(crate) sha1: Option<&'t str>,
    pub(crate) sha256: Option<&'t str>,
}

impl CertificateRef<'_> {
    /// Whether there is anything to compare.
    pub(crate) const fn is_named(self) -> bool {
        self.sha1.is_some() || self.sha256.is_some()
    }
}

#[derive(Default)]
struct HeaderMembers<'t> {
    algorithm: Option<Value<'t>>,
    key_id: Option<Value<'t>>,
    token_type: Option<Value<'t>>,
    content_type: Option<Value<'t>>,
    critical: Option<Value<'t>>,
    unencoded: Option<Value<'t>>,
    x5t: Option<Value<'t>>,
    x5t_s256: Option<Value<'t>>,
}

impl<'t> HeaderMembers<'t> {
    fn note(&mut self, name: &str, value: Value<'t>) {
        // Arrays of octets compile to less code here than strings.
        let member = match name.as_bytes() {
            b"alg" => &mut self.algorithm,
            b"kid" => &mut self.key_id,
            b"typ" => &mut self.token_type,
            b"cty" => &mut self.content_type,
            b"crit" => &mut self.critical,
            b"b64" => &mut self.unencoded,
            b"x5t" => &mut self.x5t,
            b"x5t#S256" => &mut self.x5t_s256,
            _ => return,
        };
        *member = Some(value);
    }

    /// Checks `crit` (RFC 7515 §4.1.11) and `b64` (RFC 7797 §3, §6). An invalid `crit` is
    /// malformed; a valid one is not supported.
    fn check_critical(&self, json: &str) -> Result<(), Error> {
        let Some(critical) = self.critical else {
            return match self.unencoded.map(Value::as_bool) {
                None | Some(Some(true)) => Ok(()),
                Some(Some(false)) => Err(malformed("b64 is false but not marked as critical")),
                Some(None) => Err(malformed("b64 is not a boolean")),
            };
        };
        if self.unencoded.is_some_and(|value| value.as_bool().is_none()) {
            return Err(malformed("b64 is not a boolean"));
        }
        let elements = critical.elements().ok_or(malformed("crit is not an array"))?;
        let mut names = Vec::new();
        for element in elements {
            if names.len() > MAX_MEMBERS {
                return Err(malformed("crit names too many parameters"));
            }
            let name =
                element.as_text().ok_or(malformed("crit contains a value that is not a string"))?;
            let name = name.unescape();
            if REGISTERED.contains(&&*name) {
                return Err(malformed("crit names a registered parameter"));
            }
            names.push(name);
        }
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() != names.len() {
            return Err(malformed("crit names a parameter twice"));
        }
        // Looking up the header's members among the sorted names avoids quadratic time.
        let members = Value::checked(json).members().into_iter().flatten();
        let present = members.filter(|(name, _)| sorted.binary_search(&name.unescape()).is_ok());
        if present.count() != names.len() {
            return Err(malformed("crit names a parameter that the header does not have"));
        }
        if self.unencoded.and_then(Value::as_bool) == Some(false)
            && !names.iter().any(|name| name == "b64")
        {
            return Err(malformed("b64 is false but not marked as critical"));
        }
        match names.first() {
            Some(name) => Err(Error::UnsupportedCriticalHeader { name: Excerpt::of(name) }),
            None => Err(malformed("crit is empty")),
        }
    }
}

const fn malformed(reason: &'static str) -> Error {
    Error::MalformedHeader { reason }
}

/// The maximum octets of the header's JSON. The header is read before anything is verified, so its
/// limit is lower than the token's. A chain of four certificates (`x5c`) fits.
const MAX_OCTETS: usize = 8192;

/// HeaderThe maximum members of a header, at all depths together. About forty are registered.
const MAX_MEMBERS: usize = 64;

/// The length of the longest name that is read: `x5t#S256`.
const LONGEST_NAME: usize = 8;

/// The parameters that RFC 7515 §4.1 defines, which `crit` must not list.
const REGISTERED: [&str; 11] =
    ["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"];
