//! Reads the policy from the settings: a whole document, or single settings.

use alloc::string::String;
use core::time::Duration;

use super::{
    ALGORITHMS, ANY_AUDIENCE, ANY_ISSUER, AUDIENCE, CERTIFICATES_URL, ISSUER, LEEWAY,
    MAX_JWKS_KEYS, MAX_JWKS_OCTETS, MAX_TOKEN_OCTETS, NameList, POLICY, PROVIDER, PROVIDER_OPTIONS,
    PUBLIC_KEY, Reader, SECRET, SettingsError,
};
use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::issuer::key_source::KeyLimits;
use crate::provider::Preset;
use crate::verify::policy::{Audiences, Issuers, MAX_LEEWAY, Policy};

/// What a token must satisfy, and the limits of a key set.
pub(super) struct Demands {
    pub(super) policy: Policy,
    pub(super) key_limits: KeyLimits,
    /// Whether the policy is a document.
    pub(super) of_document: bool,
    /// The preset that the policy is of.
    pub(super) preset: Option<Preset>,
}

impl Demands {
    /// Returns the setting that says the algorithms.
    pub(super) const fn algorithms_in(&self) -> &'static str {
        match (&self.preset, self.of_document) {
            (Some(_), _) => PROVIDER,
            (None, true) => POLICY,
            (None, false) => ALGORITHMS,
        }
    }
}

