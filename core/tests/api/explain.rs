//! The explanation has the verifier's verdict, step by step, and no secret.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![cfg(feature = "ring")]

use crate::common::{self, EIGHTEEN_CLAIMS, keys, now, token, token_of, verifier, waived};
use verijot::verify::{Check, Outcome, Step};
use verijot::{
    Algorithm, Audiences, ClaimPath, Issuers, JwkSet, Key, Policy, Revocation, Rule, crypto,
};

#[test]
fn an_accepted_token_passes_every_check_in_order() {
    let explanation = verifier(waived()).explain(token(EIGHTEEN_CLAIMS), &keys(), now());
    let checks = explanation.steps().iter().map(Step::check).collect::<Vec<_>>();
    let without_rules = Check::ALL.into_iter().filter(|check| *check != Check::ClaimRule);
    assert_eq!(checks, without_rules.collect::<Vec<_>>());
    assert!(explanation.steps().iter().all(|step| step.outcome() == Outcome::Passed));
    assert!(explanation.to_string().ends_with("\naccepted"));
    assert_eq!(explanation.into_verdict().unwrap().payload(), EIGHTEEN_CLAIMS.as_bytes());
}

#[test]
fn each_rule_has_its_own_step_without_values() {
    let policy = waived()
        .claim("sub", Rule::starts_with("al"))
        .claim(ClaimPath::from_names(["kubernetes.io", "namespace"]), Rule::equals("secret-1"))
        .header("tty", Rule::one_of(["secret-2", "secret-3"]).if_present())
        .claim("nonce", Rule::absent());
    let explained = |payload: &str| {
        let explanation = verifier(policy.clone()).explain(token(payload), &keys(), now());
        let steps = explanation.steps().iter();
        let of_rules = steps.filter(|step| step.check() == Check::ClaimRule);
        let lines = of_rules.map(ToString::to_string).collect::<Vec<_>>();
        (explanation.into_verdict().map(|_| ()).map_err(|error| error.code()), lines)
    };
    let names = [
        "sub starts_with",
        "kubernetes.io.namespace equals",
        "header.tty one_of if present",
        "nonce absent",
    ];
    let passed = names.map(|name| format!("passed  claim_rule: {name}"));
    let payload = r#"{"sub":"alice","kubernetes.io":{"namespace":"secret-1"}}"#;
    assert_eq!(explained(payload), (Ok(()), passed.to_vec()));

    let (verdict, lines) = explained(r#"{"sub":"alice","kubernetes.io":{"namespace":"b"}}"#);
    assert_eq!(verdict, Err("wrong_claim"));
    let failed = "failed  claim_rule: wrong_claim: claim `kubernetes.io.namespace` does not have \
                  the expected value";
    let after = [2, 3].map(|place| format!("-       claim_rule: {}", names[place]));
    assert_eq!(lines, [&passed[0], failed, &after[0], &after[1]]);
    let (_, lines) = explained("no JSON");
    assert_eq!(lines, names.map(|name| format!("-       claim_rule: {name}")));
}

#[test]
fn the_first_failure_ends_the_list() {
    let policy = Policy::new(Issuers::only("https://other.example"), Audiences::any());
    let explanation = verifier(policy).explain(token(EIGHTEEN_CLAIMS), &keys(), now());
    assert_eq!(explanation.verdict().unwrap_err().code(), "wrong_issuer");
    for step in explanation.steps() {
        let position = |check| Check::ALL.iter().position(|other| *other == check);
        let expected = match position(step.check()).cmp(&position(Check::Issuer)) {
            std::cmp::Ordering::Less => Outcome::Passed,
            std::cmp::Ordering::Equal => Outcome::Failed,
            std::cmp::Ordering::Greater => Outcome::NotMade,
        };
        assert_eq!(step.outcome(), expected, "{step}");
    }
    let text = explanation.to_string();
    assert!(text.contains("failed  issuer: wrong_issuer: iss is https://issuer.example"), "{text}");
    assert!(!text.contains("alice"), "{text}");
}

#[test]
fn the_revocation_check_fails_closed() {
    let verdict = |answer: Revocation| {
        let verifier = verifier(waived()).with_revocation(move |token| {
            assert_eq!(token.id(), Some("x"));
            answer
        });
        let token = token(r#"{"jti":"x"}"#);
        verifier.verify(token, &keys(), now()).map(|_| ()).map_err(|error| {
            (error.code(), error.http_status(), error.retry_after().map(|wait| wait.as_secs()))
        })
    };
    assert_eq!(verdict(Revocation::Clear), Ok(()));
    assert_eq!(verdict(Revocation::Revoked), Err(("revoked", 401, None)));
    assert_eq!(verdict(Revocation::Unavailable), Err(("revocation_unavailable", 503, Some(1))));
}

#[test]
fn a_token_can_be_opened_before_its_keys_are_known() {
    let verifier = verifier(waived());
    let token = token(r#"{"sub":"alice"}"#);
    let opened = verifier.open(token.as_bytes()).unwrap();
    assert_eq!(opened.header().algorithm_name(), "HS256");
    assert_eq!(opened.header().key_id(), None);
    assert_eq!(opened.verify(&keys(), now()).unwrap().subject(), Some("alice"));
    assert_eq!(verifier.open(b"a.b").unwrap_err().code(), "malformed_token");
}

#[test]
fn each_step_has_details() {
    let keys = JwkSet::from_keys([Key::from_secret(
        common::SECRET,
        Algorithm::Hs256,
        crypto::default_provider(),
    )
    .unwrap()
    .with_id("k")]);
    let header = r#"{"alg":"HS256","kid":"k"}"#;
    let token = token_of(header, br#"{"aud":"a","exp":1700000060.5,"nbf":1,"iat":2}"#);
    let policy = Policy::new(Issuers::any(), Audiences::only("a"));
    let explanation = verifier(policy).explain(&token, &keys, now());
    let step = |check| explanation.steps().iter().find(|step| step.check() == check).unwrap();
    for (check, detail) in [
        (Check::Structure, format!("{} octets in three segments", token.len())),
        (Check::Header, "alg HS256, kid k".to_owned()),
        (Check::Type, String::new()),
        (Check::Key, "oct 32 octets".to_owned()),
        (Check::Signature, String::new()),
        (Check::Issuer, "waived".to_owned()),
        (Check::Audience, String::new()),
        (Check::Revocation, "waived".to_owned()),
    ] {
        assert_eq!(step(check).detail(), detail, "{check:?}");
        assert_eq!(step(check).date(), None, "{check:?}");
    }
    for (check, date) in
        [(Check::Expiry, "1700000060.5"), (Check::NotBefore, "1"), (Check::IssuedAt, "2")]
    {
        assert_eq!(step(check).date().unwrap().to_string(), date, "{check:?}");
        assert_eq!(step(check).to_string(), format!("passed  {}: {date}", check.name()));
    }
    assert_eq!(step(Check::Type).to_string(), "passed  type");
    assert_eq!(step(Check::Issuer).to_string(), "passed  issuer: waived");
    assert_eq!(explanation.verdict().unwrap().audience().collect::<Vec<_>>(), ["a"]);

    let without = verifier(waived()).with_revocation(|_| Revocation::Clear);
    let explanation = without.explain(token_of(r#"{"alg":"HS256"}"#, b"{}"), &keys, now());
    assert_eq!(explanation.steps()[1].detail(), "alg HS256");
    assert_eq!(explanation.steps().last().unwrap().detail(), "");
}

#[test]
fn checks_that_did_not_run_are_marked() {
    let explanation = verifier(waived()).explain("a.b", &keys(), now());
    let outcomes = explanation.steps().iter().map(|step| step.outcome().name());
    let expected = std::iter::once("failed").chain(std::iter::repeat_n("not_made", 18));
    assert!(outcomes.eq(expected));
    assert_eq!(explanation.steps()[1].to_string(), "-       header");
    let passed = verifier(waived()).explain(token("{}"), &keys(), now());
    assert_eq!(passed.steps()[0].outcome().name(), "passed");
}

#[test]
fn an_opened_token_shows_its_header_and_nothing_else() {
    let verifier = verifier(waived());
    let token = token_of(r#"{"alg":"HS256","kid":"k\u0007","typ":"JWT"}"#, br#"{"sub":"alice"}"#);
    let opened = verifier.open(token.as_bytes()).unwrap();
    assert!(std::ptr::eq(opened.verifier(), &raw const verifier));
    let shown = format!("{opened:?}");
    for part in ["HS256", "k\\u{7}", "JWT"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(!shown.contains("alice"), "{shown}");
}
