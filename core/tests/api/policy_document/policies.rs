//! Random valid policies.

use core::time::Duration;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::Value;
use verijot::{
    Algorithm, AlgorithmSet, Audiences, ClaimPath, Issuers, LifetimeClasses, Policy, Rule,
    TenantIds,
};

type Change = Box<dyn Fn(Policy) -> Policy>;

pub(crate) fn policies() -> impl Strategy<Value = Policy> {
    let start =
        (issuers(), audiences()).prop_map(|(issuers, audiences)| Policy::new(issuers, audiences));
    (start, subsequence(changes(), 0..=changes().len()).prop_flat_map(|changes| changes)).prop_map(
        |(policy, changes)| changes.into_iter().fold(policy, |policy, change| change.0(policy)),
    )
}

fn issuers() -> impl Strategy<Value = Issuers> {
    let tenants = option::of(vec("[A-Za-z0-9-]{1,8}", 1..3));
    let template = ("[^{}]{1,4}", name(), tenants)
        .prop_map(|(text, claim, tenants)| {
            let tenants = tenants.map_or_else(TenantIds::any, TenantIds::one_of);
            Issuers::template(format!("{text}{{a}}{text}"), claim, tenants)
        })
        .boxed();
    let names = vec(name(), 1..4).prop_map(Issuers::one_of).boxed();
    prop_oneof![
        Just(Issuers::any()),
        names.clone(),
        template.clone(),
        (names, template).prop_map(|(names, template)| names.or(template)),
    ]
}

fn audiences() -> impl Strategy<Value = Audiences> {
    let named = (vec(name(), 1..4), any::<bool>(), option::of(name()));
    let named = named.prop_map(|(names, exactly, claim)| {
        let names = if exactly { Audiences::exactly(names) } else { Audiences::one_of(names) };
        match claim {
            Some(claim) => names.in_claim(claim),
            None => names,
        }
    });
    prop_oneof![1 => Just(Audiences::any()), 3 => named]
}

/// A rule that does not contradict itself.
fn rule() -> impl Strategy<Value = Rule> {
    let value = || {
        value().prop_filter("blank", |value| value.as_str().is_none_or(|s| !s.trim().is_empty()))
    };
    let names = || vec(name(), 1..4);
    let rule = prop_oneof![
        value().prop_map(Rule::equals),
        vec(value(), 1..4).prop_map(Rule::one_of),
        names().prop_map(Rule::contains_all),
        names().prop_map(Rule::contains_any),
        name().prop_map(Rule::has_key),
        any::<bool>().prop_map(Rule::boolean),
        name().prop_map(Rule::starts_with),
        "[a-z]{1,3}(\\*[a-z]?)?([:/][a-z]{0,2}(\\*[a-z])?){0,3}".prop_map(Rule::matches_segments),
        names().prop_map(|names| Rule::same_as(ClaimPath::from_names(names))),
        Just(Rule::string()),
        Just(Rule::not_empty()),
        Just(Rule::date()),
        Just(Rule::object()),
    ];
    let rule = (rule, any::<bool>())
        .prop_map(|(rule, waived)| if waived { rule.if_present() } else { rule });
    prop_oneof![8 => rule, 1 => Just(Rule::absent())]
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
        (option::of(vec(name(), 1..3)), any::<bool>())
            .prop_map(|(types, or_none)| {
                named(move |policy| match types.clone() {
                    Some(types) if or_none => policy.types_or_none(types),
                    Some(types) => policy.types(types),
                    None => policy.any_type(),
                })
            })
            .boxed(),
        vec((any::<bool>(), name(), rule()), 1..4)
            .prop_map(|rules| {
                named(move |policy| {
                    let rules = rules.iter().cloned().enumerate();
                    // Each rule is about another claim.
                    rules.fold(policy, |policy, (index, (in_header, name, rule))| {
                        if in_header {
                            policy.header(format!("{index}{name}"), rule)
                        } else {
                            let outer = format!("{index}");
                            policy.claim(ClaimPath::from_names([outer, name, "a".into()]), rule)
                        }
                    })
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