impl<L: FnMut(&str) -> Option<String>> Reader<'_, L> {
    /// Reads the policy. `source` is the source of keys that is set.
    pub(super) fn demands(
        &mut self,
        source: Option<&'static str>,
    ) -> Result<Demands, SettingsError> {
        match (self.value(POLICY)?, self.value(PROVIDER)?) {
            (Some(_), Some(_)) => {
                Err(self
                    .error(&[POLICY, PROVIDER], "each of them is a whole policy; keep one of them"))
            }
            (None, Some(provider)) => self.of_provider(&provider, source),
            _ if self.value(PROVIDER_OPTIONS)?.is_some() => Err(self.error(
                &[PROVIDER_OPTIONS, PROVIDER],
                "options need a preset; set it, or remove the options",
            )),
            (Some(document), None) => self.document(&document, source),
            (None, None) => self.single_settings(source),
        }
    }

    fn document(
        &mut self,
        document: &str,
        source: Option<&'static str>,
    ) -> Result<Demands, SettingsError> {
        for name in IN_DOCUMENT {
            if self.value(name)?.is_some() {
                return Err(self.error(
                    &[POLICY, name],
                    text!(
                        "the policy document replaces {}; move the value into the document and \
                 remove the setting",
                        self.whole_name(name)
                    ),
                ));
            }
        }
        let policy = Policy::from_json(document).map_err(|error| {
            let place = error.member().map(|member| text!("{member}: ")).unwrap_or_default();
            self.error(&[POLICY], text!("{place}{}", error.problem()))
        })?;
        if policy.symmetric_keys {
            return Err(self.error(
                &[POLICY],
                text!(
                    "symmetric_keys: key sets from settings cannot contain symmetric keys; put the \
                 shared secret into {} and remove the member",
                    self.whole_name(SECRET)
                ),
            ));
        }
        let named_in = text!("algorithms in {}", self.whole_name(POLICY));
        self.check_algorithms(source, policy.algorithms, POLICY, &named_in)?;
        let key_limits =
            KeyLimits { max_octets: policy.max_jwks_octets, max_keys: policy.max_jwks_keys };
        Ok(Demands { policy, key_limits, of_document: true, preset: None })
    }

    fn single_settings(&mut self, source: Option<&'static str>) -> Result<Demands, SettingsError> {
        let algorithms = self.algorithms()?;
        self.check_algorithms(source, algorithms, ALGORITHMS, "it")?;
        let issuers = match self.names(ISSUER, ANY_ISSUER)? {
            NameList::Named(names) => Issuers::one_of(names),
            NameList::Waived => Issuers::any(),
            NameList::Absent if source.is_none() => return Err(self.without_source(ISSUER)),
            NameList::Absent => return Err(self.missing(ISSUER, "the expected iss", ANY_ISSUER)),
        };
        let default = KeyLimits::default();
        let key_limits = KeyLimits {
            max_octets: self.number(MAX_JWKS_OCTETS)?.unwrap_or(default.max_octets),
            max_keys: self.number(MAX_JWKS_KEYS)?.unwrap_or(default.max_keys),
        };
        let audiences = match self.names(AUDIENCE, ANY_AUDIENCE)? {
            NameList::Named(names) => Audiences::one_of(names),
            NameList::Waived => Audiences::any(),
            NameList::Absent => {
                return Err(self.missing(AUDIENCE, "the expected aud", ANY_AUDIENCE));
            }
        };
        let mut policy = Policy::new(issuers, audiences);
        if let Some(algorithms) = algorithms {
            policy = policy.algorithms(algorithms);
        }
        if let Some(leeway) = self.leeway()? {
            policy = policy.leeway(leeway);
        }
        if let Some(octets) = self.number(MAX_TOKEN_OCTETS)? {
            policy = policy.max_token_octets(octets);
        }
        Ok(Demands { policy, key_limits, of_document: false, preset: None })
    }

    fn algorithms(&mut self) -> Result<Option<AlgorithmSet>, SettingsError> {
        let Some(value) = self.value(ALGORITHMS)? else { return Ok(None) };
        let mut algorithms = AlgorithmSet::EMPTY;
        for name in value.split_whitespace() {
            let algorithm = name.parse::<Algorithm>().map_err(|error| {
                self.error(
                    &[ALGORITHMS],
                    text!("{error}; separate names with whitespace; case matters"),
                )
            })?;
            algorithms = algorithms.union(algorithm.into());
        }
        Ok(Some(algorithms))
    }

    /// Checks that the algorithms fit the source. `setting` names the algorithms.
    pub(super) fn check_algorithms(
        &self,
        source: Option<&'static str>,
        algorithms: Option<AlgorithmSet>,
        setting: &'static str,
        named_in: &str,
    ) -> Result<(), SettingsError> {
        let Some(algorithms) = algorithms else {
            return match source {
                Some(source @ (PUBLIC_KEY | SECRET | CERTIFICATES_URL)) => Err(self.error(
                    &[setting],
                    text!(
                        "{named_in} is not set, but {} does not name its algorithms; set it, for \
                 example to {}",
                        self.whole_name(source),
                        if source == SECRET { Algorithm::Hs256 } else { Algorithm::Es256 }
                    ),
                )),
                _ => Ok(()),
            };
        };
        let beside_source = source.map(|source| [source, setting]);
        let at_fault = match &beside_source {
            Some(names) => &names[..],
            None if setting == POLICY => &[POLICY][..],
            None if setting == PROVIDER => &[PROVIDER][..],
            None => &[ISSUER, ALGORITHMS],
        };
        let symmetric = algorithms.intersection(AlgorithmSet::SYMMETRIC);
        match source {
            Some(SECRET) if symmetric != algorithms => Err(self.error(
                &[SECRET, setting],
                "a shared secret works only with HMAC; name only HS256, HS384 or HS512",
            )),
            Some(SECRET) => Ok(()),
            _ if !symmetric.is_empty() => Err(self.error(
                at_fault,
                text!(
                    "HMAC together with public keys would use a public key as a secret; remove HS256, \
                 HS384 and HS512, or put a shared secret into {}",
                    self.whole_name(SECRET)
                ),
            )),
            _ => Ok(()),
        }
    }

    fn leeway(&mut self) -> Result<Option<Duration>, SettingsError> {
        let Some(value) = self.value(LEEWAY)? else { return Ok(None) };
        let value = value.trim();
        let maximum = MAX_LEEWAY.as_secs();
        let seconds = value.parse().ok().filter(|seconds| *seconds <= maximum);
        match seconds.filter(|_| value.bytes().all(|octet| octet.is_ascii_digit())) {
            Some(seconds) => Ok(Some(Duration::from_secs(seconds))),
            None => Err(self
                .error(&[LEEWAY], text!("must be a whole number of seconds from 0 to {maximum}"))),
        }
    }
}

/// The settings that a document replaces.
const IN_DOCUMENT: [&str; 7] =
    [ISSUER, AUDIENCE, ALGORITHMS, LEEWAY, MAX_TOKEN_OCTETS, MAX_JWKS_OCTETS, MAX_JWKS_KEYS];
