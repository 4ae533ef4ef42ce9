//! Random valid policies.

use core::time::Duration;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::Value;
use verijot::{Algorithm, AlgorithmSet, Audiences, ClaimPath, Issuers, LifetimeClasses, Policy};

type Change = Box<dyn Fn(Policy) -> Policy>;

pub(crate) fn policies() -> impl Strategy<Value = Policy> {
    let waivable = || option::weighted(0.7, vec(name(), 1..4));
    let start = (waivable(), waivable()).prop_map(|(issuers, audiences)| {
        Policy::new(
            issuers.map_or_else(Issuers::any, Issuers::one_of),
            audiences.map_or_else(Audiences::any, Audiences::one_of),
        )
    });
    (start, subsequence(changes(), 0..=changes().len()).prop_flat_map(|changes| changes)).prop_map(
        |(policy, changes)| changes.into_iter().fold(policy, |policy, change| change.0(policy)),
    )
}

/// A closure with a `Debug` implementation.
pub(crate) struct Named(Change);

impl core::fmt::Debug for Named {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("a change")
    }
}

fn changes() -> Vec<BoxedStrategy<Named>> {
    let flag =
        |change: fn(Policy) -> Policy| Just(()).prop_map(move |()| Named(Box::new(change))).boxed();
    vec![
        subsequence(&Algorithm::ALL[..], 1..=Algorithm::ALL.len())
            .prop_map(|all| all.into_iter().collect::<AlgorithmSet>())
            .prop_map(|all| named(move |policy| policy.algorithms(all)))
            .boxed(),
        option::of(vec(name(), 1..3))
            .prop_map(|types| {
                named(move |policy| match types.clone() {
                    Some(types) => policy.types(types),
                    None => policy.any_type(),
                })
            })
            .boxed(),
        (0..=599_u64, 0..1_000_000_000_u32)
            .prop_map(|(seconds, rest)| {
                named(move |policy| policy.leeway(Duration::new(seconds, rest)))
            })
            .boxed(),
        flag(Policy::allow_missing_expiry),
        flag(Policy::allow_numeric_subject),
        flag(Policy::allow_future_issued_at),
        flag(Policy::allow_symmetric_keys),
        vec(name(), 1..4)
            .prop_map(|names| named(move |policy| policy.require_claims(names.clone())))
            .boxed(),
        btree_map(name(), value(), 1..4)
            .prop_map(|claims| {
                named(move |policy| {
                    let claims = claims.clone().into_iter();
                    claims.fold(policy, |policy, (name, value)| policy.expect_claim(name, value))
                })
            })
            .boxed(),
        span().prop_map(|span| named(move |policy| policy.max_age(span))).boxed(),
        span().prop_map(|span| named(move |policy| policy.max_lifetime(span))).boxed(),
        (name(), btree_map(name(), span(), 1..4), option::of(span()))
            .prop_map(|(claim, ceilings, otherwise)| {
                let classes = ceilings
                    .into_iter()
                    .fold(LifetimeClasses::by_claim(claim), |classes, (class, ceiling)| {
                        classes.class(class, ceiling)
                    });
                let classes = match otherwise {
                    Some(ceiling) => classes.otherwise(ceiling),
                    None => classes,
                };
                named(move |policy| policy.max_lifetime_by(classes.clone()))
            })
            .boxed(),
        vec("[a-z:\"\\\\é]{1,8}", 1..4)
            .prop_map(|scopes| named(move |policy| policy.require_scopes(scopes.clone())))
            .boxed(),
        vec((vec(name(), 1..3), vec(name(), 1..3)), 1..3)
            .prop_map(|demands| {
                named(move |policy| {
                    demands.iter().cloned().fold(policy, |policy, (path, roles)| {
                        policy.require_roles(ClaimPath::from_names(path), roles)
                    })
                })
            })
            .boxed(),
        (1..usize::MAX, 1..usize::MAX, 1..usize::MAX)
            .prop_map(|(token, octets, keys)| {
                named(move |policy| {
                    policy.max_token_octets(token).max_jwks_octets(octets).max_jwks_keys(keys)
                })
            })
            .boxed(),
    ]
}

fn named(change: impl Fn(Policy) -> Policy + 'static) -> Named {
    Named(Box::new(change))
}

/// Any text that is not blank.
fn name() -> impl Strategy<Value = String> {
    ("[^ ]{0,3}", "[a-z\"\\\\]{1,6}", ".{0,3}").prop_map(|(a, b, c)| format!("{a}{b}{c}"))
}

/// More than zero, at most a hundred years.
fn span() -> impl Strategy<Value = Duration> {
    (0..3_155_760_000_u64, 1..1_000_000_000_u32)
        .prop_map(|(seconds, nanoseconds)| Duration::new(seconds, nanoseconds))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(".{0,4}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
