//! Issuers with a placeholder for the tenant, and keys that are marked with an issuer.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::keys::public_with;

const TEMPLATE: &str = "https://login.example/{tenantid}/v2.0";
const TENANT: &str = "11111111-2222-4333-8444-555555555555";
const OTHER: &str = "99999999-2222-4333-8444-555555555555";
const REFS: [&str; 2] = ["RFC 7519 §4.1.1", "RFC 8725 §3.8"];

/// Templates, tenants, and keys with an issuer.
pub fn templates() -> Vec<Case> {
    let mut cases = refused();
    cases.extend(accepted());
    cases.extend(known_tenants());
    cases.extend(marked_keys());
    cases.extend(invalid());
    cases
}

fn filled(tenant: &str) -> String {
    TEMPLATE.replace("{tenantid}", tenant)
}

fn template(text: &str, tenants: Value) -> Value {
    json!({ "template": text, "claim": "tid", "tenants": tenants })
}

/// A case whose policy has one template for one tenant.
fn of_tenant(id: &str, title: &str, why: &str) -> Case {
    case(format!("template-{id}"), title, why, &REFS)
        .policy(json!({ "issuers": [template(TEMPLATE, json!([TENANT]))] }))
        .claims(json!({ "iss": filled(TENANT), "tid": TENANT }))
}

fn refused() -> Vec<Case> {
    let why = "The template with the tenant of the claim must equal iss exactly.";
    let mut cases = Vec::new();
    for (id, iss) in [
        ("other-tenant", filled(OTHER)),
        ("template-itself", TEMPLATE.to_string()),
        ("no-tenant", filled("")),
        ("slash-in-tenant", filled(&format!("{TENANT}/x"))),
        ("longer", format!("{}/", filled(TENANT))),
        ("shorter", filled(TENANT).trim_end_matches("/v2.0").to_string()),
        ("other-host", filled(TENANT).replace("login", "evil")),
        ("before", format!("https://evil.example/{}", filled(TENANT))),
        ("other-case", filled(TENANT).replace("v2", "V2")),
    ] {
        let title = format!("iss does not fit the template: {}", id.replace('-', " "));
        cases.push(
            of_tenant(id, &title, why)
                .claims(json!({ "iss": iss, "tid": TENANT }))
                .claim_error("wrong_issuer", "iss"),
        );
    }
    let why = "The claim with the tenant is a string of 1 to 64 letters, digits and hyphens.";
    for (id, tid, code, claim) in [
        ("missing", Value::Null, "missing_claim", "tid"),
        ("number", json!(5), "invalid_claim", "tid"),
        ("array", json!([TENANT]), "invalid_claim", "tid"),
        ("empty", json!(""), "invalid_claim", "tid"),
        ("slash", json!(format!("{TENANT}/")), "invalid_claim", "tid"),
        ("dot", json!("evil.example"), "invalid_claim", "tid"),
        ("other", json!(OTHER), "wrong_issuer", "iss"),
        ("other-case", json!("AAAAAAAA-2222"), "wrong_issuer", "iss"),
    ] {
        let title = format!("The claim with the tenant: {}", id.replace('-', " "));
        cases.push(
            of_tenant(&format!("claim-{id}"), &title, why)
                .claims(json!({ "iss": filled(TENANT), "tid": tid }))
                .claim_error(code, claim),
        );
    }
    let why = "Only the tenants that the policy names are accepted.";
    cases.extend([
        of_tenant("unnamed-tenant", "A sound token of a tenant that is not named", why)
            .claims(json!({ "iss": filled(OTHER), "tid": OTHER }))
            .claim_error("wrong_issuer", "iss"),
        of_tenant("named-in-other-case", "A tenant that is named in another case", why)
            .claims(json!({ "iss": filled("ABC"), "tid": "ABC" }))
            .policy(json!({ "issuers": [template(TEMPLATE, json!(["abc"]))] }))
            .claim_error("wrong_issuer", "iss"),
        of_tenant("too-long", "A tenant of 65 characters", why)
            .claims(json!({ "iss": filled(&"a".repeat(65)), "tid": "a".repeat(65) }))
            .policy(json!({ "issuers": [template(TEMPLATE, Value::Null)] }))
            .claim_error("wrong_issuer", "iss"),
        of_tenant("no-issuer", "No iss", why)
            .claims(json!({ "iss": null, "tid": TENANT }))
            .claim_error("missing_claim", "iss"),
        of_tenant("before-audience", "Both the tenant and aud are wrong", why)
            .claims(json!({ "iss": filled(OTHER), "tid": OTHER, "aud": "x" }))
            .claim_error("wrong_issuer", "iss"),
    ]);
    cases
}

