//! Any octets as claims with a valid signature, compared with `serde_json`: both accept them with
//! equal values, or both refuse them. The values are read through every check of a policy.

use serde_json::{Value, json};
use verijot::crypto::ring;
use verijot::{Audiences, ClaimPath, Issuers, Policy as CorePolicy, UnixTime, Verified, Verifier};

use crate::model::case::{Case, Mode, Policy, Roles};
use crate::model::{self, Verdict, keys};
use crate::oracle::decimal::Decimal;
use crate::oracle::json::{Json, Refusal, member};
use crate::{signing, verdict};

/// Runs an input.
pub fn run(data: &[u8]) {
    let permissive =
        || Policy { require_exp: Some(false), symmetric_keys: true, ..Policy::default() };
    let mut case = Case {
        keys: Some(json!({ "keys": [signing::jwk("hmac-32")] }).to_string().into_bytes()),
        jwks_options: Vec::new(),
        token: signing::token("hmac-32", "HS256", br#"{"alg":"HS256"}"#, data),
        mode: Mode::Jwt,
        policy: permissive(),
        now: String::from("1700000000"),
    };
    if case.token.len() > 16_384 {
        return;
    }
    let accepted = compare(&case);
    let members = match Json::parse_strict(data) {
        Ok(members) => members,
        Err(reason) => {
            explain(&case, reason);
            return;
        }
    };
    if accepted {
        facts(&case, &members);
    }

    // Each member is required with its own value, then with its neighbour's.
    let values = members.iter().map(|(name, json)| Some((name.clone(), json.value()?)));
    let values = values.flatten().collect::<Vec<(String, Value)>>();
    case.policy.expected_claims =
        values.iter().filter(|(name, _)| !name.is_empty()).cloned().collect();
    compare(&case);
    let neighbours =
        values.iter().skip(1).zip(&values).map(|((name, _), (_, value))| (name, value));
    for (name, value) in neighbours.take(4) {
        case.policy.expected_claims = [(name.clone(), value.clone())].into();
        compare(&case);
    }
    case.policy = permissive();
    case.policy.required_claims = Some(members.iter().map(|(name, _)| name.clone()).collect());
    compare(&case);

    // Everything that could be a grant is requested.
    for (name, value) in members.iter().take(4) {
        let path = match value.members().and_then(<[_]>::first) {
            Some((inner, _)) => vec![name.clone(), inner.clone()],
            None => vec![name.clone()],
        };
        let words = path
            .iter()
            .try_fold(&Json::Object(members.clone()), |value, name| value.member(name))
            .and_then(|value| match value {
                Json::Text(text) => Some(vec![text.clone()]),
                value => value.texts().map(|texts| texts.iter().map(ToString::to_string).collect()),
            });
        case.policy = permissive();
        case.policy.required_roles = Some(Roles { path, roles: words.unwrap_or(vec!["a".into()]) });
        compare(&case);
    }
    let scope = member(&members, "scope").or(member(&members, "scp"));
    let words = match scope {
        Some(Json::Text(text)) => text.split(' ').map(str::to_owned).collect(),
        Some(value) => value.texts().unwrap_or_default().into_iter().map(str::to_owned).collect(),
        None => Vec::new(),
    };
    case.policy = permissive();
    let one_word = |word: &String| !word.is_empty() && !word.contains(char::is_whitespace);
    let mut words = words.into_iter().filter(one_word).collect::<Vec<_>>();
    case.policy.required_scopes = Some(words.clone());
    compare(&case);
    words.push(String::from("no-such-scope"));
    case.policy.required_scopes = Some(words);
    compare(&case);
    case.policy = permissive();
    case.policy.numeric_subject = true;
    case.policy.future_issued_at = true;
    compare(&case);
}

fn compare(case: &Case) -> bool {
    let expected = model::judge(case, &keys::OF_RING);
    let run = verdict::of(case, ring::PROVIDER);
    assert_eq!(run.verdict, expected, "{}", case.to_vector());
    matches!(expected, Verdict::Accepted { .. })
}

/// Only the strict parser refuses duplicates and depth.
fn explain(case: &Case, reason: Refusal) {
    let Refusal::Ours { too_deep, name_twice } = reason else { return };
    let message = verify(case).expect_err("refused before").message();
    assert!(
        too_deep && message.contains("deeper") || name_twice && message.contains("twice"),
        "{message}"
    );
}

fn verify(case: &Case) -> Result<Verified, verijot::Error> {
    let policy = CorePolicy::new(Issuers::any(), Audiences::any()).allow_missing_expiry();
    let keys = verdict::parser(&case.policy, ring::PROVIDER);
    let keys = keys.parse(case.keys.as_ref().expect("a set")).expect("a sound set");
    let now = UnixTime::from_decimal(&case.now).expect("plain");
    Verifier::new(policy).expect("sound").verify(&case.token, &keys, now)
}

fn facts(case: &Case, members: &[(String, Json)]) {
    let verified = verify(case).expect("accepted before");
    let text = |name| member(members, name).map(|value| value.text().expect("a string"));
    assert_eq!(verified.issuer(), text("iss"));
    assert_eq!(verified.subject(), text("sub"));
    assert_eq!(verified.id(), text("jti"));
    let audience = match member(members, "aud") {
        None => Vec::new(),
        Some(Json::Text(text)) => vec![text.as_str()],
        Some(value) => value.texts().expect("strings"),
    };
    assert_eq!(verified.audience().collect::<Vec<_>>(), audience);
    let dates = [
        ("exp", verified.expires_at()),
        ("nbf", verified.not_before()),
        ("iat", verified.issued_at()),
    ];
    for (name, date) in dates {
        let expected = member(members, name).map(|value| match value {
            Json::Number(number) => Decimal::parse(number).expect("a number").nanoseconds().0,
            other => panic!("{other:?}"),
        });
        assert_eq!(
            date.map(|date| date.seconds().into()),
            expected.map(|n| n.div_euclid(1_000_000_000))
        );
    }
    for (name, value) in members {
        let mut roles = match value {
            Json::Text(text) => vec![text.as_str()],
            value => value.texts().unwrap_or_default(),
        };
        // Empty roles do not exist.
        roles.retain(|role| !role.is_empty());
        assert_eq!(verified.roles(&ClaimPath::from_names([name])), roles);
    }
    // Deserialization fails only for numbers that the type cannot hold, and does not show them.
    let object = Json::Object(members.to_vec());
    match verified.claims::<Value>() {
        Ok(value) => assert_eq!(Some(value), object.value()),
        Err(error) => {
            assert_eq!(error.code(), "invalid_claim");
            assert_eq!(object.value(), None);
        }
    }
}
