//! Several issuers in one service: selects the verifier, and with it the keys, for a token.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;

use crate::crypto::algorithm::AlgorithmSet;
use crate::encoding::base64url;
use crate::encoding::excerpt::Excerpt;
use crate::encoding::json::{self, JsonError};
use crate::error::Error;
use crate::keys::jwks::JwkSet;
use crate::time::UnixTime;
use crate::token::header::Header;
use crate::token::verified::Verified;
use crate::verify::policy::issuer_template::IssuerTemplate;
use crate::verify::policy::{Audiences, Issuers, Policy, PolicyError};
use crate::verify::unverified::Unverified;
use crate::verify::verifier::Verifier;

/// Verifies tokens of several issuers, each against its own policy and with its own keys.
///
/// Every verifier comes with its issuer's keys, `K`: a [`JwkSet`] or an `Arc` of one, a key cache,
/// a client, or a number if the keys are stored elsewhere. A token is verified by the one verifier
/// whose policy names its `iss`, only with that verifier's keys. An issuer that is named exactly
/// comes before one that a [template](Issuers::template) gives.
///
/// The `iss` that selects the verifier is untrusted, because it is read before the signature is
/// verified. It is used only for the selection: after the signature the selected verifier checks it
/// again, with everything else. A token that names another issuer is verified with that issuer's
/// keys.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime, Verifier, VerifierSet};
/// let issuers = ["https://one.example", "https://two.example"].map(|issuer| {
///     let policy = Policy::new(Issuers::only(issuer), Audiences::only("https://api.example"));
///     let keys = JwkSet::from_json(r#"{"keys": []}"#)?;
///     Ok::<_, Box<dyn std::error::Error>>((Verifier::new(policy)?, keys))
/// });
/// let set = VerifierSet::new(issuers.into_iter().collect::<Result<Vec<_>, _>>()?)?;
/// // {"alg":"ES256"} . {"iss":"https://three.example"}
/// let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL3RocmVlLmV4YW1wbGUifQ.AA";
/// let error = set.verify(token, UnixTime::from_seconds(0)).unwrap_err();
/// assert_eq!(error.code(), "wrong_issuer");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct VerifierSet<K> {
    members: Vec<(Verifier, K)>,
    by_issuer: Vec<(String, usize)>,
    by_template: Vec<(IssuerTemplate, usize)>,
    /// Runs the checks before the selection.
    gate: Verifier,
}

impl<K> VerifierSet<K> {
    /// Creates a set of verifiers with their keys. Finding one among thousands takes a few
    /// comparisons.
    ///
    /// # Errors
    /// [`VerifierSetError`] if there is no verifier, if a policy waives the issuer, or if two
    /// policies name the same one or have [templates](Issuers::template) that could give the same
    /// one.
    pub fn new(members: impl IntoIterator<Item = (Verifier, K)>) -> Result<Self, VerifierSetError> {
        let members = members.into_iter().collect::<Vec<_>>();
        let mut by_issuer = Vec::<(String, usize)>::new();
        let mut by_template = Vec::<(IssuerTemplate, usize)>::new();
        let mut algorithms = AlgorithmSet::EMPTY;
        let mut max_token_octets = 0;
        for (index, (verifier, _)) in members.iter().enumerate() {
            let policy = verifier.policy();
            let issuers = &policy.issuers;
            if issuers.are_waived() {
                return Err(VerifierSetError::WaivedIssuer { index });
            }
            for name in issuers.names() {
                match place_of(&by_issuer, name) {
                    Err(free) => by_issuer.insert(free, (name.clone(), index)),
                    Ok(taken) if by_issuer.get(taken).is_some_and(|taken| taken.1 == index) => {}
                    Ok(_) => {
                        return Err(VerifierSetError::SharedIssuer { issuer: name.clone() });
                    }
                }
            }
            for template in issuers.templates() {
                if by_template.iter().any(|(other, _)| other.could_meet(template)) {
                    return Err(VerifierSetError::SharedIssuer { issuer: template.text.clone() });
                }
                by_template.push((template.clone(), index));
            }
            algorithms = algorithms.union(policy.algorithms.unwrap_or(AlgorithmSet::ALL));
            max_token_octets = policy.max_token_octets.max(max_token_octets);
        }
        let policy = Policy::new(Issuers::any(), Audiences::any()).any_type();
        let gate = Verifier::new(policy.algorithms(algorithms).max_token_octets(max_token_octets))
            .map_err(|_| VerifierSetError::Empty)?;
        Ok(Self { members, by_issuer, by_template, gate })
    }