fn accepted() -> Vec<Case> {
    let why = "A named tenant, or any where the policy says so.";
    let any = json!({ "issuers": [template(TEMPLATE, Value::Null)] });
    let old = "https://sts.example/{tenantid}/";
    let two = json!({ "issuers": [
        "https://issuer.example",
        template(TEMPLATE, json!([OTHER, TENANT])),
        template(old, json!([TENANT])),
    ] });
    let good = |id: &str, title: &str| of_tenant(&format!("good-{id}"), title, why);
    vec![
        good("named", "The tenant is named").valid(),
        good("any", "Any tenant").policy(any.clone()).valid(),
        good("one-character", "A tenant of one character")
            .claims(json!({ "iss": filled("a"), "tid": "a" }))
            .policy(any.clone())
            .valid(),
        good("letters", "A tenant in letters")
            .claims(json!({ "iss": filled("contoso"), "tid": "contoso" }))
            .policy(any.clone())
            .valid(),
        good("upper-case", "A tenant in upper case, as iss has it")
            .claims(json!({ "iss": filled("CONTOSO-1"), "tid": "CONTOSO-1" }))
            .policy(any.clone())
            .valid(),
        good("longest", "A tenant of 64 characters")
            .claims(json!({ "iss": filled(&"a-Z9".repeat(16)), "tid": "a-Z9".repeat(16) }))
            .policy(any)
            .valid(),
        good("second-template", "The second of two templates")
            .claims(json!({ "iss": old.replace("{tenantid}", TENANT), "tid": TENANT }))
            .policy(two.clone())
            .valid(),
        good("second-tenant", "The second of two tenants").policy(two.clone()).valid(),
        good("name-beside", "An issuer that is named beside templates, without the claim")
            .claims(json!({}))
            .policy(two)
            .valid(),
        good("other-claim", "Another claim has the tenant")
            .claims(json!({ "iss": "https://a.example/t1/", "org": "t1", "tid": OTHER }))
            .policy(json!({ "issuers": [
                { "template": "https://a.example/{org}/", "claim": "org", "tenants": ["t1"] }
            ] }))
            .valid(),
    ]
}

