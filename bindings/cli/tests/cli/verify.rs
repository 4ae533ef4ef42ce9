//! `verijot verify`.

use serde_json::json;

use crate::program::{at, file, finish, run, run_with_input, words};
use crate::published::*;

#[test]
fn an_accepted_tokens_payload_is_printed_octet_for_octet() {
    for (name, set, token) in [("ec", SET, TOKEN), ("rsa", RSA_SET, RSA_TOKEN)] {
        let set = file("verify-accepted", name, set);
        let line = "verify --jwks {} --issuer joe --any-audience --now 1300819000 {}";
        let run = run(line, &[&set, &token]);
        run.ends_with(0).is_quiet();
        assert_eq!(run.stdout, format!("{PAYLOAD}\n"));
    }
}

#[test]
fn a_line_break_after_a_token_is_ignored() {
    let set = file("verify-sources", "set.json", SET);
    for (index, end) in ["", "\n", "\r\n"].into_iter().enumerate() {
        let content = format!("{TOKEN}{end}");
        let path = file("verify-sources", &format!("token-{index}"), &content);
        let line = "verify --jwks {} --any-issuer --any-audience --now 1300819000 {}";
        run(line, &[&set, &at(&path)]).ends_with(0);
        run_with_input(line, &[&set, &"-"], content.as_bytes()).ends_with(0);
    }
    for rest in ["\n\n", " ", "\r", " \n"] {
        let line = "verify --jwks {} --any-issuer --any-audience --now 1300819000 -";
        run_with_input(line, &[&set], format!("{TOKEN}{rest}").as_bytes())
            .ends_with(1)
            .complains("malformed_token: ");
    }
}

#[test]
fn an_expired_token_is_explained() {
    let set = file("verify-expired", "set.json", SET);
    let line = "verify --jwks {} --issuer joe --any-audience --now 2011-03-25T18:43:00Z {}";
    let run = run(line, &[&set, &TOKEN]);
    run.ends_with(1).complains("expired: exp was 2011-03-22 18:43:00 UTC (3 days ago), leeway 30s");
    assert_eq!(run.stdout, "");
}

#[test]
fn a_rejection_is_one_json_object() {
    let set = file("verify-json", "set.json", SET);
    let line = "verify --json --jwks {} --issuer joe --any-audience --now 1300819410 {}";
    let rejected = run(line, &[&set, &TOKEN]);
    rejected.ends_with(1);
    assert_eq!(rejected.stdout, "");
    let error = rejected.json_error();
    assert_eq!(
        error,
        json!({
            "code": "expired",
            "claim": "exp",
            "expected": "after 1300819380",
            "actual": "1300819380",
            "http_status": 401,
            "message": error["message"],
            "hints": [],
        })
    );
    let line = "verify --json --jwks {} --issuer joe --any-audience --now 1300819000 --scope a {}";
    let error = run(line, &[&set, &TOKEN]).json_error();
    assert_eq!(
        (&error["code"], &error["http_status"]),
        (&json!("insufficient_scope"), &json!(403))
    );
    let line = "verify --json --jwks {} --issuer joe --any-audience --now 1300819000 {}";
    let accepted = run(line, &[&set, &TOKEN]);
    accepted.ends_with(0).is_quiet();
    assert_eq!(accepted.json()["iss"], "joe");
}

#[test]
fn every_demand_reaches_the_core() {
    let set = file("verify-demands", "set.json", SET);
    let waived = "--any-issuer --any-audience --now 1300819000";
    for (options, code) in [
        ("--issuer jim --any-audience --now 1300819000", "wrong_issuer"),
        ("--issuer jim --issuer joe --any-audience --now 1300819000", ""),
        ("--any-issuer --audience me --now 1300819000", "missing_claim"),
        (&format!("{waived} --algorithm RS256"), "algorithm_not_allowed"),
        (&format!("{waived} --algorithm RS256 --algorithm ES256"), ""),
        ("--any-issuer --any-audience --now 1300819409.5", ""),
        ("--any-issuer --any-audience --now 1300819409.5 --leeway 29", "expired"),
        ("--any-issuer --any-audience --now 1300819380 --leeway 0", "expired"),
        ("--any-issuer --any-audience --now 2011-03-22T18:42:59.5Z --leeway 0", ""),
        ("--any-issuer --any-audience --now=-1", ""),
        ("--any-issuer --any-audience", "expired"),
        (&format!("{waived} --type JWT"), "unexpected_type"),
        (&format!("{waived} --any-type"), ""),
        (&format!("{waived} --require jti"), "missing_claim"),
        (&format!("{waived} --require iss --require exp"), ""),
        (&format!("{waived} --scope read"), "insufficient_scope"),
        (&format!("{waived} --expect iss=joe"), ""),
        (&format!("{waived} --expect iss=jim"), "wrong_claim"),
        (&format!("{waived} --expect exp:=1300819380"), ""),
        (&format!("{waived} --expect exp=1300819380"), "wrong_claim"),
        (&format!("{waived} --expect http://example.com/is_root:=true"), ""),
        (&format!("{waived} --max-age 60"), "missing_claim"),
        (&format!("{waived} --max-lifetime 60"), "missing_claim"),
        (&format!("{waived} --allow-missing-expiry"), ""),
    ] {
        let run = run(&format!("verify --json --jwks {{}} {options} {{}}"), &[&set, &TOKEN]);
        if code.is_empty() {
            assert_eq!(run.code, 0, "{options}: {run:?}");
        } else {
            assert_eq!(run.code, 1, "{options}: {run:?}");
            assert_eq!(run.json_error()["code"], code, "{options}");
        }
    }
}

