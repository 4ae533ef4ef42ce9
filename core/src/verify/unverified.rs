//! A token that has been opened: its header is known, and the remaining checks need keys.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::encoding::base64url;
use crate::error::Error;
use crate::keys::jwks::{Candidates, JwkSet};
use crate::keys::key::Key;
use crate::time::UnixTime;
use crate::token::claims::RegisteredClaims;
use crate::token::header::Header;
use crate::token::jws::CompactJws;
use crate::token::verified::{Verified, VerifiedJws, VerifiedSignature};
use crate::verify::check::{Check, Trail, silent};
use crate::verify::rules;
use crate::verify::verifier::{Layer, Verifier, allowed_algorithm};

/// A token whose header is valid and whose signature has not been checked.
///
/// Its content is untrusted: use it only to choose keys.
pub struct Unverified<'v> {
    pub(super) verifier: &'v Verifier,
    pub(super) jws: CompactJws<'v>,
    pub(super) header: Header,
    /// Whether the keys have not cached the header yet.
    pub(super) is_news: bool,
}

impl<'v> Unverified<'v> {
    /// Returns the JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Runs the remaining checks of [`Verifier::verify`].
    ///
    /// # Errors
    /// Those of [`Verifier::verify`], from the algorithm on.
    pub fn verify(self, keys: &JwkSet, now: UnixTime) -> Result<Verified, Error> {
        self.finish(keys, now, &mut silent())
    }