/// Tenants that come at run time, of which the caller knows.
fn known_tenants() -> Vec<Case> {
    let why = "Where any tenant is accepted, the caller says at run time whether it is known.";
    let last = "The caller is asked after every other check, and before the revocation check.";
    let unasked = "Only a tenant of a template is asked about, not an issuer that is named.";
    let any = || json!([template(TEMPLATE, Value::Null)]);
    let known = |id: &str, title: &str, why: &str, known: Value| {
        of_tenant(&format!("known-{id}"), title, why)
            .policy(json!({ "issuers": any(), "known_tenants": known }))
    };
    let unknown = |id: &str, title: &str| known(id, title, last, json!([OTHER]));
    vec![
        known("other", "A tenant that the caller does not know", why, json!([OTHER]))
            .claim_error("wrong_issuer", "iss"),
        known("none", "The caller knows no tenant", why, json!([]))
            .claim_error("wrong_issuer", "iss"),
        known("other-case", "The caller knows the tenant in another case", why, json!(["ABC"]))
            .claims(json!({ "iss": filled("abc"), "tid": "abc" }))
            .claim_error("wrong_issuer", "iss"),
        known(
            "template-names",
            "The policy names the tenant, and the caller does not know it",
            why,
            json!([]),
        )
        .policy(json!({ "issuers": [template(TEMPLATE, json!([TENANT]))] }))
        .claim_error("wrong_issuer", "iss"),
        unknown("before-revocation", "An unknown tenant, and no answer about revocation")
            .policy(json!({ "revocation": "unavailable" }))
            .claim_error("wrong_issuer", "iss"),
        unknown("after-signature", "An unknown tenant, and a bad signature")
            .signature(vec![3; 64])
            .error("invalid_signature"),
        unknown("after-audience", "An unknown tenant, and the wrong aud")
            .claims(json!({ "iss": filled(TENANT), "tid": TENANT, "aud": "x" }))
            .claim_error("wrong_audience", "aud"),
        unknown("after-scope", "An unknown tenant, and without the scope")
            .policy(json!({ "required_scopes": ["write"] }))
            .error("insufficient_scope"),
        known("revoked", "A revoked token of a known tenant", last, json!([TENANT]))
            .policy(json!({ "revocation": "revoked" }))
            .error("revoked"),
        known("good", "A tenant that the caller knows", why, json!([OTHER, TENANT])).valid(),
        known("good-clear", "A known tenant, and not revoked", last, json!([TENANT]))
            .policy(json!({ "revocation": "clear" }))
            .valid(),
        known("good-named", "An issuer that is named exactly", unasked, json!([]))
            .policy(json!({ "issuers": [filled(TENANT), template(TEMPLATE, Value::Null)] }))
            .valid(),
        known("good-waived", "Any issuer is accepted", unasked, json!([]))
            .policy(json!({ "issuers": Value::Null }))
            .valid(),
    ]
}

fn marked_keys() -> Vec<Case> {
    let why = "A key that its provider marks with an issuer signs only that issuer's tokens.";
    let set = |issuer: Value| vec![public_with("p256", json!({ "issuer": issuer }))];
    let mut cases = Vec::new();
    for (id, issuer, code) in [
        ("placeholder", json!(TEMPLATE), ""),
        ("other-placeholder", json!("https://login.example/{tenant}/v2.0"), ""),
        ("same-tenant", json!(filled(TENANT)), ""),
        ("unmarked", Value::Null, ""),
        ("not-a-text", json!(["https://other.example"]), ""),
        ("not-a-url", json!("CN=Issuing CA"), ""),
        ("other-tenant", json!(filled(OTHER)), "wrong_issuer"),
        ("other-provider", json!("https://other.example/{tenantid}/v2.0"), "wrong_issuer"),
        ("other-format", json!("https://login.example/{tenantid}/v1.0"), "wrong_issuer"),
    ] {
        let title = format!("A key marked with an issuer: {}", id.replace('-', " "));
        let case = of_tenant(&format!("key-{id}"), &title, why).keys(set(issuer));
        cases.push(if code.is_empty() { case.valid() } else { case.claim_error(code, "iss") });
    }
    let both = json!({ "issuers": [
        template("https://sts.example/{tenantid}/", json!([TENANT])),
        template(TEMPLATE, json!([TENANT])),
    ] });
    let old = json!({ "iss": format!("https://sts.example/{TENANT}/"), "tid": TENANT });
    let one = json!({ "issuers": [template("https://sts.example/{tenantid}/", json!([TENANT]))] });
    let named = |id: &str, title: &str, issuer: Value| {
        case(format!("template-key-{id}"), title, why, &REFS).keys(set(issuer))
    };
    cases.extend([
        of_tenant("key-of-other-template", "A key marked by another template of the policy", why)
            .claims(old.clone())
            .policy(both.clone())
            .keys(set(json!(TEMPLATE)))
            .valid(),
        of_tenant("key-of-other-template-and-tenant", "The same, of another tenant", why)
            .claims(old.clone())
            .policy(both)
            .keys(set(json!(filled(OTHER))))
            .claim_error("wrong_issuer", "iss"),
        of_tenant("key-of-unknown-template", "A key marked by a template the policy lacks", why)
            .claims(old)
            .policy(one)
            .keys(set(json!(TEMPLATE)))
            .claim_error("wrong_issuer", "iss"),
        named("exact", "A named issuer and a key marked with it", json!("https://issuer.example"))
            .valid(),
        named("exact-placeholder", "A named issuer and a key for every tenant", json!(TEMPLATE))
            .valid(),
        named("exact-other", "A named issuer and a key of another", json!("https://other.example"))
            .claim_error("wrong_issuer", "iss"),
        named(
            "waived-other",
            "A waived issuer and a key of another",
            json!("https://other.example"),
        )
        .policy(json!({ "issuers": null }))
        .claim_error("wrong_issuer", "iss"),
        named("waived-missing", "No issuer, and a key of one", json!("https://other.example"))
            .policy(json!({ "issuers": null }))
            .claims(json!({ "iss": null }))
            .claim_error("missing_claim", "iss"),
        named("waived-same", "A waived issuer and its key", json!("https://issuer.example"))
            .policy(json!({ "issuers": null }))
            .valid(),
        named("signature-only", "A plain JWS has no issuer", json!("https://other.example"))
            .payload("x")
            .signature_only()
            .valid(),
    ]);
    cases
}

