//! The common part of `verify` and `explain`: a verification that is ready to run.

use std::path::Path;

use verijot::crypto::CryptoProvider;
use verijot::keys::SkippedKey;
use verijot::{Algorithm, Error, Excerpt, Explanation, JwkSet, UnixTime, Verified};

use crate::arguments::VerificationArguments;
use crate::policy::Verifying;
use crate::problem::Problem;
use crate::profile_options::refused;
use crate::{input, keys, preset};

pub(crate) struct Verification {
    provider: &'static dyn CryptoProvider,
    verifying: Verifying,
    /// The document of what the call expects of a profile's token.
    expectations: Vec<u8>,
    pub(crate) keys: JwkSet,
    pub(crate) token: Vec<u8>,
    pub(crate) now: UnixTime,
    /// A warning about the secret's file.
    pub(crate) warning: Option<&'static str>,
}

impl Verification {
    pub(crate) fn prepare(
        arguments: &VerificationArguments,
        provider: &'static dyn CryptoProvider,
    ) -> Result<Self, Problem> {
        refuse_two_readers(arguments)?;
        let preset = preset::preset(arguments)?;
        let verifying = Verifying::prepare(arguments, preset.as_ref())?;
        if matches!(verifying, Verifying::Policy(_)) && arguments.profile.are_expectations() {
            return Err(Problem::usage(NO_LOGIN));
        }
        let expectations = arguments.profile.expectations(verifying.profile())?;
        if let Verifying::Profile(profile) = &verifying {
            profile.expectations(&expectations).map(drop).map_err(|error| refused(&error))?;
        }
        let keys = keys::load(arguments, verifying.verifier().policy(), preset.as_ref(), provider)?;
        let token = input::token(&arguments.token)?;
        let now = arguments.now.unwrap_or_else(UnixTime::now);
        let (keys, warning) = (keys.set, keys.warning);
        Ok(Self { provider, verifying, expectations, keys, token, now, warning })
    }

    /// Verifies the token.
    pub(crate) fn verify(&self) -> Result<Result<Verified, Error>, Problem> {
        let Self { keys, token, now, .. } = self;
        Ok(match &self.verifying {
            Verifying::Policy(verifier) => verifier.verify(token, keys, *now),
            Verifying::Profile(profile) => {
                let expectations =
                    profile.expectations(&self.expectations).map_err(|error| refused(&error))?;
                expectations.verify(token, keys, *now).map(|(verified, _)| verified)
            }
        })
    }

    /// Verifies the token, and records the outcome of each check.
    pub(crate) fn explain(&self) -> Result<Explanation, Problem> {
        let Self { keys, token, now, .. } = self;
        Ok(match &self.verifying {
            Verifying::Policy(verifier) => verifier.explain(token, keys, *now),
            Verifying::Profile(profile) => {
                let expectations =
                    profile.expectations(&self.expectations).map_err(|error| refused(&error))?;
                expectations.explain(token, keys, *now)
            }
        })
    }

    /// Hints for an error: the skipped keys if a key is missing, and another provider if this one
    /// does not support the algorithm.
    pub(crate) fn hints(&self, error: &Error) -> Vec<String> {
        match error {
            // Names every skipped key, where the core's hint names one.
            Error::UnknownKey { kid } => self.skipped_keys(kid.as_ref()),
            Error::AlgorithmNotAllowed { algorithm, .. } => {
                Algorithm::from_name(algorithm.as_str())
                    .filter(|algorithm| !self.provider.algorithms().contains(*algorithm))
                    .map(|algorithm| format!("{} has no {algorithm}", self.provider.name()))
                    .into_iter()
                    .collect()
            }
            _ => {
                let explanation = self.explain().ok();
                let hint = explanation.as_ref().and_then(Explanation::hint);
                hint.map(str::to_owned).into_iter().collect()
            }
        }
    }

    /// The skipped keys that the token names or, if it names none of them, all.
    fn skipped_keys(&self, kid: Option<&Excerpt>) -> Vec<String> {
        let named = |key: &&SkippedKey| kid.is_some() && key.id().map(Excerpt::of).as_ref() == kid;
        let skipped = self.keys.skipped();
        let meant = skipped.iter().filter(named).collect::<Vec<_>>();
        let shown = if meant.is_empty() { skipped.iter().collect() } else { meant };
        let more = shown.len().saturating_sub(MOST_HINTS);
        let mut hints = shown.into_iter().take(MOST_HINTS).map(hint).collect::<Vec<_>>();
        if more > 0 {
            hints.push(format!("{more} more keys are skipped; `verijot jwks` shows them"));
        }
        hints
    }
}

fn hint(key: &SkippedKey) -> String {
    let name = match key.id() {
        Some(id) => format!("with the kid {}", Excerpt::of(id)),
        None => format!("number {} (no kid)", key.index()),
    };
    format!("the key {name} is skipped: {}", key.reason())
}

fn refuse_two_readers(arguments: &VerificationArguments) -> Result<(), Problem> {
    let source = &arguments.keys;
    let documents = [&arguments.policy.policy, &arguments.profile.expectations];
    let keys = [&source.jwks, &source.jwk, &source.key, &source.secret_file];
    let files = keys.into_iter().chain(documents);
    let files = files.flatten().filter(|path| *path == Path::new("-")).count();
    if files.saturating_add(usize::from(arguments.token == "-")) > 1 {
        return Err(Problem::usage("- is given twice; standard input can be read only once"));
    }
    Ok(())
}

const MOST_HINTS: usize = 5;

const NO_LOGIN: &str = "this provider's tokens are verified by a policy, which cannot check a nonce or \
                        the login; leave out --nonce, --without-nonce, --any-nonce, \
                        --max-authentication-age, --acr and --expectations";
