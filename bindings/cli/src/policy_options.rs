//! The options that are members of a policy: their help, and what each sets.

use std::time::Duration;

use clap::Args;
use serde_json::Value;
use verijot::{Audiences, Issuers, Policy};

use crate::values::{self, ExpectedClaim};

/// The options that a policy as a document replaces.
#[derive(Debug, Args)]
pub(crate) struct PolicyOptions {
    #[command(flatten)]
    issuer: IssuerChoice,
    #[command(flatten)]
    pub(crate) audience: AudienceChoice,
    #[command(flatten)]
    time: TimeDemands,
    #[command(flatten)]
    content: ContentDemands,
}

impl PolicyOptions {
    /// Creates a policy, without [`PolicyOptions::expected_claims`]; unspecified options keep the
    /// library's defaults.
    pub(crate) fn policy(&self) -> Policy {
        let Self { issuer, audience, time, content } = self;
        content.add_to(time.add_to(Policy::new(issuer.issuers(), audience.audiences())))
    }

    /// The claims with their expected values as a JSON object, which the policy does not have.
    pub(crate) fn expected_claims(&self) -> Option<String> {
        let claims = &self.content.expect;
        let members = claims
            .iter()
            .map(|ExpectedClaim { name, value }| format!("{}:{value}", Value::from(name.as_str())));
        (!claims.is_empty()).then(|| format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
    }
}

/// The expected issuer.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct IssuerChoice {
    /// The expected issuer, compared exactly; may be repeated
    #[arg(long, value_name = "I", value_parser = values::plain_text, help_heading = ISSUER_AND_AUDIENCE)]
    issuer: Vec<String>,
    /// Do not check the issuer
    #[arg(long, help_heading = ISSUER_AND_AUDIENCE)]
    any_issuer: bool,
}

impl IssuerChoice {
    fn issuers(&self) -> Issuers {
        if self.any_issuer { Issuers::any() } else { Issuers::one_of(self.issuer.clone()) }
    }
}

/// The expected audience. A provider may have one of its own.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct AudienceChoice {
    /// Your own name in the token's audience; may be repeated, one must match
    #[arg(long, value_name = "A", value_parser = values::plain_text, help_heading = ISSUER_AND_AUDIENCE)]
    pub(crate) audience: Vec<String>,
    /// Do not check the audience
    #[arg(long, conflicts_with = "audience", help_heading = ISSUER_AND_AUDIENCE)]
    any_audience: bool,
}

impl AudienceChoice {
    fn audiences(&self) -> Audiences {
        if self.any_audience { Audiences::any() } else { Audiences::one_of(self.audience.clone()) }
    }
}

/// Checks of the token's dates.
#[derive(Debug, Args)]
struct TimeDemands {
    /// Maximum difference between the clocks [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, allow_negative_numbers = true, help_heading = TIME)]
    leeway: Option<Duration>,
    /// Refuse tokens that were issued longer ago
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, allow_negative_numbers = true, help_heading = TIME)]
    max_age: Option<Duration>,
    /// Refuse tokens with a longer lifetime, from iat to exp
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, allow_negative_numbers = true, help_heading = TIME)]
    max_lifetime: Option<Duration>,
    /// Accept tokens without exp, which never expire
    #[arg(long, help_heading = TIME)]
    allow_missing_expiry: bool,
    /// Accept tokens whose iat is in the future
    #[arg(long, help_heading = TIME)]
    allow_future_issued_at: bool,
}

impl TimeDemands {
    fn add_to(&self, mut policy: Policy) -> Policy {
        if let Some(leeway) = self.leeway {
            policy = policy.leeway(leeway);
        }
        if let Some(max_age) = self.max_age {
            policy = policy.max_age(max_age);
        }
        if let Some(max_lifetime) = self.max_lifetime {
            policy = policy.max_lifetime(max_lifetime);
        }
        if self.allow_missing_expiry {
            policy = policy.allow_missing_expiry();
        }
        if self.allow_future_issued_at {
            policy = policy.allow_future_issued_at();
        }
        policy
    }
}

/// Checks of the token's header and other claims.
#[derive(Debug, Args)]
struct ContentDemands {
    /// Accepted typ of the header; may be repeated [default: JWT, at+jwt or none]
    #[arg(long = "type", value_name = "T", value_parser = values::plain_text, conflicts_with = "any_type", help_heading = CONTENT)]
    types: Vec<String>,
    /// Do not check the header's typ
    #[arg(long, help_heading = CONTENT)]
    any_type: bool,
    /// A required claim; may be repeated
    #[arg(long, value_name = "CLAIM", value_parser = values::plain_text, help_heading = CONTENT)]
    require: Vec<String>,
    /// A required scope; may be repeated, all must be granted
    #[arg(long, value_name = "S", value_parser = values::plain_text, help_heading = CONTENT)]
    scope: Vec<String>,
    /// Accept a sub that is a whole number
    #[arg(long, help_heading = CONTENT)]
    allow_numeric_subject: bool,
    /// Maximum octets of the token [default: 16384]
    #[arg(long, value_name = "N", help_heading = CONTENT)]
    max_token_octets: Option<usize>,
    /// A claim with its required value, as NAME=TEXT or NAME:=JSON; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::expected_claim, help_heading = CONTENT)]
    expect: Vec<ExpectedClaim>,
}

impl ContentDemands {
    fn add_to(&self, mut policy: Policy) -> Policy {
        if self.any_type {
            policy = policy.any_type();
        } else if !self.types.is_empty() {
            policy = policy.types(self.types.clone());
        }
        if !self.require.is_empty() {
            policy = policy.require_claims(self.require.clone());
        }
        if !self.scope.is_empty() {
            policy = policy.require_scopes(self.scope.clone());
        }
        if self.allow_numeric_subject {
            policy = policy.allow_numeric_subject();
        }
        if let Some(octets) = self.max_token_octets {
            policy = policy.max_token_octets(octets);
        }
        policy
    }
}

/// The heading of the options about time.
pub(crate) const TIME: &str = "Time";

const ISSUER_AND_AUDIENCE: &str = "Issuer and audience (each is required)";
const CONTENT: &str = "Header and claims";
