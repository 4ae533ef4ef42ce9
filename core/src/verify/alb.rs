//! The tokens of AWS Application Load Balancers (`x-amzn-oidc-data`), a format of their own.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::Deserialize;

use super::asked::{Answered, Asked, Token};
use super::policy::{Audiences, Issuers, MAX_LEEWAY, PolicyError};
use super::unverified::{SIGNATURE_BUFFER, decode_signature};
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::encoding::base64url;
use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::{self, Text, Value};
use crate::encoding::uuid::is_uuid;
use crate::error::Error;
use crate::keys::jwks::{Candidates, JwkSet};
use crate::keys::key::Key;
use crate::time::{NumericDate, UnixTime};
use crate::token::claims::RegisteredClaims;
use crate::token::header::Header;
use crate::token::jws::{CompactJws, OwnedJws};
use crate::token::verified::{Verified, VerifiedSignature};

/// Verifies the tokens that AWS Application Load Balancers put into the header `x-amzn-oidc-data`.
///
/// They look like JWTs and are none: their segments are padded base64url, the signature is over the
/// padded text, and who signed for whom and until when stands in the header. So a
/// [`Verifier`](crate::Verifier) refuses every such token, this verifier refuses every JWT, and the
/// result is a type of its own.
///
/// Everybody can run a load balancer, and all of a region have the same source of keys: only the
/// header's `signer` says that it was yours. It must therefore be named. Keys come from
/// [`KeyLocation::per_key`](crate::issuer::KeyLocation::per_key).
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::verify::AlbVerifier;
/// use verijot::{Audiences, Issuers, JwkSet, UnixTime};
/// let verifier = AlbVerifier::new(
///     ["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"],
///     Audiences::only("client-id"),
///     Issuers::only("https://issuer.example"),
/// )?;
/// let error = verifier.verify("e30.e30.", &JwkSet::from_keys([]), UnixTime::from_seconds(0));
/// assert_eq!(error.unwrap_err().code(), "malformed_token");
/// # }
/// # Ok::<(), verijot::PolicyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AlbVerifier {
    signers: Vec<String>,
    clients: Audiences,
    issuers: Issuers,
    leeway: Duration,
}

impl AlbVerifier {
    /// The most octets of a token; a longer one is refused unread.
    pub const LONGEST_TOKEN: usize = 16_384;

    /// Creates a verifier for tokens that one of these load balancers has signed, each named by its
    /// ARN, for a user who signed in as one of these clients, at one of these issuers. The leeway is 30
    /// seconds.
    ///
    /// # Errors
    /// [`PolicyError`]: no load balancer is named, one is not the ARN of a load balancer, or a list is
    /// empty or has a blank name.
    pub fn new<S: Into<String>>(
        signers: impl IntoIterator<Item = S>,
        clients: Audiences,
        issuers: Issuers,
    ) -> Result<Self, PolicyError> {
        let signers = signers.into_iter().map(Into::into).collect();
        Self { signers, clients, issuers, leeway: LEEWAY }.checked()
    }

