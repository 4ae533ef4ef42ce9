//! Verification in two steps, for a crypto provider that answers later: [`Question`] says how.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::error::Error;
use crate::keys::identity::Identity;
use crate::keys::jwks::{Candidates, JwkSet};
use crate::keys::key::Key;
use crate::time::UnixTime;
use crate::token::header::Header;
use crate::token::jws::OwnedJws;
use crate::token::verified::{Verified, VerifiedJws};
use crate::verify::check::silent;
use crate::verify::explain::Explanation;
use crate::verify::unverified::{SIGNATURE_BUFFER, Signer, Unverified, decode_signature};
use crate::verify::verifier::{Layer, Verifier};

/// Which key, if any, verifies this signature over this message? Verification in two steps, for a
/// crypto provider that the caller has to wait for.
///
/// [`Verifier::verify`] needs the signature's verdict at once. WebCrypto in a browser or on an edge
/// worker, a key management service and a security module give it later. For them the core makes
/// every check up to the signature and returns a [`Question`]: which message, which signature, which
/// keys. The caller has it answered, however long that takes, and [`Question::answer`] with
/// [`Answered::verify`] make the checks that follow. Result, error and every detail of an error are
/// those of [`Verifier::verify`].
///
/// **The code that answers acts as the crypto provider.** The core cannot tell a right answer from a wrong one:
/// a caller that answers "the first key" without verifying accepts forged tokens. Verify
/// [`Question::signature`] over [`Question::message`] with the key's own numbers
/// ([`Key::material`](crate::Key::material)) and with exactly [`Question::algorithm`] (RFC 7518 §3).
/// Test the host before you trust it: some accept a PKCS#1 v1.5 signature where they are told to
/// verify RSASSA-PSS. For the same reason the bindings for other languages do not show questions to
/// their users. They may use them inside, with answers from their platform's own cryptography.
///
/// A provider takes part with keys that [answer later](crate::crypto::VerificationKey::answers_later).
/// Its [`load`](crate::crypto::CryptoProvider::load) may do nothing else: keys are checked by the core.
/// Keys that answer at once, such as secrets for HMAC, are tried before a question is asked. A host
/// that cannot load a key takes the set without it ([`JwkSet::without_keys_at`]), so that the key is
/// skipped with a reason and its tokens do not look forged.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::crypto::{self, BadSignature, CryptoProvider, InvalidKey, KeyMaterial, VerificationKey};
/// use verijot::verify::Asked;
/// use verijot::{
///     Algorithm, AlgorithmSet, Audiences, Error, Issuers, JwkSet, JwkSetParser, Policy, UnixTime,
///     Verified, Verifier,
/// };
///
/// /// A service that verifies signatures.
/// struct Service;
///
/// impl Service {
///     /// A real one sends a request and awaits the response.
///     async fn verify(&self, key: &KeyMaterial<'_>, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
///         let key = crypto::ring::PROVIDER.load(key, algorithm.into());
///         key.is_ok_and(|key| key.verify(algorithm, message, signature).is_ok())
///     }
/// }
///
/// /// Its keys, as the core sees them.
/// #[derive(Debug)]
/// struct Remote;
///
/// impl CryptoProvider for Remote {
///     fn name(&self) -> &'static str {
///         "remote"
///     }
///
///     fn algorithms(&self) -> AlgorithmSet {
///         AlgorithmSet::from([Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa])
///     }
///
///     fn load(&self, _: &KeyMaterial<'_>, _: AlgorithmSet) -> Result<Box<dyn VerificationKey>, InvalidKey> {
///         Ok(Box::new(RemoteKey))
///     }
/// }
///
/// struct RemoteKey;
///
/// impl VerificationKey for RemoteKey {
///     fn verify(&self, _: Algorithm, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
///         Err(BadSignature)
///     }
///
///     fn answers_later(&self) -> bool {
///         true
///     }
/// }
///
/// async fn verify(
///     verifier: &Verifier, token: &str, keys: &JwkSet, service: &Service,
/// ) -> Result<Verified, Error> {
///     let answered = match verifier.ask(token, keys)? {
///         Asked::Settled(answered) => answered,
///         Asked::Waiting(question) => {
///             let mut verified_by = None;
///             for (index, candidate) in question.candidates().iter().enumerate() {
///                 let Some(material) = keys.keys()[candidate.position()].material() else { continue };
///                 let (message, signature) = (question.message(), question.signature());
///                 if service.verify(&material, question.algorithm(), message, signature).await {
///                     verified_by = Some(index);
///                     break;
///                 }
///             }
///             question.answer(verified_by)?
///         }
///     };
///     // The time is read after waiting.
///     answered.verify(verifier, UnixTime::from_seconds(1_700_000_000))
/// }
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// # // RFC 8037 A.4.
/// # let keys = JwkSetParser::new(&Remote).parse(r#"{"keys": [
/// #     {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#)?;
/// # let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
/// # let verifier = Verifier::new(Policy::new(Issuers::any(), Audiences::any()))?;
/// # let answer = pin!(verify(&verifier, token, &keys, &Service));
/// # // The signature is good; the payload is no JSON.
/// # let Poll::Ready(verdict) = answer.poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
/// # assert_eq!(verdict.unwrap_err().code(), "malformed_claims");
/// # assert_eq!(verifier.verify(token, &keys, UnixTime::from_seconds(0)).unwrap_err().code(), "invalid_signature");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A question owns all that it needs, so it can be sent to another thread, kept across an `await` and
/// passed through an FFI. What its token says is untrusted.
#[must_use]
pub struct Question {
    token: Token,
    signature: Box<[u8]>,
    candidates: Vec<Candidate>,
}