    /// Returns every verifier with its keys, in the original order; for refreshing or monitoring
    /// the keys.
    pub fn members(&self) -> impl ExactSizeIterator<Item = (&Verifier, &K)> {
        self.members.iter().map(|(verifier, keys)| (verifier, keys))
    }

    /// Returns the most octets that a token of any of the issuers may have.
    #[must_use]
    pub const fn longest_token(&self) -> usize {
        self.gate.longest_token()
    }

    /// Returns the verifier of an issuer, and its keys; of an issuer that a template gives, only if
    /// its tenant is one of those that the policy names.
    #[must_use]
    pub fn of_issuer(&self, issuer: &str) -> Option<(&Verifier, &K)> {
        let (verifier, keys) = self.members.get(self.index_of(issuer)?)?;
        Some((verifier, keys))
    }

    /// Selects the verifier, and runs its checks that need no keys.
    ///
    /// # Errors
    /// The first check that fails, in this order: size (the largest limit among the policies),
    /// structure, header, an algorithm that no policy allows; then the payload, if it is not
    /// base64url (`malformed_token`), not a JSON object or has `iss` twice (`malformed_claims`;
    /// other duplicate names are detected after the signature); then `iss`, if it is missing
    /// (`missing_claim`), not a string (`invalid_claim`) or not one of the issuers (`wrong_issuer`,
    /// which lists at most eight of them); then those of [`Verifier::open`] of the selected
    /// verifier.
    pub fn open<'v>(&'v self, token: &'v [u8]) -> Result<Chosen<'v, K>, Error> {
        let opened = self.gate.open(token)?;
        let index = self.choose(opened.payload())?;
        let (verifier, keys) = self.members.get(index).ok_or(Error::UnknownKey { kid: None })?;
        Ok(Chosen { verifier, keys, unverified: opened.handed_to(verifier)? })
    }

    /// Verifies a token, if the keys are key sets.
    ///
    /// # Errors
    /// Those of [`VerifierSet::open`], then those of [`Verifier::verify`].
    pub fn verify(&self, token: impl AsRef<[u8]>, now: UnixTime) -> Result<Verified, Error>
    where
        K: Borrow<JwkSet>,
    {
        let Chosen { keys, unverified, .. } = self.open(token.as_ref())?;
        unverified.verify(keys.borrow(), now)
    }

    /// Returns the index of the verifier that names the token's `iss`.
    fn issuers(&self) -> impl Iterator<Item = &str> {
        let names = self.by_issuer.iter().map(|(name, _)| name.as_str());
        names.chain(self.by_template.iter().map(|(template, _)| template.text.as_str()))
    }

    fn index_of(&self, issuer: &str) -> Option<usize> {
        if let Ok(place) = place_of(&self.by_issuer, issuer) {
            return self.by_issuer.get(place).map(|(_, index)| *index);
        }
        let mut templates = self.by_template.iter();
        let found = templates.find(|(template, _)| template.accepted_in(issuer).is_some());
        found.map(|(_, index)| *index)
    }

