//! Policies: each rule sometimes, with values that the claims often have.

use std::collections::BTreeMap;

use serde_json::json;

use crate::choices::Choices;
use crate::model::case::{LifetimeClasses, Policy, Revocation, Roles};

/// A policy for a token signed with `alg`.
pub fn policy(choices: &mut Choices<'_>, alg: &str) -> Policy {
    let list = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut policy = Policy {
        issuers: choices.pick(&[Some(list(&["joe"])), None, Some(list(&["ann", "joe"]))]),
        audiences: choices.pick(&[Some(list(&["api"])), None, Some(list(&["web", "api"]))]),
        symmetric_keys: choices.usually(&[true, false]),
        ..Policy::default()
    };
    policy.algorithms = match choices.below(8) {
        0..4 => None,
        4 | 5 => Some(list(&[alg])),
        6 => Some(list(&["Ed25519", "ES256", "HS256", "RS256"])),
        _ => choices.usually(&[
            Some(list(&["HS512", alg])),
            Some(list(&["ES384"])),
            Some(list(&["none"])),
            Some(Vec::new()),
        ]),
    };
    policy.types = match choices.below(8) {
        0..6 => None,
        6 => Some(None),
        _ => Some(Some(choices.pick(&[
            list(&["at+jwt"]),
            list(&["application/JWT", "x"]),
            list(&["logout+jwt"]),
        ]))),
    };
    if choices.below(4) == 3 {
        policy.require_exp = Some(false);
    }
    policy.leeway = choices
        .pick(&[None, None, Some("0"), Some("60.5"), Some("0.000000001")])
        .map(str::to_owned);
    policy.max_age =
        choices.pick(&[None, None, None, Some("3600"), Some("0"), Some("0.5")]).map(str::to_owned);
    policy.max_lifetime =
        choices.pick(&[None, None, None, Some("7200"), Some("600.25")]).map(str::to_owned);
    if choices.below(8) == 7 {
        let ceilings = [("staff", "86400"), ("guest", "600")];
        let ceilings = ceilings.map(|(class, ceiling)| (class.to_owned(), ceiling.to_owned()));
        let default = choices.pick(&[None, Some(String::from("7200"))]);
        policy.max_lifetime_by =
            Some(LifetimeClasses { claim: "track".into(), ceilings: ceilings.into(), default });
    }
    if choices.below(4) == 3 {
        let lists = [list(&["sub"]), list(&["jti", "tenant"]), list(&["nbf"])];
        policy.required_claims = Some(choices.pick(&lists));
    }
    if choices.below(4) == 3 {
        let value = choices.pick(&[json!("t1"), json!(7), json!([1.5, null]), json!({"a": true})]);
        policy.expected_claims = BTreeMap::from([(String::from("tenant"), value)]);
    }
    if choices.below(4) == 3 {
        let lists = [list(&["read"]), list(&["read", "write"])];
        policy.required_scopes = Some(choices.pick(&lists));
    }
    if choices.below(4) == 3 {
        let path = choices.pick(&[list(&["realm", "roles"]), list(&["roles"])]);
        policy.required_roles = Some(Roles {
            path,
            roles: choices.pick(&[list(&["admin"]), list(&["admin", "user"])]),
        });
    }
    policy.revocation = choices.usually(&[
        None,
        Some(Revocation::Revoked),
        Some(Revocation::Unavailable),
        Some(Revocation::Clear),
    ]);
    policy
}
