//! Documents of policies and profiles. Their values stay as they were written: a number that is read is
//! rounded, and of two members of one name one is lost.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use verijot::Policy;

use crate::policy_options::PolicyOptions;
use crate::problem::Problem;

/// The members of a document.
pub(crate) type Members = BTreeMap<String, Box<RawValue>>;

/// The members of a policy, with the expected claims of the options.
pub(crate) fn members(policy: &Policy, options: &PolicyOptions) -> Result<Members, Problem> {
    let members = serde_json::from_str::<Members>(&policy.to_json());
    let mut members = members.map_err(|_| Problem::usage("the policy is not an object"))?;
    if let Some(claims) = options.expected_claims() {
        let claims = RawValue::from_string(claims);
        let claims = claims.map_err(|_| Problem::usage("--expect: what follows := is not JSON"))?;
        members.insert("expected_claims".into(), claims);
    }
    Ok(members)
}

/// A member's value.
pub(crate) fn value(value: &impl Serialize) -> Result<Box<RawValue>, Problem> {
    to_raw_value(value).map_err(|_| Problem::usage("an option cannot be written as JSON"))
}

/// The document of these members.
pub(crate) fn written(members: &Members) -> Result<String, Problem> {
    value(members).map(|document| document.get().to_owned())
}
