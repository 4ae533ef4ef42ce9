//! The JOSE header (RFC 7515 §4) and its own rules; what the policy says of it comes later.

use alloc::string::String;
use alloc::vec::Vec;

use crate::crypto::algorithm::Algorithm;
use crate::encoding::base64url;
use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::{Text, Value, read_object_of};
use crate::encoding::place::TextMember;
use crate::error::Error;

/// A JOSE header that obeys the RFCs.
///
/// `jwk`, `jku`, `x5u` and `x5c` are never a source of keys (RFC 8725 §3.10): they are not even
/// looked at, and stay visible in [`Header::json`] only. Where there is no `kid`, `x5t` and
/// `x5t#S256` choose among the keys of the set, and do no more.
#[derive(Clone)]
pub struct Header {
    json: String,
    algorithm: Option<Algorithm>,
    algorithm_name: TextMember,
    key_id: Option<TextMember>,
    token_type: Option<TextMember>,
    content_type: Option<TextMember>,
    /// `x5t` and `x5t#S256`, where there is no `kid`.
    thumbprints: [Option<TextMember>; 2],
}

impl Header {
    /// The algorithm, if it is one we know.
    #[must_use]
    pub const fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// `alg` as it was sent.
    #[must_use]
    pub fn algorithm_name(&self) -> &str {
        self.algorithm_name.resolve(&self.json)
    }

    /// `kid`, if present.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_ref().map(|member| member.resolve(&self.json))
    }

    /// `typ` as it was sent, if present.
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.token_type.as_ref().map(|member| member.resolve(&self.json))
    }

    /// `cty`, if present.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_ref().map(|member| member.resolve(&self.json))
    }

    /// The certificate that names the key where there is no `kid`.
    pub(crate) fn certificate(&self) -> Certificate<'_> {
        let [sha1, sha256] = &self.thumbprints;
        Certificate {
            sha1: sha1.as_ref().map(|member| member.resolve(&self.json)),
            sha256: sha256.as_ref().map(|member| member.resolve(&self.json)),
        }
    }

    /// The whole header, exactly as it was sent.
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
        let mut members = Members::default();
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
        // One that is no string names nothing.
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

/// A certificate by its `x5t` and `x5t#S256` (RFC 7515 §4.1.7, §4.1.8), as they were sent.
#[derive(Clone, Copy)]
pub(crate) struct Certificate<'t> {
    pub(crate) sha1: Option<&'t str>,
    pub(crate) sha256: Option<&'t str>,
}

impl Certificate<'_> {
    /// Whether there is anything to compare.
    pub(crate) const fn is_named(self) -> bool {
        self.sha1.is_some() || self.sha256.is_some()
    }
}

#[derive(Default)]
struct Members<'t> {
    algorithm: Option<Value<'t>>,
    key_id: Option<Value<'t>>,
    token_type: Option<Value<'t>>,
    content_type: Option<Value<'t>>,
    critical: Option<Value<'t>>,
    unencoded: Option<Value<'t>>,
    x5t: Option<Value<'t>>,
    x5t_s256: Option<Value<'t>>,
}

impl<'t> Members<'t> {
    fn note(&mut self, name: &str, value: Value<'t>) {
        let member = match name {
            "alg" => &mut self.algorithm,
            "kid" => &mut self.key_id,
            "typ" => &mut self.token_type,
            "cty" => &mut self.content_type,
            "crit" => &mut self.critical,
            "b64" => &mut self.unencoded,
            "x5t" => &mut self.x5t,
            "x5t#S256" => &mut self.x5t_s256,
            _ => return,
        };
        *member = Some(value);
    }

    /// `crit` (RFC 7515 §4.1.11) and `b64` (RFC 7797 §3, §6): what is wrongly written is
    /// malformed, what is rightly written is not supported.
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
                return Err(malformed("crit names more parameters than a header can have"));
            }
            let name =
                element.as_text().ok_or(malformed("crit holds something else than strings"))?;
            let name = name.unescape();
            if REGISTERED.contains(&&*name) {
                return Err(malformed("crit names a parameter that every implementation knows"));
            }
            names.push(name);
        }
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() != names.len() {
            return Err(malformed("crit names a parameter twice"));
        }
        // Looked up this way round, however many names there are costs no quadratic time.
        let members = Value::checked(json).members().into_iter().flatten();
        let present = members.filter(|(name, _)| sorted.binary_search(&name.unescape()).is_ok());
        if present.count() != names.len() {
            return Err(malformed("crit names a parameter that is absent"));
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

/// Octets of a header as JSON. It is read before anything of the token has been verified, so its
/// limit is lower than the token's. A chain of four certificates (`x5c`) fits.
const MAX_OCTETS: usize = 8192;

/// Members of a header, those of objects inside it too. The registries know some forty.
const MAX_MEMBERS: usize = 64;

/// Characters in the longest name that is looked at: `x5t#S256`.
const LONGEST_NAME: usize = 8;

/// The names that RFC 7515 §4.1 defines, which `crit` must not list.
const REGISTERED: [&str; 11] =
    ["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"];
