//! Policies, and how each of their terms is narrowed.

use core::time::Duration;

use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use verijot::{Algorithm, Audiences, Issuers, LifetimeClasses, Policy, Verifier};

use crate::tokens::ALGORITHMS;

/// The terms of a policy, each of which can be narrowed.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    issuers: Option<Vec<&'static str>>,
    audiences: Option<Vec<&'static str>>,
    algorithms: Vec<Algorithm>,
    types: Option<Vec<&'static str>>,
    leeway: u64,
    require_exp: bool,
    required_claims: Vec<&'static str>,
    nonce: bool,
    max_age: Option<u64>,
    max_lifetime: Option<u64>,
    classes: Option<(u64, u64)>,
    scopes: Vec<&'static str>,
    roles: bool,
    max_token_octets: usize,
}

pub(crate) fn terms() -> impl Strategy<Value = Terms> {
    let names = |names: &'static [&'static str]| {
        prop_oneof![
            4 => Just(None),
            1 => subsequence(names, 1..=names.len()).prop_map(Some),
        ]
    };
    (
        names(&["joe", "eve"]),
        names(&["api", "web"]),
        prop_oneof![
            4 => Just(ALGORITHMS.to_vec()),
            1 => subsequence(&ALGORITHMS[..], 1..=ALGORITHMS.len()),
        ],
        names(&["JWT", "at+jwt", "other"]),
        0..120_u64,
        prop::bool::weighted(0.3),
    )
        .prop_map(|(issuers, audiences, algorithms, types, leeway, require_exp)| Terms {
            issuers,
            audiences,
            algorithms,
            types,
            leeway,
            require_exp,
            required_claims: Vec::new(),
            nonce: false,
            max_age: None,
            max_lifetime: None,
            classes: None,
            scopes: Vec::new(),
            roles: false,
            max_token_octets: 16_384,
        })
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<(usize, Index)>> {
    prop::collection::vec((0..13_usize, any::<Index>()), 1..6)
}

impl Terms {
    /// The same terms, one of which is at least as strict.
    pub(crate) fn narrowed(&self, step: usize, index: Index) -> Self {
        let mut terms = self.clone();
        let up_to = |ceiling: u64| {
            u64::try_from(index.index(usize::try_from(ceiling).unwrap() + 1)).unwrap()
        };
        let fewer = |names: &mut Option<Vec<&'static str>>, all: &[&'static str]| {
            let names = names.get_or_insert_with(|| all.to_vec());
            if names.len() > 1 {
                names.remove(index.index(names.len()));
            }
        };
        let less =
            |ceiling: &mut Option<u64>| *ceiling = Some(up_to(ceiling.unwrap_or(900)).max(1));
        match step {
            0 => fewer(&mut terms.issuers, &["joe", "eve"]),
            1 => fewer(&mut terms.audiences, &["api", "web"]),
            2 if terms.algorithms.len() > 1 => {
                terms.algorithms.remove(index.index(terms.algorithms.len()));
            }
            3 => fewer(&mut terms.types, &["JWT", "at+jwt", "other"]),
            4 => terms.leeway = up_to(terms.leeway),
            5 => terms.require_exp = true,
            6 => {
                terms.required_claims.push(["exp", "iat", "nonce", "scope", "sub"][index.index(5)]);
            }
            7 => terms.nonce = true,
            8 => less(&mut terms.max_age),
            9 => less(&mut terms.max_lifetime),
            10 => {
                let (staff, other) = terms.classes.unwrap_or((900, 900));
                terms.classes = Some((up_to(staff).max(1), up_to(other).max(1)));
            }
            11 => terms.scopes.push(["read", "write"][index.index(2)]),
            12 if index.index(2) == 0 => terms.roles = true,
            _ => terms.max_token_octets = terms.max_token_octets.min(200 + index.index(400)),
        }
        terms
    }

    pub(crate) fn verifier(&self) -> Verifier {
        let mut policy = Policy::new(
            self.issuers.clone().map_or_else(Issuers::any, Issuers::one_of),
            self.audiences.clone().map_or_else(Audiences::any, Audiences::one_of),
        )
        .algorithms(self.algorithms.iter().copied().collect::<verijot::AlgorithmSet>())
        .leeway(Duration::from_secs(self.leeway))
        .max_token_octets(self.max_token_octets);
        if !self.required_claims.is_empty() {
            policy = policy.require_claims(self.required_claims.iter().copied());
        }
        if !self.scopes.is_empty() {
            policy = policy.require_scopes(self.scopes.iter().copied());
        }
        policy = match &self.types {
            Some(types) => policy.types(types.iter().copied()),
            None => policy.any_type(),
        };
        if !self.require_exp {
            policy = policy.allow_missing_expiry();
        }
        if self.nonce {
            policy = policy.expect_claim("nonce", "a-nonce-of-the-caller");
        }
        if let Some(max_age) = self.max_age {
            policy = policy.max_age(Duration::from_secs(max_age));
        }
        if let Some(max_lifetime) = self.max_lifetime {
            policy = policy.max_lifetime(Duration::from_secs(max_lifetime));
        }
        if let Some((staff, other)) = self.classes {
            policy = policy.max_lifetime_by(
                LifetimeClasses::by_claim("class")
                    .class("staff", Duration::from_secs(staff))
                    .otherwise(Duration::from_secs(other)),
            );
        }
        if self.roles {
            policy = policy.require_roles("roles", ["admin"]);
        }
        Verifier::new(policy).unwrap()
    }
}
