//! The keys that the arguments specify.

use verijot::crypto::CryptoProvider;
use verijot::keys::UnusableKey;
use verijot::provider::{Preset, PresetKeys};
use verijot::{AlgorithmSet, JwkSet, JwkSetParser, JwksError, Key, Policy};

use crate::arguments::{SetReading, VerificationArguments};
use crate::input;
use crate::problem::Problem;

/// Keys, and a warning about their file.
pub(crate) struct Keys {
    pub(crate) set: JwkSet,
    pub(crate) warning: Option<&'static str>,
}

pub(crate) fn load(
    arguments: &VerificationArguments,
    policy: &Policy,
    preset: Option<&Preset>,
    provider: &dyn CryptoProvider,
) -> Result<Keys, Problem> {
    let source = &arguments.keys;
    let algorithms = policy.named_algorithms().unwrap_or(AlgorithmSet::EMPTY);
    // Such as certificates instead of keys, where the provider publishes them.
    let parser = policy.jwks_parser(provider);
    let parser = match preset.map(Preset::keys) {
        Some(PresetKeys::CertificatesUrl { algorithms, .. }) => parser.certificate_map(*algorithms),
        Some(PresetKeys::JwksUrl { purposes, .. } | PresetKeys::OfCaller { purposes, .. })
            if !purposes.is_empty() =>
        {
            parser.purposes(purposes.iter().copied())
        }
        _ => parser,
    };
    let parser = reading(parser, arguments.reading);
    if let Some(path) = &source.jwks {
        let json = input::file(path, "--jwks")?;
        let set = parser.parse(&json).map_err(|error| unreadable(&error, "--jwks"))?;
        Ok(Keys { set, warning: None })
    } else if let Some(path) = &source.jwk {
        let json = input::file(path, "--jwk")?;
        let set = parser.parse_single(&json).map_err(|error| match error {
            JwksError::Malformed { reason } => {
                Problem::new(error.code(), format!("--jwk: not a single JWK: {reason}"))
            }
            _ => unreadable(&error, "--jwk"),
        })?;
        Ok(Keys { set, warning: None })
    } else if let Some(path) = &source.key {
        if algorithms.is_empty() {
            return Err(Problem::usage(
                "missing: --algorithm <A>, or algorithms in the policy, for which the key is used",
            ));
        }
        let pem = input::file(path, "--key")?;
        let pem = std::str::from_utf8(&pem)
            .map_err(|_| Problem::new("malformed_key", "--key: not PEM, which is text"))?;
        let key = Key::from_pem(pem, algorithms, provider);
        let key = key.map_err(|reason| unusable("--key", reason, algorithms, provider))?;
        Ok(Keys { set: JwkSet::from_keys([key]), warning: None })
    } else if let Some(path) = &source.secret_file {
        let secret = input::file(path, "--secret-file")?;
        let key = if algorithms.is_empty() {
            Key::from_secret_for_every_hash(&secret, provider)
        } else {
            Key::from_secret(&secret, algorithms, provider)
        };
        let key = key.map_err(|reason| unusable("--secret-file", reason, algorithms, provider))?;
        let warning = secret.ends_with(b"\n").then_some(LINE_END);
        Ok(Keys { set: JwkSet::from_keys([key]), warning })
    } else {
        Err(Problem::usage("missing: --jwks, --jwk, --key or --secret-file"))
    }
}

/// Applies the arguments' tolerance and limits to the parser.
pub(crate) fn reading(mut parser: JwkSetParser<'_>, reading: SetReading) -> JwkSetParser<'_> {
    if reading.tolerate_padded_base64 {
        parser = parser.tolerate_padded_base64();
    }
    if reading.tolerate_short_coordinates {
        parser = parser.tolerate_short_coordinates();
    }
    if let Some(keys) = reading.max_keys {
        parser = parser.max_keys(keys);
    }
    if let Some(octets) = reading.max_jwks_octets {
        parser = parser.max_octets(octets);
    }
    parser
}

/// That the set that an option named cannot be read.
pub(crate) fn unreadable(error: &JwksError, option: &str) -> Problem {
    let reason = match error {
        JwksError::TooLarge { limit, unit } => format!("the set has more than {limit} {unit}"),
        JwksError::Malformed { reason } => format!("not a JWK Set: {reason}"),
        _ => error.to_string(),
    };
    Problem::new(error.code(), format!("{option}: {reason}"))
}

fn unusable(
    option: &str,
    reason: UnusableKey,
    algorithms: AlgorithmSet,
    provider: &dyn CryptoProvider,
) -> Problem {
    let known = provider.algorithms();
    let advice = if algorithms.intersection(known) == algorithms {
        String::new()
    } else {
        format!("; --crypto {} has {known}", provider.name())
    };
    Problem::new(reason.problem().code(), format!("{option}: {}{advice}", reason.detail()))
}

const LINE_END: &str = "the secret file ends with a line break, which is part of the secret; \
                        write it with printf %s if it should not be";
