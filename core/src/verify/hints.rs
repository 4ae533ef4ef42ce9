//! The likely cause of a refusal, for the operator of the verifier.
//!
//! A hint reads what the token says of itself before anything is verified, and never changes a
//! verdict. Only an [`Explanation`](super::Explanation) has it, never an answer to a request.

use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::base64url;
use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::{self, Value};
use crate::error::Error;
use crate::keys::jwks::{JwkSet, SkippedKey};

/// Returns the well-known cause that this refusal probably has.
pub(super) fn hint(error: &Error, token: &[u8], keys: &JwkSet) -> Option<String> {
    let mut segments = token.split(|octet| *octet == b'.');
    match error {
        Error::MalformedToken { .. } if segments.any(|segment| segment.ends_with(b"=")) => {
            Some(PADDED.into())
        }
        Error::UnknownKey { kid } => skipped_key(kid.as_ref(), keys),
        Error::InvalidSignature => {
            let header = Claimed::read(segments.next())?;
            header.has("nonce").then(|| GRAPH.into())
        }
        Error::WrongIssuer { expected, .. } => {
            let issuer = Claimed::read(segments.nth(1))?.text("iss")?;
            expected.iter().find_map(|name| nearly(name, &issuer)).map(String::from)
        }
        Error::UnexpectedType { actual, .. } => {
            let is_access_token = actual.as_ref().is_some_and(|typ| is_access_type(typ.as_str()));
            if is_access_token {
                return Some(ACCESS_TOKEN.into());
            }
            Claimed::read(segments.nth(1))?.id_token()
        }
        Error::MissingClaim { claim } => {
            let (header, payload) = (segments.next(), Claimed::read(segments.next())?);
            match claim.as_str() {
                "aud" => payload.client().or_else(|| payload.id_token()),
                "nonce" | "at_hash" | "c_hash" | "auth_time" => {
                    let typ = Claimed::read(header).and_then(|header| header.text("typ"));
                    let is_access_token = typ.is_some_and(|typ| is_access_type(&typ));
                    is_access_token.then(|| ACCESS_TOKEN.into())
                }
                _ => payload.id_token(),
            }
        }
        Error::WrongAudience { .. }
        | Error::WrongClaim { .. }
        | Error::InsufficientScope { .. } => Claimed::read(segments.nth(1))?.id_token(),
        _ => None,
    }
}

/// What a segment says, not verified.
struct Claimed {
    text: String,
}

impl Claimed {
    fn read(segment: Option<&[u8]>) -> Option<Self> {
        let text = String::from_utf8(base64url::decode(segment?).ok()?).ok()?;
        json::read_object(&text, |_, _| {}).ok()?;
        Some(Self { text })
    }

    fn has(&self, name: &str) -> bool {
        Value::checked(&self.text).member(name).is_some()
    }

    fn text(&self, name: &str) -> Option<String> {
        let value = Value::checked(&self.text).member(name)?;
        Some(value.as_text()?.unescape().into_owned())
    }

    /// A hint at a token that names its client instead of an audience.
    fn client(&self) -> Option<String> {
        let claim = ["client_id", "azp"].into_iter().find(|name| self.has(name))?;
        Some(text!(
            "the token has no aud, but names its client in {claim}, as access tokens of Amazon \
             Cognito do: expect that claim instead of an audience"
        ))
    }

    /// A hint at an ID token, which has claims that no access token has.
    fn id_token(&self) -> Option<String> {
        let claims = ["nonce", "at_hash", "c_hash"].into_iter().filter(|name| self.has(name));
        let claims = claims.collect::<Vec<_>>().join(" and ");
        (!claims.is_empty()).then(|| {
            text!(
                "the token has {claims}, as only ID tokens do: they are for the client that signed \
                 its user in; send the access token to a service"
            )
        })
    }
}

/// Whether the type says that this is an access token (RFC 9068 §2.1).
fn is_access_type(typ: &str) -> bool {
    let short =
        typ.get(..APPLICATION.len()).filter(|start| start.eq_ignore_ascii_case(APPLICATION));
    let typ = short.and_then(|start| typ.get(start.len()..)).unwrap_or(typ);
    typ.eq_ignore_ascii_case("at+jwt")
}

/// How two issuers differ, if it is only by a slash or a scheme.
fn nearly(expected: &str, actual: &str) -> Option<&'static str> {
    let without_slash = |name: &'_ str| String::from(name.trim_end_matches('/'));
    let without_scheme =
        |name: &str| String::from(name.split_once("://").map_or(name, |(_, rest)| rest));
    let (expected, actual) = (without_slash(expected), without_slash(actual));
    if expected == actual {
        Some(SLASH)
    } else if without_scheme(&expected) == without_scheme(&actual) {
        Some(SCHEME)
    } else {
        None
    }
}

/// A hint at a key that the set has, but that is not used.
fn skipped_key(kid: Option<&Excerpt>, keys: &JwkSet) -> Option<String> {
    let is_meant = |key: &&SkippedKey| match kid {
        Some(kid) => key.id().map(Excerpt::of).as_ref() == Some(kid),
        None => keys.keys().is_empty(),
    };
    let key = keys.skipped().iter().find(is_meant)?;
    let reason = key.reason();
    Some(text!("the set has the key of this token, but skips it: {reason}"))
}

const APPLICATION: &str = "application/";

const PADDED: &str = "a segment ends with `=`, as in the tokens of AWS Application Load Balancers, \
     which are not JSON Web Tokens; RFC 7515 §2 allows no padding";
const GRAPH: &str = "the header has a nonce, as in access tokens for Microsoft Graph, which nobody \
     but Graph can verify: request a token for your own service";
const SLASH: &str =
    "the issuers differ only by a slash at the end; name the issuer exactly as its tokens do";
const SCHEME: &str = "the issuers differ only by the scheme, such as https://; name the issuer exactly as its tokens do";
const ACCESS_TOKEN: &str = "the token's typ says that it is an access token (RFC 9068); where an ID \
     token is expected, send the ID token";
