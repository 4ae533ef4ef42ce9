//! The options for one kind of token: a profile, and what its call expects.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use verijot::profile::Profile;
use verijot::{Policy, PolicyError, UnixTime};

use crate::arguments::KIND;
use crate::document::Members;
use crate::policy_options::PolicyOptions;
use crate::problem::Problem;
use crate::{document, input, values};

/// Verifies one kind of token, with the policy options as far as the kind leaves them open.
#[derive(Debug, Args)]
pub(crate) struct ProfileOptions {
    /// The kind of token
    ///
    /// id-token and logout-token need --issuer and --client-id, security-event and access-token
    /// --issuer and --audience. The kind decides typ, exp and which claims must be there. Nothing is
    /// remembered between runs, so a token may be presented again.
    #[arg(
        long, value_name = "KIND", value_parser = PossibleValuesParser::new(Profile::NAMES),
        conflicts_with_all = ["policy", "policy_json"], group = KIND, help_heading = PROFILE
    )]
    profile: Option<String>,
    /// The client that the token is for, instead of --audience; of an access token, beside it
    #[arg(long, value_name = "ID", value_parser = values::plain_text, requires = KIND, conflicts_with = "any_audience", group = "AudienceChoice", help_heading = PROFILE)]
    pub(crate) client_id: Option<String>,
    /// A further audience that the token may have; may be repeated
    #[arg(long, value_name = "A", value_parser = values::plain_text, requires = "client_id", help_heading = PROFILE)]
    trusted_audience: Vec<String>,
    /// An accepted azp, instead of the client; may be repeated
    #[arg(long, value_name = "ID", value_parser = values::plain_text, requires = "client_id", help_heading = PROFILE)]
    authorized_party: Vec<String>,
    /// The nonce that was sent with the login
    #[arg(long, value_name = "N", requires = KIND, conflicts_with_all = ["without_nonce", "any_nonce"], help_heading = PROFILE)]
    nonce: Option<String>,
    /// No nonce was sent with the login
    #[arg(long, requires = KIND, conflicts_with = "any_nonce", help_heading = PROFILE)]
    without_nonce: bool,
    /// Do not check the nonce
    #[arg(long, requires = KIND, help_heading = PROFILE)]
    any_nonce: bool,
    /// Refuse if the user logged in longer ago, by auth_time
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, allow_negative_numbers = true, requires = KIND, help_heading = PROFILE)]
    max_authentication_age: Option<Duration>,
    /// An accepted acr; may be repeated
    #[arg(long, value_name = "ACR", value_parser = values::plain_text, requires = KIND, help_heading = PROFILE)]
    acr: Vec<String>,
    /// What the call expects, as a JSON document instead of these options; - for standard input
    #[arg(
        long, value_name = "FILE", requires = KIND, help_heading = PROFILE,
        conflicts_with_all = ["nonce", "without_nonce", "any_nonce", "max_authentication_age", "acr"]
    )]
    pub(crate) expectations: Option<PathBuf>,
}

impl ProfileOptions {
    /// Creates the profile with the rest of the policy, if one is asked for.
    pub(crate) fn profile(
        &self,
        policy: &Policy,
        options: &PolicyOptions,
    ) -> Result<Option<Profile>, Problem> {
        let Some(name) = &self.profile else { return Ok(None) };
        let mut members = document::members(policy, options)?;
        if name == ACCESS_TOKEN {
            if let Some(client_id) = &self.client_id {
                members.insert("client_ids".into(), document::value(&[client_id])?);
            }
        } else {
            self.replace_names(name, &mut members)?;
        }
        // A kind that has no such member refuses it.
        for (member, names) in [
            ("trusted_audiences", &self.trusted_audience),
            ("authorized_parties", &self.authorized_party),
        ] {
            if !names.is_empty() {
                members.insert(member.into(), document::value(names)?);
            }
        }
        members.insert("profile".into(), document::value(name)?);
        Profile::from_json(document::written(&members)?).map(Some).map_err(|error| refused(&error))
    }

    /// Replaces the issuers and the audiences by the members of a profile for one of each.
    fn replace_names(&self, name: &str, members: &mut Members) -> Result<(), Problem> {
        let issuer = single(members, "issuers", "--issuer")?;
        if name == SECURITY_EVENT {
            if self.client_id.is_some() {
                return Err(Problem::usage("this kind of token takes --audience, not --client-id"));
            }
            let audience = single(members, "audiences", "--audience")?;
            members.insert("audience".into(), audience);
        } else {
            let Some(client_id) = &self.client_id else {
                return Err(Problem::usage("this kind of token needs --client-id"));
            };
            let audiences = members.remove("audiences");
            if audiences.and_then(|names| read(&names)).is_some_and(|names| !names.is_empty()) {
                return Err(Problem::usage("--client-id cannot be combined with --audience"));
            }
            members.insert("client_id".into(), document::value(client_id)?);
        }
        members.insert("issuer".into(), issuer);
        // What a logout token may lack has a name of its own.
        if name == LOGOUT_TOKEN && members.remove("require_exp").is_some() {
            members.insert("allow_missing_expiry".into(), document::value(&true)?);
        }
        Ok(())
    }

    /// Whether the call expects anything of the token of a profile.
    pub(crate) fn are_expectations(&self) -> bool {
        self.nonce.is_some()
            || self.without_nonce
            || self.any_nonce
            || self.max_authentication_age.is_some()
            || !self.acr.is_empty()
            || self.expectations.is_some()
    }

    /// Returns the document of what the call expects of the token of a profile.
    pub(crate) fn expectations(&self, profile: Option<&str>) -> Result<Vec<u8>, Problem> {
        if let Some(path) = &self.expectations {
            return input::file(path, "--expectations");
        }
        let mut members = Map::new();
        if let Some(nonce) = &self.nonce {
            members.insert("nonce".into(), json!(nonce));
        }
        for (member, waived) in
            [("without_nonce", self.without_nonce), ("any_nonce", self.any_nonce)]
        {
            if waived {
                members.insert(member.into(), json!(true));
            }
        }
        if let Some(age) = self.max_authentication_age {
            let name = self.profile.as_deref().or(profile);
            let is_access_token = name == Some(ACCESS_TOKEN);
            let member = if is_access_token { "max_authentication_age" } else { "max_age" };
            let seconds = UnixTime::from_duration_since_epoch(age).to_string();
            members.insert(member.into(), json!(seconds));
        }
        if !self.acr.is_empty() {
            members.insert("acr".into(), json!(self.acr));
        }
        Ok(Value::Object(members).to_string().into_bytes())
    }
}

/// Removes a list of one name, and returns the name.
fn single(members: &mut Members, list: &str, option: &str) -> Result<Box<RawValue>, Problem> {
    match members.remove(list).and_then(|names| read(&names)).map(<[_; 1]>::try_from) {
        Some(Ok([name])) => Ok(name),
        _ => Err(Problem::usage(format!("this kind of token needs exactly one {option}"))),
    }
}

fn read(list: &RawValue) -> Option<Vec<Box<RawValue>>> {
    serde_json::from_str(list.get()).ok()
}

/// What is wrong with a profile or with what a call expects.
pub(crate) fn refused(error: &PolicyError) -> Problem {
    let place = error.member().map(|member| format!("{member}: ")).unwrap_or_default();
    Problem::new(PolicyError::CODE, format!("--profile: {place}{}", error.problem()))
}

const PROFILE: &str = "One kind of token";
const ACCESS_TOKEN: &str = "access-token";
const LOGOUT_TOKEN: &str = "logout-token";
const SECURITY_EVENT: &str = "security-event";