impl Question {
    /// The algorithm to verify with, and no other.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.token.algorithm
    }

    /// The octets that were signed: header, dot and payload as they were sent (RFC 7515 §5.2).
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.token.jws.parts().signing_input
    }

    /// The signature, decoded, in its JWS encoding (RFC 7518 §3): of ECDSA R and S without ASN.1. It
    /// has the length of the candidates' signatures.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The JOSE header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.token.header
    }

    /// The keys that may have signed the token, in the order to try them: one to four.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// Takes the answer: the index in [`Question::candidates`] of the key that verifies the
    /// signature, or [`None`] if no key does.
    ///
    /// # Errors
    /// [`Error::InvalidSignature`] for [`None`] and for an index that is out of range.
    pub fn answer(self, verified_by: Option<usize>) -> Result<Answered, Error> {
        let index = verified_by.ok_or(Error::InvalidSignature)?;
        let key = self.candidates.into_iter().nth(index).ok_or(Error::InvalidSignature)?;
        let other_key_id = if self.token.header.key_id().is_none() { key.id } else { None };
        let algorithm = self.token.algorithm;
        let signer = Signer { algorithm, other_key_id, key_issuer: key.issuer };
        Ok(Answered { token: self.token, signer })
    }

    /// What [`Verifier::explain`] of `verifier` says of the token if this is the answer, which is
    /// meant as in [`Question::answer`]. For a token whose question was not asked
    /// ([`Asked::Settled`] or an error) use [`Verifier::explain`] itself.
    ///
    /// `keys` must be the very set that the question was asked with, otherwise the signature counts
    /// as not verified.
    #[must_use]
    pub fn explain(
        &self,
        verified_by: Option<usize>,
        verifier: &Verifier,
        keys: &JwkSet,
        now: UnixTime,
    ) -> Explanation {
        let signer = verified_by
            .and_then(|index| self.candidates.get(index))
            .filter(|_| self.token.keys == *keys.identity())
            .and_then(|candidate| keys.keys().get(candidate.position));
        let signed_by = |key: &Key, _: Algorithm, _: &[u8], _: &[u8]| {
            signer.is_some_and(|signer| core::ptr::eq(signer, key))
        };
        let token = self.token.jws.parts().token;
        let finish = |opened: Unverified<'_>, record: &mut _| {
            opened.finish_with(keys, now, record, signed_by)
        };
        verifier.explain_with(token, finish).with_hint(token, keys)
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Question")
            .field("header", &self.token.header)
            .field("candidates", &self.candidates)
            .finish_non_exhaustive()
    }
}

/// A token that has passed every check before the signature.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums)]
pub enum Asked {
    /// A key that answers at once has verified the signature.
    Settled(Answered),
    /// The signature is yet to be verified.
    Waiting(Question),
}

impl Verifier {
    /// Makes the checks of [`Verifier::verify`] up to the signature, and asks for the rest.
    ///
    /// # Errors
    /// As [`Verifier::verify`], up to the signature; [`Error::InvalidSignature`] if all keys that may
    /// have signed the token answer at once and none verifies it.
    pub fn ask(&self, token: impl AsRef<[u8]>, keys: &JwkSet) -> Result<Asked, Error> {
        self.open_along(token.as_ref(), &mut silent(), Layer::Jwt)?.ask(keys)
    }

    /// Makes the checks of [`Verifier::verify_jws`] up to the signature, and asks for the rest.
    ///
    /// # Errors
    /// As [`Verifier::ask`].
    pub fn ask_jws(&self, token: impl AsRef<[u8]>, keys: &JwkSet) -> Result<Asked, Error> {
        self.open_along(token.as_ref(), &mut silent(), Layer::Jws)?.ask(keys)
    }
}

impl Unverified<'_> {
    /// Makes the next checks of [`Unverified::verify`] up to the signature, and asks for the rest; for
    /// a token that a [`VerifierSet`](crate::VerifierSet) has opened, too.
    ///
    /// # Errors
    /// As [`Verifier::ask`], from the algorithm on.
    pub fn ask(self, keys: &JwkSet) -> Result<Asked, Error> {
        let (algorithm, found) = self.find_keys(keys, &mut silent())?;
        let jws = OwnedJws::from(self.jws);
        let token = Token::new(jws, self.header, algorithm, keys);
        token.ask(self.jws.signature, &found, keys)
    }
}

/// A key that may have signed a token.
#[derive(Clone, Debug)]
pub struct Candidate {
    position: usize,
    id: Option<String>,
    issuer: Option<Arc<str>>,
}

