//! A JWK Set whose keys can be compared with those of another set.
//!
//! The core reports a key's `kid`, its type and its algorithms. Whether two sets contain the same
//! key depends on its numbers, which are compared here and never shown.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;
use verijot::issuer::JwksCache;
use verijot::keys::{KeyProblem, SkippedKey, UnusableKey};
use verijot::{
    Algorithm, AlgorithmSet, Audiences, Issuers, JwkSet, JwkSetParser, JwksError, Policy, Verifier,
};

/// A JWK Set as the core parses it, with the identities of its keys.
pub(crate) struct KeySet {
    jwks: JwkSet,
    keys: Vec<PublishedKey>,
}

impl KeySet {
    pub(crate) fn parse(json: &[u8], parser: &JwkSetParser<'_>) -> Result<Self, JwksError> {
        let jwks = parser.parse(json)?;
        let document = serde_json::from_slice::<Document<'_>>(json)
            .map_err(|_| JwksError::Malformed { reason: "keys is missing or not an array" })?;
        let mut usable = jwks.keys().iter().zip(jwks.indices()).peekable();
        let mut skipped = jwks.skipped().iter().peekable();
        let read = |(index, element): (usize, &&RawValue)| {
            let skipped = skipped.next_if(|key: &&SkippedKey| key.index() == index);
            let (kid, key_type, state) = match skipped {
                Some(key) => (key.id(), key.key_type(), Err(key.reason())),
                // A key that is in the set twice is one key.
                None => {
                    let (key, _) = usable.next_if(|(_, place)| **place == index)?;
                    (key.id(), Some(key.kind().key_type()), Ok(key.algorithms()))
                }
            };
            Some(PublishedKey {
                kid: kid.map(ToOwned::to_owned),
                key_type: key_type.map(ToOwned::to_owned),
                state,
                material: Material::of(element),
                element: element.get().to_owned(),
            })
        };
        let keys = document.keys.iter().enumerate().filter_map(read).collect();
        Ok(Self { jwks, keys })
    }

    /// All keys, usable or not, in the set's order.
    pub(crate) fn keys(&self) -> &[PublishedKey] {
        &self.keys
    }

    pub(crate) fn usable(&self) -> impl Iterator<Item = &PublishedKey> {
        self.keys.iter().filter(|key| key.state.is_ok())
    }

    /// The algorithms of all usable keys.
    pub(crate) fn algorithms(&self) -> AlgorithmSet {
        self.usable().fold(AlgorithmSet::EMPTY, |all, key| all.union(key.algorithms()))
    }

    /// The same key: the same numbers and the same `kid`.
    pub(crate) fn find(&self, key: &PublishedKey) -> Option<&PublishedKey> {
        self.keys.iter().find(|own| own.is(key))
    }

    /// Whether another fetch cannot help with this `kid`.
    pub(crate) fn knows_id(&self, kid: &str) -> bool {
        self.jwks.knows_id(kid)
    }

    /// The set without these keys.
    pub(crate) fn without(
        &self,
        withdrawn: &[&PublishedKey],
        parser: &JwkSetParser<'_>,
    ) -> Result<Self, JwksError> {
        let stays = |key: &&PublishedKey| !withdrawn.iter().any(|gone| gone.is(key));
        let elements = self.keys.iter().filter(stays).map(|key| key.element.as_str());
        let json = format!("{{\"keys\":[{}]}}", elements.collect::<Vec<_>>().join(","));
        Self::parse(json.as_bytes(), parser)
    }

    /// How the core refuses a valid token that `signer` signed with `algorithm`, if it does.
    /// `allowed` are the algorithms that the verifiers' policies allow.
    pub(crate) fn refusal(
        &self,
        signer: &PublishedKey,
        algorithm: Algorithm,
        allowed: AlgorithmSet,
    ) -> Option<TokenRefusal> {
        let policy = Policy::new(Issuers::any(), Audiences::any()).algorithms(allowed);
        let Ok(verifier) = Verifier::new(policy) else {
            return Some(TokenRefusal { code: "algorithm_not_allowed", is_reconsidered: false });
        };
        // There is no signature: if the check of the signature is reached, there are keys to try.
        let refusal = match verifier.verify_jws(header_only(signer, algorithm), &self.jwks) {
            Ok(_) => return None,
            Err(error) => {
                TokenRefusal { code: error.code(), is_reconsidered: JwksCache::reconsiders(&error) }
            }
        };
        let tried = |key: &&PublishedKey| {
            key.algorithms().contains(algorithm) && (signer.kid.is_none() || key.kid == signer.kid)
        };
        let is_tried = self.usable().filter(tried).any(|key| key.material == signer.material);
        (refusal.code != "invalid_signature" || !is_tried).then_some(refusal)
    }
}