    fn choose(&self, payload: &[u8]) -> Result<usize, Error> {
        let payload = base64url::decode(payload).map_err(|_| Error::MalformedToken {
            reason: "the payload segment is not canonical base64url",
        })?;
        let payload = core::str::from_utf8(&payload)
            .map_err(|_| Error::MalformedClaims { reason: "not UTF-8" })?;
        let (mut issuer, mut twice) = (None, false);
        json::skim_object(payload, |name, value| {
            if name.is("iss") {
                twice |= issuer.replace(value).is_some();
            }
        })
        .map_err(|error| Error::MalformedClaims { reason: error.reason() })?;
        if twice {
            let reason = JsonError::DuplicateName.reason();
            return Err(Error::MalformedClaims { reason });
        }
        let issuer = issuer.ok_or_else(|| Error::MissingClaim { claim: "iss".to_owned() })?;
        let issuer = issuer
            .as_text()
            .ok_or_else(|| Error::InvalidClaim { claim: "iss".to_owned(), expected: "a string" })?;
        let issuer = issuer.unescape();
        self.index_of(&issuer).ok_or_else(|| Error::WrongIssuer {
            expected: self.issuers().take(MENTIONED).map(ToOwned::to_owned).collect(),
            actual: Excerpt::of(&issuer),
        })
    }
}

/// A token that one verifier of a [`VerifierSet`] has opened, with the keys that it must be
/// verified with.
#[derive(Debug)]
pub struct Chosen<'v, K> {
    verifier: &'v Verifier,
    keys: &'v K,
    unverified: Unverified<'v>,
}

impl<'v, K> Chosen<'v, K> {
    /// Returns the verifier, for example for [`Verifier::explain`].
    #[must_use]
    pub const fn verifier(&self) -> &'v Verifier {
        self.verifier
    }

    /// Returns the keys of the token's issuer. Verify the token only with these.
    #[must_use]
    pub const fn keys(&self) -> &'v K {
        self.keys
    }

    /// Returns the JOSE header, whose `kid` says which key is needed.
    #[must_use]
    pub const fn header(&self) -> &Header {
        self.unverified.header()
    }

    /// Returns the token as the selected verifier has opened it, for example for a
    /// [`TokenCache`](crate::TokenCache). Verify it only with [`Chosen::keys`].
    #[must_use]
    pub fn into_unverified(self) -> Unverified<'v> {
        self.unverified
    }

    /// Runs the remaining checks, including `iss` again. Pass the keys from [`Chosen::keys`].
    ///
    /// # Errors
    /// Those of [`Unverified::verify`].
    pub fn verify(self, keys: &JwkSet, now: UnixTime) -> Result<Verified, Error> {
        self.unverified.verify(keys, now)
    }
}

/// `invalid_policy`: these verifiers cannot form a set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifierSetError {
    /// There is no verifier.
    Empty,
    /// A policy waives the issuer, so it could not be selected by `iss`.
    WaivedIssuer {
        /// Its index, counted from zero.
        index: usize,
    },
    /// Two policies name the same issuer, so that its tokens could be verified with either's keys.
    SharedIssuer {
        /// The issuer.
        issuer: String,
    },
}

impl VerifierSetError {
    /// The stable code: that of an invalid policy.
    pub const CODE: &'static str = PolicyError::CODE;

    /// Returns the stable code, like every other error type.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        Self::CODE
    }
}

impl fmt::Display for VerifierSetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", Self::CODE)?;
        match self {
            Self::Empty => formatter.write_str("the set is empty; add a verifier for each issuer"),
            Self::WaivedIssuer { index } => write!(
                formatter,
                "the verifier at index {index} waives the issuer; name its issuers"
            ),
            Self::SharedIssuer { issuer } => write!(
                formatter,
                "two verifiers accept the issuer {}; combine them into one",
                Excerpt::of(issuer)
            ),
        }
    }
}

impl core::error::Error for VerifierSetError {}

/// Returns the place of an issuer in a sorted list, or where it belongs.
fn place_of(sorted: &[(String, usize)], issuer: &str) -> Result<usize, usize> {
    sorted.binary_search_by(|(name, _)| name.as_str().cmp(issuer))
}

/// The maximum number of issuers in an error.
const MENTIONED: usize = 8;
