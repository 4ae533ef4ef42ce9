//! The native half of the Python package `verijot`: it converts arguments, calls the core once per
//! verification, and converts the result. The core makes every decision about a token.

use pyo3::prelude::*;

mod alb;
mod bearer;
mod cache;
mod command;
mod convert;
mod discovery;
mod explanation;
mod health;
mod held_token;
mod json;
mod jwk_set;
mod jws;
mod names;
mod octets;
mod opened;
mod policy;
mod policy_options;
mod preset;
mod profile;
mod provider;
mod refresh;
mod refusal;
mod replay;
mod request;
mod revocation;
mod settings;
mod time;
mod token;
mod verifier;
mod verifier_set;

/// The private module `verijot._native`; `verijot` re-exports what is public.
#[pymodule(name = "_native")]
mod native {
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::alb::{AlbToken, AlbVerifier};
    #[pymodule_export]
    use crate::bearer::bearer_token;
    #[pymodule_export]
    use crate::cache::{JwksCache, Ticket};
    #[pymodule_export]
    use crate::command::run_command;
    #[pymodule_export]
    use crate::discovery::{KeyFetch, KeyLocation, KeyRequest, check_url};
    #[pymodule_export]
    use crate::explanation::{Explanation, Step};
    #[pymodule_export]
    use crate::health::{FetchCounts, Health};
    #[pymodule_export]
    use crate::jwk_set::source::{restore_json, restore_pem, restore_secret};
    #[pymodule_export]
    use crate::jwk_set::{JwkSet, Key, SkippedKey};
    #[pymodule_export]
    use crate::jws::VerifiedJws;
    #[pymodule_export]
    use crate::opened::OpenedToken;
    #[pymodule_export]
    use crate::policy::Policy;
    #[pymodule_export]
    use crate::preset::{preset_keys, read_preset};
    #[pymodule_export]
    use crate::profile::{Checked, Expectations, Profile};
    #[pymodule_export]
    use crate::refresh::{
        Attempt, RefreshFailure, RefreshSession, RefreshTicket, SessionHealth, token_response,
    };
    #[pymodule_export]
    use crate::refusal::{mismatch, refusal};
    #[pymodule_export]
    use crate::replay::{Replay, ReplayWindow};
    #[pymodule_export]
    use crate::request::{Answer, Demand, GuardRules, resource_metadata_url};
    #[pymodule_export]
    use crate::settings::read_settings;
    #[pymodule_export]
    use crate::time::unix_nanoseconds;
    #[pymodule_export]
    use crate::token::VerifiedToken;
    #[pymodule_export]
    use crate::verifier::Verifier;
    #[pymodule_export]
    use crate::verifier_set::VerifierSet;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        let provider = crate::provider::PROVIDER;
        let algorithms = provider.algorithms().iter().map(verijot::Algorithm::name);
        let reasons = verijot::keys::KeyProblem::ALL.iter().map(|problem| problem.code());
        module.add("ALGORITHMS", PyTuple::new(py, algorithms.collect::<Vec<_>>())?)?;
        module.add("CODES", PyTuple::new(py, verijot::Error::CODES)?)?;
        let options = crate::policy_options::all().collect::<Vec<_>>();
        module.add("MAX_ABANDONED_CALLS", verijot::Verifier::MAX_ABANDONED_CALLS)?;
        module.add("MAX_ABANDONED_FETCHES", verijot::issuer::KeyFetch::MAX_ABANDONED)?;
        module.add("MAX_SETTINGS_FILE_OCTETS", verijot::issuer::Settings::MAX_FILE_OCTETS)?;
        module.add("SETTINGS_FILE_SUFFIX", verijot::issuer::Settings::FILE_SUFFIX)?;
        module.add("POLICY_OPTIONS", PyTuple::new(py, options)?)?;
        module.add("REVOCATION_TIMEOUT", verijot::Verifier::REVOCATION_TIMEOUT.as_secs_f64())?;
        module.add("PROVIDER", provider.name())?;
        module.add("REASONS", PyTuple::new(py, reasons.collect::<Vec<_>>())?)?;
        module.add("VERSION", env!("CARGO_PKG_VERSION"))
    }
}