    /// Returns the verifier that opened it.
    #[must_use]
    pub const fn verifier(&self) -> &'v Verifier {
        self.verifier
    }

    /// Returns the payload's segment, not decoded.
    pub(crate) const fn payload(&self) -> &'v [u8] {
        self.jws.payload
    }

    /// Returns what [`Verifier::open`] of another verifier would return.
    pub(crate) fn handed_to(self, verifier: &'v Verifier) -> Result<Self, Error> {
        verifier.admit(self.jws, self.header, Layer::Jwt, AlgorithmSet::ALL)
    }

    pub(crate) const fn token(&self) -> &'v [u8] {
        self.jws.token
    }

    pub(crate) fn finish(
        self,
        keys: &JwkSet,
        now: UnixTime,
        trail: &mut impl Trail,
    ) -> Result<Verified, Error> {
        self.finish_with(keys, now, trail, verifies)
    }

    /// As [`Unverified::finish`], where `signed_by` says of each key whether it verifies the
    /// signature over the message.
    pub(super) fn finish_with(
        self,
        keys: &JwkSet,
        now: UnixTime,
        trail: &mut impl Trail,
        signed_by: impl Fn(&Key, Algorithm, &[u8], &[u8]) -> bool,
    ) -> Result<Verified, Error> {
        let signer = self.check_signature(keys, trail, signed_by)?;
        let (header, is_news) = (self.jws.header, self.is_news);
        let verified = self.finish_signed(signer, now, trail)?;
        if is_news {
            keys.headers.remember(header, verified.header());
        }
        Ok(verified)
    }

    /// The checks after the signature.
    pub(super) fn finish_signed(
        self,
        Signer { algorithm, other_key_id, key_issuer }: Signer,
        now: UnixTime,
        trail: &mut impl Trail,
    ) -> Result<Verified, Error> {
        let policy = &self.verifier.policy;
        let (payload, claims) = trail.step(Check::Claims, || {
            let octets = decode_payload(self.jws.payload)?;
            let payload = String::from_utf8(octets)
                .map_err(|_| Error::MalformedClaims { reason: "not UTF-8" })?;
            let claims = RegisteredClaims::read(&payload, policy.numeric_subject)?;
            Ok((payload, claims))
        })?;
        let all = self.verifier.claims(&claims, &payload, &self.header, key_issuer.as_deref());
        self.verifier.check_claims(&rules::ALL, &all, now, trail)?;
        let signature = VerifiedSignature { header: self.header, algorithm, other_key_id };
        let verified = Verified { signature, payload, claims };
        trail.step(Check::Revocation, || self.verifier.ask_caller(&verified))?;
        trail.note(|| waived(self.verifier.revocation.is_empty()));
        Ok(verified)
    }

    pub(crate) fn finish_jws(
        self,
        keys: &JwkSet,
        trail: &mut impl Trail,
    ) -> Result<VerifiedJws, Error> {
        let signer = self.check_signature(keys, trail, verifies)?;
        self.finish_signed_jws(signer, trail)
    }

    /// The checks after the signature of a JWS.
    pub(super) fn finish_signed_jws(
        self,
        Signer { algorithm, other_key_id, .. }: Signer,
        trail: &mut impl Trail,
    ) -> Result<VerifiedJws, Error> {
        let payload = trail.step(Check::Claims, || decode_payload(self.jws.payload))?;
        let signature = VerifiedSignature { header: self.header, algorithm, other_key_id };
        Ok(VerifiedJws { signature, payload })
    }

    /// Returns the algorithm, and the keys that may have signed the token.
    pub(super) fn find_keys<'s>(
        &self,
        keys: &'s JwkSet,
        trail: &mut impl Trail,
    ) -> Result<(Algorithm, Candidates<'s>), Error> {
        let header = &self.header;
        let allowed = self.verifier.policy.algorithms.unwrap_or(keys.default_algorithms());
        let algorithm = trail.step(Check::Algorithm, || allowed_algorithm(header, allowed))?;
        let candidates = trail
            .step(Check::Key, || keys.select(header.key_id(), header.certificate(), algorithm))?;
        trail.note(|| {
            let kinds = candidates.iter().map(|key| key.kind().to_string());
            kinds.collect::<Vec<_>>().join(", ")
        });
        Ok((algorithm, candidates))
    }

    fn check_signature(
        &self,
        keys: &JwkSet,
        trail: &mut impl Trail,
        signed_by: impl Fn(&Key, Algorithm, &[u8], &[u8]) -> bool,
    ) -> Result<Signer, Error> {
        let (algorithm, candidates) = self.find_keys(keys, trail)?;
        let mut buffer = SIGNATURE_BUFFER;
        let key = trail.step(Check::Signature, || {
            let signature = decode_signature(self.jws.signature, &mut buffer)?;
            let message = self.jws.signing_input;
            candidates
                .iter()
                .find(|key| signed_by(key, algorithm, message, signature))
                .ok_or(Error::InvalidSignature)
        })?;
        Ok(self.signer(algorithm, key))
    }

    pub(super) fn signer(&self, algorithm: Algorithm, key: &Key) -> Signer {
        let key_issuer = key.shared_issuer().cloned();
        Signer { algorithm, other_key_id: self.other_key_id(key), key_issuer }
    }

    /// The key's `kid` if the header has none.
    fn other_key_id(&self, key: &Key) -> Option<String> {
        if self.header.key_id().is_none() { key.id().map(ToOwned::to_owned) } else { None }
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

pub(super) fn decode_signature<'b>(
    segment: &[u8],
    buffer: &'b mut [u8],
) -> Result<&'b [u8], Error> {
    // No signature is this long, but invalid base64url is reported first.
    if segment.len() > LONGEST_SIGNATURE {
        base64url::decode(segment).map_err(|_| NOT_CANONICAL_SIGNATURE)?;
        return Err(Error::InvalidSignature);
    }
    base64url::decode_into(segment, buffer).map_err(|_| NOT_CANONICAL_SIGNATURE)
}

fn verifies(key: &Key, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
    key.verify(algorithm, message, signature).is_ok()
}

fn decode_payload(segment: &[u8]) -> Result<Vec<u8>, Error> {
    base64url::decode(segment).map_err(|_| Error::MalformedToken {
        reason: "the payload segment is not canonical base64url",
    })
}

pub(super) fn waived(waived: bool) -> String {
    if waived { "waived".to_string() } else { String::new() }
}

/// What the checks after the signature need to know of it.
pub(super) struct Signer {
    pub(super) algorithm: Algorithm,
    /// The key's `kid` if the header has none.
    pub(super) other_key_id: Option<String>,
    /// The issuer that the key is marked with.
    pub(super) key_issuer: Option<Arc<str>>,
}

/// Room for every signature.
pub(super) const SIGNATURE_BUFFER: [u8; LONGEST_SIGNATURE.div_ceil(4).wrapping_mul(3)] =
    [0; LONGEST_SIGNATURE.div_ceil(4).wrapping_mul(3)];

/// The number of characters in the signature of an RSA key of 8192 bits.
const LONGEST_SIGNATURE: usize = 1366;

const NOT_CANONICAL_SIGNATURE: Error =
    Error::MalformedToken { reason: "the signature segment is not canonical base64url" };