#[test]
fn an_expected_claim_is_read_strictly() {
    let set = file("verify-expected", "set.json", SET);
    let line = "verify --jwks {} --any-issuer --any-audience --now 1300819000";
    for (options, complaint) in [
        ("--expect iss=joe --expect iss=joe", "twice"),
        (r#"--expect a:={"b":1,"b":1}"#, "--expect: "),
        (r#"--expect a:=1,"iss":"joe""#, "not JSON"),
        ("--expect =joe", "--expect: "),
    ] {
        let line = format!("{line} {options} {{}}");
        run(&line, &[&set, &TOKEN]).ends_with(2).complains(complaint);
    }
}

#[test]
fn an_expected_number_is_not_rounded() {
    let secret = file("verify-numbers", "secret", secret_octets());
    let token = signed(r#"{"rate":0.1,"n":10000000000000000000001}"#);
    let line = "verify --secret-file {} --algorithm HS256 --any-issuer --any-audience \
                --allow-missing-expiry";
    for (expected, code) in
        [("rate:=0.1", 0), ("rate:=1e-1", 0), ("rate:=0.10000000000000000555", 1), ("n:=1e22", 1)]
    {
        let line = format!("{line} --expect {expected} {{}}");
        run(&line, &[&secret, &token]).ends_with(code);
    }
}

#[test]
fn a_pem_key_works_for_the_named_algorithm() {
    let key = file("verify-pem", "key.pem", PEM);
    let line = "verify --key {} --algorithm ES256 --issuer joe --any-audience --now 1300819000 {}";
    run(line, &[&key, &TOKEN]).ends_with(0);
    let line = "verify --key {} --algorithm RS256 --issuer joe --any-audience {}";
    run(line, &[&key, &TOKEN]).ends_with(2).complains("unsupported_algorithm: --key: ");
    let line = "verify --key {} --issuer joe --any-audience {}";
    run(line, &[&key, &TOKEN]).ends_with(2).complains("missing: --algorithm");
    for (name, content) in [("no.pem", b"no key".as_slice()), ("bytes.pem", b"\xff\xfe")] {
        let key = file("verify-pem", name, content);
        let line = "verify --key {} --algorithm ES256 --issuer joe --any-audience {}";
        run(line, &[&key, &TOKEN]).ends_with(2).complains("malformed_key: --key: ");
    }
}

#[test]
fn a_single_jwk_needs_its_own_option() {
    let set = serde_json::from_str::<serde_json::Value>(SET).unwrap();
    let key = set["keys"].as_array().unwrap().last().unwrap().to_string();
    let (key, set) = (file("verify-jwk", "key.json", key), file("verify-jwk", "set.json", SET));
    let line = "verify --jwk {} --issuer joe --any-audience --now 1300819000 {}";
    run(line, &[&key, &TOKEN]).ends_with(0);
    run(line, &[&set, &TOKEN]).ends_with(2).complains("malformed_jwks: --jwk: not a single JWK");
    let line = "verify --jwks {} --issuer joe --any-audience --now 1300819000 {}";
    run(line, &[&key, &TOKEN]).ends_with(2).complains("a single JWK instead of a JWK Set");
}

#[test]
fn limits_can_be_set() {
    let set = file("verify-limits", "set.json", SET);
    for (option, code, message) in [
        ("--max-token-octets 100", 1, "token_too_large: "),
        ("--max-jwks-octets 10", 2, "jwks_too_large: --jwks: "),
        ("--max-keys 0", 2, "jwks_too_large: --jwks: "),
        ("--max-token-octets 0", 2, "invalid_policy: "),
        ("--leeway 601", 2, "invalid_policy: "),
    ] {
        let line = format!("verify {option} --jwks {{}} --issuer joe --any-audience {{}}");
        run(&line, &[&set, &TOKEN]).ends_with(code).complains(message);
    }
}

#[test]
fn a_secret_is_used_octet_for_octet() {
    let secret = file("verify-secret", "secret", secret_octets());
    let line = "verify --secret-file {} --algorithm HS256 --issuer joe --any-audience \
                --now 1300819000 {}";
    run(line, &[&secret, &HMAC_TOKEN]).ends_with(0).is_quiet();

    // Without an algorithm it is for every hash that is not longer than it.
    let unnamed = line.replace("--algorithm HS256 ", "");
    run(&unnamed, &[&secret, &HMAC_TOKEN]).ends_with(0).is_quiet();
    let mut longer = secret_octets();
    longer.push(b'\n');
    let secret = file("verify-secret", "with-line-end", longer);
    run(line, &[&secret, &HMAC_TOKEN])
        .ends_with(1)
        .complains("warning: the secret file ends with a line break")
        .complains("invalid_signature: ");
    let json = run(&line.replace("verify", "verify --json"), &[&secret, &HMAC_TOKEN]).json_error();
    assert_eq!(json["code"], "invalid_signature");
    assert!(json["hints"][0].as_str().unwrap().contains("line break"));

    let secret = file("verify-secret", "short", "short");
    run(line, &[&secret, &HMAC_TOKEN]).ends_with(2).complains("weak_key: --secret-file: ");
    let line = line.replace("HS256", "ES256");
    run(&line, &[&secret, &HMAC_TOKEN]).ends_with(2).complains("unsupported_algorithm: ");
}

#[test]
fn symmetric_keys_of_a_set_need_an_option() {
    let set = file("verify-symmetric", "set.json", HMAC_SET);
    let line = "verify --jwks {} --any-issuer --any-audience --now 1300819000 {}";
    run(line, &[&set, &HMAC_TOKEN]).ends_with(1).complains("algorithm_not_allowed: ");
    let line = "verify --jwks {} --symmetric-keys --any-issuer --any-audience --now 1300819000 {}";
    run(line, &[&set, &HMAC_TOKEN]).ends_with(0);
}

#[test]
fn a_payload_that_is_not_json_is_refused_after_its_signature() {
    let set = file("verify-payload", "set.json", ED25519_SET);
    let line = "verify --jwks {} --any-issuer --any-audience {}";
    run(line, &[&set, &ED25519_TOKEN]).ends_with(1).complains("malformed_claims: ");
}

#[test]
#[cfg(feature = "aws-lc-rs")]
fn es512_works_by_default() {
    let set = file("verify-es512", "set.json", P521_SET);
    let line = "verify --jwks {} --any-issuer --any-audience {}";
    run(line, &[&set, &P521_TOKEN]).ends_with(1).complains("malformed_claims: ");
    let line = "explain --crypto aws-lc-rs --jwks {} --any-issuer --any-audience {}";
    run(line, &[&set, &P521_TOKEN]).ends_with(1).prints("passed   signature");
}

#[test]
#[cfg(feature = "ring")]
fn ring_does_not_support_es512() {
    let set = file("verify-ring", "set.json", P521_SET);
    let line = "verify --crypto ring --jwks {} --any-issuer --any-audience {}";
    run(line, &[&set, &P521_TOKEN]).ends_with(1).complains("hint: ring has no ES512");
    run("jwks --crypto ring {}", &[&set]).ends_with(1).prints("unsupported_algorithm: ");
}

#[test]
fn an_unknown_key_is_explained_with_the_skipped_keys() {
    let set = r#"{"keys": [
        {"kty": "EC", "crv": "secp256k1", "kid": "odd", "x": "AA", "y": "AA"},
        {"kty": "RSA", "kid": "private", "n": "AA", "e": "AQAB", "d": "c2VjcmV0LWV4cG9uZW50"}
    ]}"#;
    let set = file("verify-hints", "set.json", set);
    let line = "verify --jwks {} --any-issuer --any-audience {}";
    let token = unsigned(r#"{"alg":"ES256","kid":"odd"}"#, "{}");
    let told = run(line, &[&set, &token]);
    told.ends_with(1)
        .complains("unknown_key: ")
        .complains("hint: the key with the kid odd is skipped: unsupported_curve: ");
    assert!(!told.stderr.contains("private"), "{told:?}");

    let token = unsigned(r#"{"alg":"ES256","kid":"other"}"#, "{}");
    let told = run(&line.replace("verify", "verify --json"), &[&set, &token]).json_error();
    let hints = told["hints"].as_array().unwrap();
    assert_eq!(hints.len(), 2, "{told}");
    assert!(hints[1].as_str().unwrap().contains("private_key_material"), "{told}");
    assert!(!told.to_string().contains("c2VjcmV0"), "{told}");
}

#[test]
fn undecided_runs_say_what_to_do() {
    let set = file("verify-undecided", "set.json", SET);
    let line = "verify --jwks {} --any-issuer --any-audience {}";
    run(line, &[&"/nowhere/set.json", &TOKEN]).ends_with(2).complains("unreadable_file: --jwks: ");
    run(line, &[&"https://issuer.example/jwks", &TOKEN])
        .ends_with(2)
        .complains("download the file");
    run(line, &[&set, &"@/nowhere/token"]).ends_with(2).complains("unreadable_file: the token: ");
    for content in ["", "{}", "[]", "{\"keys\": {}}"] {
        let set = file("verify-undecided", "bad.json", content);
        run(line, &[&set, &TOKEN]).ends_with(2).complains("malformed_jwks: --jwks: not a JWK Set");
    }
    let error = run(&line.replace("verify", "verify --json"), &[&"/nowhere", &TOKEN]).json_error();
    assert_eq!(error["code"], "unreadable_file");
    let arguments = words("verify --jwks {} --any-audience", &[&set]);
    let policy =
        finish(crate::program::command().args(arguments).args(["--issuer", "", TOKEN]), b"");
    policy.ends_with(2).complains("invalid_policy: ").complains("--any-issuer");
}
