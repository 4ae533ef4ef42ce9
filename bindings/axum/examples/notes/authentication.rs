//! Which tokens are accepted: the environment's settings, and what this service requires in
//! addition.

use std::time::Duration;

use verijot_axum::verijot::{LifetimeClasses, Verifier};
use verijot_axum::{
    Authenticator, EnvironmentError, IssuerKeys, RevocationList, settings_from_environment,
};

/// Accepts access tokens (RFC 9068) that live no longer than their track allows, and that are not
/// in the list.
pub(crate) fn authenticator(
    revocations: RevocationList,
) -> Result<Authenticator, EnvironmentError> {
    let settings = settings_from_environment("VERIJOT_")?;
    let limits = settings.key_limits();
    let (policy, source) = settings.into_parts();
    let policy = policy
        .types(["at+jwt"])
        .require_claims(["iss", "sub", "jti"])
        .max_lifetime_by(longest_lives());
    let keys = IssuerKeys::builder(source).limits(limits).build()?;
    let authenticator = Authenticator::new(Verifier::new(policy)?, keys);
    Ok(authenticator.with_revocation(revocations))
}

/// The claim `track` is the kind of user that a token is for. Every other token is a guest's.
fn longest_lives() -> LifetimeClasses {
    LifetimeClasses::by_claim("track")
        .class("staff", Duration::from_secs(12 * 3600))
        .class("member", Duration::from_secs(8 * 3600))
        .class("partner", Duration::from_secs(4 * 3600))
        .otherwise(Duration::from_secs(3600))
}
