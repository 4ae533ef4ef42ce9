//! Demands add up, for any demands and any token.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use verijot::ClaimPath;
use verijot::request::Demand;

use crate::common::now;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    /// A sum admits a token if and only if each of its parts does.
    #[test]
    fn a_sum_lets_in_what_both_let_in(one in demands(), other in demands(), claims in claims()) {
        let sum = one.clone().and(other.clone()).check_payload(&claims, now());
        let parts = [one.check_payload(&claims, now()), other.check_payload(&claims, now())];
        prop_assert_eq!(sum.is_ok(), parts.iter().all(Result::is_ok));
    }

    /// The order of a sum changes neither the verdict nor the code.
    #[test]
    fn the_order_of_demands_does_not_matter(
        one in demands(), two in demands(), three in demands(), claims in claims(),
    ) {
        let code = |demand: Demand| demand.check_payload(&claims, now()).map_err(|error| error.code());
        let forwards = code(one.clone().and(two.clone()).and(three.clone()));
        let backwards = code(three.and(two.and(one)));
        prop_assert_eq!(forwards, backwards);
    }

    /// A demand round-trips through its document.
    #[test]
    fn a_demand_is_its_document(one in demands(), other in demands(), claims in claims()) {
        let demand = one.and(other);
        let document = demand.to_json().expect("it demands something");
        let again = Demand::from_json(&document).unwrap();
        prop_assert_eq!(&again, &demand, "{}", document);
        prop_assert_eq!(again.check_payload(&claims, now()), demand.check_payload(&claims, now()));
    }

    /// A token that grants more is admitted wherever one that grants less is.
    #[test]
    fn more_scopes_are_never_less(
        demand in demands(), scopes in names(), more in names(), roles in names(), array in any::<bool>(),
    ) {
        let payload = |scopes: &[&str]| {
            let scope = if array { json!(scopes) } else { json!(scopes.join(" ")) };
            json!({ "scope": scope, "roles": roles, "realm": { "roles": roles }, "acr": "a" }).to_string()
        };
        let wider = [scopes.as_slice(), more.as_slice()].concat();
        if demand.check_payload(&payload(&scopes), now()).is_ok() {
            prop_assert!(demand.check_payload(&payload(&wider), now()).is_ok());
        }
    }
}

fn names() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(vec!["a", "b", "c"], 1..=3)
}

fn demands() -> impl Strategy<Value = Demand> {
    let path = select(vec!["roles", "realm.roles"]).prop_map(ClaimPath::from);
    let one = (0..6_u8, path, names()).prop_map(|(kind, path, names)| {
        let demand = match kind {
            0 => Demand::all_scopes(names),
            1 => Demand::any_scope(names),
            2 => Demand::all_roles(path, names),
            3 => Demand::any_role(path, names),
            4 => Demand::acr_values(names),
            _ => {
                Demand::max_authentication_age(Duration::from_secs(names.iter().map(|_| 10).sum()))
            }
        };
        demand.unwrap()
    });
    prop::collection::vec(one, 1..4)
        .prop_map(|demands| demands.into_iter().fold(Demand::good_token(), Demand::and))
}

fn claims() -> impl Strategy<Value = String> {
    let grant = || {
        prop_oneof![
            4 => names().prop_map(|names| json!(names)),
            4 => names().prop_map(|names| json!(names.join(" "))),
            2 => names().prop_map(|names| json!(names[0])),
            1 => select(vec![json!(""), json!([]), json!(["", " a"]), json!(5), json!(null), json!(["a", 5])]),
        ]
    };
    let member = || prop::option::weighted(0.8, grant());
    let signed_in = || {
        let date = prop_oneof![
            8 => select(vec![0, 10, 11, 25, 31]).prop_map(|age| json!(now().seconds() - age)),
            1 => Just(json!("0")),
        ];
        (
            prop::option::weighted(0.8, select(vec!["a", "b", "d"])),
            prop::option::weighted(0.8, date),
        )
    };
    (member(), member(), member(), member(), signed_in()).prop_map(
        |(scope, scp, roles, realm, sign_in)| {
            let mut claims = serde_json::Map::<String, Value>::new();
            let realm = realm.map(|roles| json!({ "roles": roles }));
            let (acr, auth_time) = (sign_in.0.map(Value::from), sign_in.1);
            let grants = [("scope", scope), ("scp", scp), ("roles", roles), ("realm", realm)];
            for (name, value) in grants.into_iter().chain([("acr", acr), ("auth_time", auth_time)])
            {
                claims.extend(value.map(|value| (name.to_owned(), value)));
            }
            Value::Object(claims).to_string()
        },
    )
}