fn invalid() -> Vec<Case> {
    let why = "A template has one placeholder with text around it, and two cannot give one issuer.";
    let mut cases = Vec::new();
    let any = |text: &str| template(text, Value::Null);
    for (id, issuers) in [
        ("without-placeholder", json!([any("https://login.example/v2.0")])),
        ("two-placeholders", json!([any("https://{a}.example/{b}/")])),
        ("empty-placeholder", json!([any("https://login.example/{}/")])),
        ("nothing-before", json!([any("{a}.example")])),
        ("nothing-after", json!([any("https://login.example/{a}")])),
        ("unclosed", json!([any("https://login.example/{a")])),
        ("closed-first", json!([any("https://}login.example{a")])),
        ("no-tenants", json!([template(TEMPLATE, json!([]))])),
        ("blank-tenant", json!([template(TEMPLATE, json!([" "]))])),
        ("tenant-with-slash", json!([template(TEMPLATE, json!(["a/b"]))])),
        ("blank-claim", json!([{ "template": TEMPLATE, "claim": "", "tenants": null }])),
        ("twice", json!([any(TEMPLATE), any(TEMPLATE)])),
        ("same-but-for-the-placeholder", json!([any("a/{b}/c"), any("a/{d}/c")])),
        (
            "shared-tenant",
            json!([template(TEMPLATE, json!(["a", "b"])), template(TEMPLATE, json!(["b"]))]),
        ),
        ("prefix", json!([any("https://a/{t}/"), any("https://a/x-{t}/")])),
        ("prefix-and-suffix", json!([any("https://a/x{t}/"), any("https://a/{t}x/")])),
        ("overlap", json!([any("a{t}/b-c/d"), any("ax/b{t}/d")])),
    ] {
        let meets = json!({ "issuers": issuers });
        let title = format!("An invalid template: {}", id.replace('-', " "));
        cases.push(
            case(format!("template-policy-{id}"), title, why, &REFS)
                .policy(meets)
                .error("invalid_policy"),
        );
    }
    let why = "Templates that cannot give the same issuer stand beside each other.";
    for (id, issuers) in [
        ("other-suffix", json!([any(TEMPLATE), any("https://login.example/{tenantid}/")])),
        ("deeper", json!([any(TEMPLATE), any("https://login.example/x/{tenantid}/v2.0")])),
        (
            "tenants-apart",
            json!([template(TEMPLATE, json!([OTHER])), template(TEMPLATE, json!([TENANT]))]),
        ),
    ] {
        let title = format!("Two templates: {}", id.replace('-', " "));
        cases.push(
            of_tenant(&format!("policy-good-{id}"), &title, why)
                .policy(json!({ "issuers": issuers }))
                .valid(),
        );
    }
    cases
}
