//! Verification: the policy, the rules, and the verifiers that apply them.

pub use alb::{AlbToken, AlbVerifier};
pub use asked::{Answered, Asked, Candidate, Question};
pub use check::Check;
pub use explain::{Explanation, Outcome, Step};
pub use policy::{Audiences, Issuers, LifetimeClasses, Policy, PolicyError, Rule, TenantIds};
#[cfg(feature = "std")]
pub use token_cache::SharedTokenCache;
pub use token_cache::{Recalled, TokenCache};
pub use unverified::Unverified;
pub use verifier::{Revocation, Verifier};
pub use verifier_set::{Chosen, VerifierSet, VerifierSetError};

mod alb;
mod asked;
pub(crate) mod check;
mod claim_rules;
pub(crate) mod explain;
mod hints;
mod issuer_rule;
pub(crate) mod known_tenants;
pub(crate) mod policy;
mod rules;
mod token_cache;
mod unverified;
pub(crate) mod verifier;
mod verifier_set;