    /// Reads a verifier from its document, the same in every language: `signers`, an array of ARNs;
    /// `clients` and `issuers`, arrays of names, or `null` to waive the check; `leeway`, seconds in
    /// quotation marks (`"30"`).
    ///
    /// ```
    /// use verijot::verify::AlbVerifier;
    /// let document = r#"{"signers": [], "clients": ["a"], "issuers": null}"#;
    /// assert_eq!(AlbVerifier::from_json(document).unwrap_err().member(), Some("signers"));
    /// ```
    ///
    /// # Errors
    /// Like [`AlbVerifier::new`]; also for text that is not JSON, and a member that is unknown,
    /// missing, duplicated or of another type.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, PolicyError> {
        let text = core::str::from_utf8(json.as_ref())
            .map_err(|_| PolicyError::of_document("not UTF-8; save the document as UTF-8"))?;
        let (mut signers, mut clients, mut issuers, mut leeway) = (None, None, None, None);
        let mut unknown = None;
        json::read_object(text, |name, value| match &*name.unescape() {
            "signers" => signers = Some(value),
            "clients" => clients = Some(value),
            "issuers" => issuers = Some(value),
            "leeway" => leeway = Some(value),
            other => unknown = Some(Excerpt::of(other)),
        })
        .map_err(|error| PolicyError::of_document(error.reason()))?;
        if let Some(name) = unknown {
            let problem = "unknown member; expected one of signers, clients, issuers, leeway";
            return Err(PolicyError::at(String::from(name), problem));
        }
        let signers = names("signers", signers)?;
        Self {
            signers: signers.ok_or_else(|| PolicyError::at("signers", WITHOUT_SIGNER))?,
            clients: names("clients", clients)?.map_or_else(Audiences::any, Audiences::one_of),
            issuers: names("issuers", issuers)?.map_or_else(Issuers::any, Issuers::one_of),
            leeway: match leeway {
                None => LEEWAY,
                Some(value) => seconds(value).ok_or_else(|| {
                    let problem = "must be a decimal number of seconds in quotation marks";
                    PolicyError::at("leeway", problem)
                })?,
            },
        }
        .checked()
    }

    /// Sets how far the load balancer's clock may be off; at most 600 seconds.
    ///
    /// # Errors
    /// [`PolicyError`] if it is more.
    pub fn leeway(self, leeway: Duration) -> Result<Self, PolicyError> {
        Self { leeway, ..self }.checked()
    }

    /// Verifies a token.
    ///
    /// # Errors
    /// The first check that fails, in this order: size, structure and padding, header, `typ`, algorithm
    /// (ES256), `kid` (a UUID), the header's `signer`, `client` and `iss`, key, signature, the payload's
    /// JSON and the types of its claims, `exp` of the header and of the payload, `iss` of the payload.
    /// A header parameter is named like a claim: [`Error::MissingClaim`], [`Error::InvalidClaim`],
    /// [`Error::WrongClaim`].
    pub fn verify(
        &self,
        token: impl AsRef<[u8]>,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Result<AlbToken, Error> {
        let Opened { jws, header, signature } = self.open_padded(token.as_ref())?;
        let mut buffer = SIGNATURE_BUFFER;
        let found = candidates(&header, keys)?;
        let signature = decode_signature(signature, &mut buffer)?;
        let signs = |key: &Key| key.verify(ALGORITHM, jws.signing_input, signature).is_ok();
        if !found.iter().any(signs) {
            return Err(Error::InvalidSignature);
        }
        self.finish(jws, header, now)
    }

    /// Makes the checks that need neither keys nor a time, and returns the header, whose `kid` says
    /// which key is needed.
    ///
    /// # Errors
    /// Those of [`AlbVerifier::verify`], up to the header's `iss`.
    pub fn open(&self, token: impl AsRef<[u8]>) -> Result<Header, Error> {
        self.open_padded(token.as_ref()).map(|opened| opened.header)
    }

    /// Makes the checks of [`AlbVerifier::verify`] up to the signature, and asks for the rest, like
    /// [`Verifier::ask`](crate::Verifier::ask). Give the answer to
    /// [`AlbVerifier::verify_answered`]; a [`Verifier`](crate::Verifier) refuses it.
    ///
    /// # Errors
    /// As [`AlbVerifier::verify`], up to the signature.
    pub fn ask(&self, token: impl AsRef<[u8]>, keys: &JwkSet) -> Result<Asked, Error> {
        let Opened { jws, header, signature } = self.open_padded(token.as_ref())?;
        let found = candidates(&header, keys)?;
        Token::new(OwnedJws::from(jws), header, ALGORITHM, keys)
            .padded()
            .ask(signature, &found, keys)
    }

    /// Makes the remaining checks of a token whose signature was asked for. Those before the signature
    /// are made again, so that the verdict is that of this verifier.
    ///
    /// # Errors
    /// As [`AlbVerifier::verify`]; [`Error::MalformedToken`] for an answer about another kind of token.
    pub fn verify_answered(&self, answered: &Answered, now: UnixTime) -> Result<AlbToken, Error> {
        if !answered.is_padded() {
            return Err(NOT_PADDED);
        }
        let Opened { jws, header, .. } = self.open_padded(answered.token())?;
        self.finish(jws, header, now)
    }

    /// The issuers, unless the check is waived. A template names none, so alone it is refused.
    fn issuer_names(&self) -> Option<&[String]> {
        (!self.issuers.are_waived()).then(|| self.issuers.names())
    }

    fn checked(self) -> Result<Self, PolicyError> {
        let is_blank = |name: &String| name.trim().is_empty();
        let is_unusable = |names: &[String]| names.is_empty() || names.iter().any(is_blank);
        let problem = if !self.signers.iter().all(|name| is_load_balancer(name)) {
            ("signers", "not the ARN of a load balancer (arn:aws:elasticloadbalancing:…)")
        } else if self.signers.is_empty() {
            ("signers", WITHOUT_SIGNER)
        } else if self.clients.names().is_some_and(is_unusable) {
            (
                "clients",
                "the list is empty or contains a blank name; name a client or waive the check",
            )
        } else if self.issuer_names().is_some_and(is_unusable) {
            (
                "issuers",
                "the list is empty or contains a blank name; name an issuer or waive the check",
            )
        } else if self.leeway > MAX_LEEWAY {
            ("leeway", "the maximum leeway is 600 s")
        } else {
            return Ok(self);
        };
        Err(PolicyError::at(problem.0, problem.1))
    }

    fn open_padded<'t>(&self, token: &'t [u8]) -> Result<Opened<'t>, Error> {
        let jws = CompactJws::split(token, Self::LONGEST_TOKEN)?;
        let [Some(encoded), Some(_), Some(signature)] =
            [jws.header, jws.payload, jws.signature].map(unpadded)
        else {
            return Err(NOT_PADDED);
        };
        // A signature of ES256 has 64 octets, so that the last segment always has padding.
        if signature.len() == jws.signature.len() {
            return Err(NOT_PADDED);
        }
        let header = Header::decode(encoded)?;
        if header.token_type().is_some_and(|name| !name.eq_ignore_ascii_case("JWT")) {
            return Err(Error::UnexpectedType {
                expected: Vec::from([String::from("JWT")]),
                actual: header.token_type().map(Excerpt::of),
            });
        }
        if header.algorithm() != Some(ALGORITHM) {
            return Err(Error::AlgorithmNotAllowed {
                algorithm: Excerpt::of(header.algorithm_name()),
                allowed: AlgorithmSet::from(ALGORITHM),
            });
        }
        if !header.key_id().is_some_and(is_uuid) {
            return Err(Error::MalformedHeader { reason: "kid is not a UUID" });
        }
        let signer = text_of(&header, "signer")?;
        if !self.signers.iter().any(|known| signer.is(known)) {
            return Err(Error::WrongClaim { claim: String::from("signer") });
        }
        let client = text_of(&header, "client")?;
        if self.clients.names().is_some_and(|all| !all.iter().any(|known| client.is(known))) {
            return Err(Error::WrongClaim { claim: String::from("client") });
        }
        let issuer = text_of(&header, "iss")?.unescape();
        if let Some(expected) = self.issuer_names() {
            if !expected.iter().any(|known| *known == issuer) {
                let actual = Excerpt::of(&issuer);
                return Err(Error::WrongIssuer { expected: expected.to_vec(), actual });
            }
        }
        Ok(Opened { jws, header, signature })
    }

    /// The checks after the signature.
    fn finish(
        &self,
        jws: CompactJws<'_>,
        header: Header,
        now: UnixTime,
    ) -> Result<AlbToken, Error> {
        let octets = unpadded(jws.payload).and_then(|segment| base64url::decode(segment).ok());
        let octets = octets.ok_or(Error::MalformedToken {
            reason: "the payload segment is not canonical base64url with padding",
        })?;
        let payload = String::from_utf8(octets)
            .map_err(|_| Error::MalformedClaims { reason: "not UTF-8" })?;
        let claims = RegisteredClaims::read(&payload, false)?;
        let date = member(&header, "exp")?.as_number().and_then(NumericDate::from_checked_number);
        let expires_at = date.ok_or_else(|| Error::InvalidClaim {
            claim: String::from("exp"),
            expected: "a finite number of seconds",
        })?;
        let leeway = self.leeway;
        for expired_at in [Some(expires_at), claims.expires_at].into_iter().flatten() {
            if expired_at.is_reached_at(now.minus(leeway)) {
                return Err(Error::Expired { expired_at, now, leeway });
            }
        }
        let issuer = text_of(&header, "iss")?.unescape().into_owned();
        if let Some(actual) = claims.issuer(&payload).filter(|actual| *actual != issuer) {
            let actual = Excerpt::of(actual);
            return Err(Error::WrongIssuer { expected: Vec::from([issuer]), actual });
        }
        let signer = text_of(&header, "signer")?.unescape().into_owned();
        let client = text_of(&header, "client")?.unescape().into_owned();
        let signature = VerifiedSignature { header, algorithm: ALGORITHM, other_key_id: None };
        let verified = Verified { signature, payload, claims };
        Ok(AlbToken { verified, signer, client, issuer, expires_at })
    }
}