impl Candidate {
    fn of(key: &Key, keys: &JwkSet) -> Option<Self> {
        let position = keys.keys().iter().position(|other| core::ptr::eq(other, key))?;
        let id = key.id().map(ToOwned::to_owned);
        Some(Self { position, id, issuer: key.shared_issuer().cloned() })
    }

    /// Its position in [`JwkSet::keys`] of the set that the question was asked with.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Its `kid`, if it has one.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

/// A token whose signature is verified. Its claims are not, so they are not shown yet.
#[must_use]
pub struct Answered {
    token: Token,
    signer: Signer,
}

impl Answered {
    /// Makes the remaining checks of [`Verifier::verify`]. Size, type and algorithm are checked again,
    /// so that the verdict is that of `verifier`, whichever verifier asked.
    ///
    /// # Errors
    /// As [`Verifier::verify`], after the signature; of another verifier than the one that asked also
    /// [`Error::TokenTooLarge`], [`Error::UnexpectedType`] and [`Error::AlgorithmNotAllowed`].
    pub fn verify(self, verifier: &Verifier, now: UnixTime) -> Result<Verified, Error> {
        let Self { token, signer } = self;
        let Token { jws, header, default_algorithms, is_padded, .. } = token;
        if is_padded {
            return Err(PADDED);
        }
        let opened = verifier.admit(jws.parts(), header, Layer::Jwt, default_algorithms)?;
        opened.finish_signed(signer, now, &mut silent())
    }

    /// Makes the remaining checks of [`Verifier::verify_jws`], otherwise as [`Answered::verify`].
    ///
    /// # Errors
    /// As [`Verifier::verify_jws`], after the signature; of another verifier than the one that asked
    /// as [`Answered::verify`].
    pub fn verify_jws(self, verifier: &Verifier) -> Result<VerifiedJws, Error> {
        let Self { token, signer } = self;
        let Token { jws, header, default_algorithms, is_padded, .. } = token;
        if is_padded {
            return Err(PADDED);
        }
        let opened = verifier.admit(jws.parts(), header, Layer::Jws, default_algorithms)?;
        opened.finish_signed_jws(signer, &mut silent())
    }

    /// The set that the signature was verified with.
    pub(super) const fn keys(&self) -> &Identity {
        &self.token.keys
    }

    pub(super) fn token(&self) -> &[u8] {
        self.token.jws.parts().token
    }

    /// Whether its segments are padded.
    pub(super) const fn is_padded(&self) -> bool {
        self.token.is_padded
    }
}

impl fmt::Debug for Answered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Answered")
            .field("header", &self.token.header)
            .finish_non_exhaustive()
    }
}

/// What goes with a token from the question to the verdict.
pub(super) struct Token {
    jws: OwnedJws,
    header: Header,
    algorithm: Algorithm,
    /// The set that it was asked about with.
    keys: Identity,
    /// What a policy that names no algorithms allows with that set.
    default_algorithms: AlgorithmSet,
    /// Whether the segments are padded, which only an [`AlbVerifier`](super::AlbVerifier) accepts.
    is_padded: bool,
}

impl Token {
    pub(super) fn new(jws: OwnedJws, header: Header, algorithm: Algorithm, keys: &JwkSet) -> Self {
        let default_algorithms = keys.default_algorithms();
        let keys = keys.identity().clone();
        Self { jws, header, algorithm, keys, default_algorithms, is_padded: false }
    }

    pub(super) fn padded(self) -> Self {
        Self { is_padded: true, ..self }
    }

    /// Tries the keys that answer at once, and asks about the others. `signature` is the segment,
    /// without padding.
    pub(super) fn ask(
        self,
        signature: &[u8],
        found: &Candidates<'_>,
        keys: &JwkSet,
    ) -> Result<Asked, Error> {
        let mut buffer = SIGNATURE_BUFFER;
        let signature = decode_signature(signature, &mut buffer)?;
        let message = self.jws.parts().signing_input;
        let (mut candidates, mut signed_by) = (Vec::new(), None);
        for key in found.iter() {
            if key.answers_later() {
                // Another length is another encoding, which some hosts accept.
                if key.signs_with(signature.len()) {
                    candidates.extend(Candidate::of(key, keys));
                }
            } else if key.verify(self.algorithm, message, signature).is_ok() {
                signed_by = Some(key);
                break;
            }
        }
        if signed_by.is_none() && candidates.is_empty() {
            return Err(Error::InvalidSignature);
        }
        let signature = Box::from(signature);
        Ok(match signed_by {
            Some(key) => {
                let id = key.id().filter(|_| self.header.key_id().is_none());
                let signer = Signer {
                    algorithm: self.algorithm,
                    other_key_id: id.map(ToOwned::to_owned),
                    key_issuer: key.shared_issuer().cloned(),
                };
                Asked::Settled(Answered { token: self, signer })
            }
            None => Asked::Waiting(Question { token: self, signature, candidates }),
        })
    }
}

/// Padding is refused as the structure of an ordinary token is.
const PADDED: Error = Error::MalformedToken { reason: "the segments are padded" };