/// How a valid token is refused.
#[derive(Clone, Copy)]
pub(crate) struct TokenRefusal {
    pub(crate) code: &'static str,
    /// Whether a cache fetches again after this refusal.
    pub(crate) is_reconsidered: bool,
}

/// A key as a set contains it.
pub(crate) struct PublishedKey {
    pub(crate) kid: Option<String>,
    pub(crate) key_type: Option<String>,
    /// Its algorithms, or the reason why it is skipped.
    pub(crate) state: Result<AlgorithmSet, UnusableKey>,
    material: Material,
    element: String,
}

impl PublishedKey {
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.kid == other.kid && self.has_material_of(other)
    }

    pub(crate) fn has_material_of(&self, other: &Self) -> bool {
        self.material == other.material
    }

    /// Empty if the key is skipped.
    pub(crate) fn algorithms(&self) -> AlgorithmSet {
        self.state.unwrap_or(AlgorithmSet::EMPTY)
    }

    /// Whether such a key can sign tokens.
    pub(crate) fn is_for_signatures(&self) -> bool {
        !self.state.is_err_and(|reason| reason.problem() == KeyProblem::NotForSignatures)
    }
}

#[derive(Deserialize)]
struct Document<'j> {
    #[serde(borrow)]
    keys: Vec<&'j RawValue>,
}

/// The numbers that identify a key (RFC 7638 §3.2). Must not be printed.
#[derive(PartialEq, Eq)]
enum Material {
    Numbers {
        names: Vec<String>,
        octets: Vec<Vec<u8>>,
    },
    /// An element that cannot be parsed equals only its own copy.
    Unreadable {
        element: String,
    },
}

impl Material {
    fn of(element: &RawValue) -> Self {
        Self::read(element)
            .unwrap_or_else(|| Self::Unreadable { element: element.get().to_owned() })
    }

    fn read(element: &RawValue) -> Option<Self> {
        let members = serde_json::from_str::<BTreeMap<String, &RawValue>>(element.get()).ok()?;
        let text = |name: &str| {
            let value = members.get(name)?;
            serde_json::from_str::<String>(value.get()).ok()
        };
        let key_type = text("kty")?;
        let (names, numbers): (&[&str], &[&str]) = match key_type.as_str() {
            "RSA" => (&["kty"], &["n", "e"]),
            "EC" => (&["kty", "crv"], &["x", "y"]),
            "OKP" => (&["kty", "crv"], &["x"]),
            "oct" => (&["kty"], &["k"]),
            _ => return None,
        };
        let number = |name: &&str| {
            let octets = BASE64_URL_SAFE_NO_PAD.decode(text(name)?).ok()?;
            // Some issuers write ASN.1's sign octet, and later stop doing so.
            let padded = *name == "n" && octets.first() == Some(&0);
            Some(if padded { octets.get(1..)?.to_vec() } else { octets })
        };
        Some(Self::Numbers {
            names: names.iter().map(|name| text(name)).collect::<Option<_>>()?,
            octets: numbers.iter().map(number).collect::<Option<_>>()?,
        })
    }
}

/// A token with the header that the signer would write, an empty payload and no signature.
fn header_only(signer: &PublishedKey, algorithm: Algorithm) -> String {
    let mut header = serde_json::Map::new();
    header.insert(String::from("alg"), algorithm.name().into());
    if let Some(kid) = &signer.kid {
        header.insert(String::from("kid"), kid.as_str().into());
    }
    let header = serde_json::Value::from(header).to_string();
    format!("{}..", BASE64_URL_SAFE_NO_PAD.encode(header))
}