/// What a load balancer says of a user, verified. `Debug` shows no claims.
pub struct AlbToken {
    /// Not shown, because it is no JWT.
    verified: Verified,
    signer: String,
    client: String,
    issuer: String,
    expires_at: NumericDate,
}

impl AlbToken {
    /// Returns the ARN of the load balancer that signed it.
    #[must_use]
    pub fn signer(&self) -> &str {
        &self.signer
    }

    /// Returns the client as which the user signed in at the issuer.
    #[must_use]
    pub fn client(&self) -> &str {
        &self.client
    }

    /// Returns the issuer at which the user signed in, as the header says.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the header's `kid`.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.verified.key_id()
    }

    /// Returns the header's `exp`.
    #[must_use]
    pub const fn expires_at(&self) -> NumericDate {
        self.expires_at
    }

    /// Returns `sub`, the user's name at the issuer.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.verified.subject()
    }

    /// Returns the header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        self.verified.header()
    }

    /// Returns the payload, the user's claims, exactly as signed: one JSON object.
    #[must_use]
    pub fn payload_json(&self) -> &str {
        self.verified.payload_json()
    }

    /// Deserializes the claims into a type of the caller's.
    ///
    /// # Errors
    /// Those of [`Verified::claims`].
    pub fn claims<'t, T: Deserialize<'t>>(&'t self) -> Result<T, Error> {
        self.verified.claims()
    }
}

impl fmt::Debug for AlbToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AlbToken").field("signer", &self.signer).finish_non_exhaustive()
    }
}

/// A token with its header, before its signature is verified.
struct Opened<'t> {
    jws: CompactJws<'t>,
    header: Header,
    /// The last segment without padding.
    signature: &'t [u8],
}

/// Returns a segment without its padding, or `None` if that does not complete the last group of four.
fn unpadded(segment: &[u8]) -> Option<&[u8]> {
    if segment.is_empty() || segment.len() & 3 != 0 {
        return None;
    }
    let text = segment.strip_suffix(b"=").unwrap_or(segment);
    let text = text.strip_suffix(b"=").unwrap_or(text);
    base64url::has_only_characters(text).then_some(text)
}

fn candidates<'s>(header: &Header, keys: &'s JwkSet) -> Result<Candidates<'s>, Error> {
    keys.select(header.key_id(), header.certificate(), ALGORITHM)
}

fn member<'h>(header: &'h Header, name: &str) -> Result<Value<'h>, Error> {
    let found = Value::checked(header.json()).member(name);
    found.ok_or_else(|| Error::MissingClaim { claim: name.to_owned() })
}

fn text_of<'h>(header: &'h Header, name: &str) -> Result<Text<'h>, Error> {
    member(header, name)?
        .as_text()
        .ok_or_else(|| Error::InvalidClaim { claim: name.to_owned(), expected: "a string" })
}

fn is_load_balancer(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, partition, service) = (next(), next(), next());
    let (region, account, resource) = (next(), next(), next());
    arn == "arn"
        && partition.starts_with("aws")
        && service == "elasticloadbalancing"
        && !region.is_empty()
        && !account.is_empty()
        && resource.starts_with("loadbalancer/")
}

/// Reads an array of names, or `null`, which waives the check.
fn names(member: &str, value: Option<Value<'_>>) -> Result<Option<Vec<String>>, PolicyError> {
    let Some(value) = value else {
        let problem = "missing; add an array of names, or null to waive the check";
        return Err(PolicyError::at(member, problem));
    };
    if value.is_null() {
        return Ok(None);
    }
    let texts = value.elements().and_then(|elements| {
        elements.map(|one| Some(one.as_text()?.unescape().into_owned())).collect::<Option<_>>()
    });
    let problem = "must be an array of strings, or null to waive the check";
    texts.map(Some).ok_or_else(|| PolicyError::at(member, problem))
}

fn seconds(value: Value<'_>) -> Option<Duration> {
    let text = value.as_text()?.unescape();
    let is_plain = text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
    UnixTime::from_decimal(&text).filter(|_| is_plain)?.duration_since_epoch()
}

/// Load balancers sign with nothing else.
const ALGORITHM: Algorithm = Algorithm::Es256;
const LEEWAY: Duration = Duration::from_secs(30);
const WITHOUT_SIGNER: &str = "name the ARN of the load balancer; everybody else's load balancers have keys at the same place";
const NOT_PADDED: Error = Error::MalformedToken {
    reason: "a segment is not base64url with padding, as load balancers write it",
};
