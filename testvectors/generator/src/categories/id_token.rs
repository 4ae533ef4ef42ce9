//! ID tokens of `OpenID` Connect Core 1.0, with the profile and what each login expects.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::keys;
use crate::signing::Hash;

/// Logins as they should be, and each step of the validation violated.
pub fn id_token() -> Vec<Case> {
    let mut cases = types();
    cases.extend(claims());
    cases.extend(audiences());
    cases.extend(nonces());
    cases.extend(authentication());
    cases.extend(hashes());
    cases.extend(earlier());
    cases.extend(settings());
    cases
}

fn types() -> Vec<Case> {
    let refs = [VALIDATION, "RFC 8725 §3.11"];
    let why = "An ID token has no type or JWT, so that no other kind of token is taken for one.";
    let typed = |id: &str, typ: &str| {
        one(&format!("type-{id}"), &format!("typ is {typ}"), why, &refs)
            .header(format!(r#"{{"typ":"{typ}","alg":"ES256","kid":"p256"}}"#))
    };
    vec![
        one("no-type", "No typ", why, &refs).checked(json!({
            "iss": "https://issuer.example", "sub": "alice",
        })),
        typed("jwt", "JWT").valid(),
        typed("jwt-lower-case", "jwt").valid(),
        typed("jwt-media-type", "application/jwt").valid(),
        typed("access-token", "at+jwt").error("unexpected_type"),
        typed("access-token-media-type", "application/at+JWT").error("unexpected_type"),
        typed("logout", "logout+jwt").error("unexpected_type"),
        typed("proof", "dpop+jwt").error("unexpected_type"),
        typed("bound-id-token", "dpop+id_token").error("unexpected_type"),
        typed("event", "secevent+jwt").error("unexpected_type"),
    ]
}

fn claims() -> Vec<Case> {
    let refs = [ID_TOKEN];
    let why = "The claim is required of every ID token.";
    let mut cases: Vec<Case> = ["iss", "sub", "aud", "exp", "iat"]
        .into_iter()
        .map(|claim| {
            one(&format!("no-{claim}"), &format!("{claim} is missing"), why, &refs)
                .claims(with(json!({ claim: null })))
                .claim_error("missing_claim", claim)
        })
        .collect();
    let why = "sub has 1 to 255 ASCII characters.";
    let subject = |id: &str, title: &str, sub: String| {
        one(&format!("sub-{id}"), title, why, &refs).claims(with(json!({ "sub": sub })))
    };
    cases.extend([
        subject("longest", "sub has 255 characters", "a".repeat(255)).valid(),
        subject("too-long", "sub has 256 characters", "a".repeat(256))
            .claim_error("invalid_claim", "sub"),
        subject("empty", "sub is empty", String::new()).claim_error("invalid_claim", "sub"),
        subject("not-ascii", "sub has a letter outside ASCII", "älice".into())
            .claim_error("invalid_claim", "sub"),
    ]);
    let why = "A claim of the wrong type is not the same as a missing one.";
    let typed = |claim: &str, value: Value| {
        let id = claim.replace('_', "-");
        one(&format!("type-of-{id}"), &format!("{claim} is {value}"), why, &refs)
            .claims(with(json!({ claim: value })))
            .claim_error("invalid_claim", claim)
    };
    cases.extend([
        typed("acr", json!(0)),
        typed("amr", json!("pwd")),
        typed("azp", json!(["c"])),
        typed("auth_time", json!("1699999000")),
        typed("at_hash", json!(5)),
        typed("c_hash", json!({})),
        typed("s_hash", json!([])),
        typed("sid", json!(1)),
    ]);
    let refs = [VALIDATION];
    cases.extend([
        one("other-issuer", "Another issuer", "The issuer is compared exactly.", &refs)
            .claims(with(json!({ "iss": "https://issuer.example/" })))
            .claim_error("wrong_issuer", "iss"),
        one("expired", "Expired", "The current time is before exp.", &refs)
            .claims(with(json!({ "exp": 1_699_999_970 })))
            .claim_error("expired", "exp"),
        one("all-claims", "Every claim of an ID token", "They have the right types.", &[ID_TOKEN])
            .claims(with(json!({
                "sid": "s1", "auth_time": 1_699_999_000, "acr": "phr", "amr": ["pwd", "otp"],
                "azp": "c", "name": "Alice",
            })))
            .checked(json!({
                "iss": "https://issuer.example", "sub": "alice", "sid": "s1",
                "auth_time": 1_699_999_000, "acr": "phr", "amr": ["pwd", "otp"], "azp": "c",
            })),
        one(
            "logout-event",
            "The event of a logout",
            "A token with that event is a logout token.",
            &[LOGOUT],
        )
        .claims(with(json!({ "events": { LOGOUT_EVENT: {} } })))
        .claim_error("unexpected_claim", "events"),
        one("no-methods", "An empty amr", "It is an array of strings.", &[ID_TOKEN])
            .claims(with(json!({ "amr": [] })))
            .valid(),
        one(
            "leeway",
            "Expired within the leeway of the settings",
            "Settings of a policy apply.",
            &refs,
        )
        .profile(json!({ "leeway": "60" }))
        .claims(with(json!({ "exp": 1_699_999_941 })))
        .valid(),
        one("other-event", "Another event", "Unknown claims are ignored.", &[ID_TOKEN])
            .claims(with(json!({ "events": { "urn:example:event": {} } })))
            .valid(),
    ]);
    cases
}

fn audiences() -> Vec<Case> {
    let refs = [VALIDATION];
    let why = "Every audience is the client or trusted by it.";
    let to = |id: &str, title: &str, aud: Value| {
        one(&format!("aud-{id}"), title, why, &refs).claims(with(json!({ "aud": aud })))
    };
    let mut cases = vec![
        to("array", "An array of the client alone", json!(["c"])).valid(),
        to("other", "Another client", json!("d")).claim_error("wrong_audience", "aud"),
        to("case", "The client in another case", json!("C")).claim_error("wrong_audience", "aud"),
        to("untrusted", "The client and one that is not trusted", json!(["c", "evil"]))
            .claim_error("wrong_audience", "aud"),
        to("untrusted-first", "One that is not trusted, and the client", json!(["evil", "c"]))
            .claim_error("wrong_audience", "aud"),
        to("empty", "No audience", json!([])).claim_error("wrong_audience", "aud"),
        to("trusted-alone", "One that is trusted, without the client", json!("api"))
            .profile(json!({ "trusted_audiences": ["api"] }))
            .claim_error("wrong_audience", "aud"),
    ];
    let why = "With several audiences azp is there, and it is an authorized party.";
    let party = |id: &str, title: &str, claims: Value| {
        one(&format!("azp-{id}"), title, why, &refs)
            .profile(json!({ "trusted_audiences": ["api"] }))
            .claims(with(claims))
    };
    cases.extend([
        party(
            "of-two",
            "Two audiences, azp is the client",
            json!({ "aud": ["c", "api"], "azp": "c" }),
        )
        .valid(),
        party("missing-of-two", "Two audiences without azp", json!({ "aud": ["c", "api"] }))
            .claim_error("missing_claim", "azp"),
        party("of-one", "One audience, azp is the client", json!({ "azp": "c" })).valid(),
        party("other", "azp is another client", json!({ "azp": "app" }))
            .claim_error("wrong_claim", "azp"),
        party(
            "trusted-audience",
            "azp is a trusted audience",
            json!({ "aud": ["c", "api"], "azp": "api" }),
        )
        .claim_error("wrong_claim", "azp"),
        party("authorized", "azp is an app of the same service", json!({ "azp": "app" }))
            .profile(json!({ "authorized_parties": ["app"] }))
            .valid(),
        party(
            "not-authorized",
            "azp is the client, but only an app may be it",
            json!({ "azp": "c" }),
        )
        .profile(json!({ "authorized_parties": ["app"] }))
        .claim_error("wrong_claim", "azp"),
        party(
            "of-three",
            "Three audiences, two of them trusted",
            json!({ "aud": ["api", "c", "b"], "azp": "c" }),
        )
        .profile(json!({ "trusted_audiences": ["api", "b"] }))
        .valid(),
        party("any", "azp is anyone where that is waived", json!({ "azp": "anyone" }))
            .profile(json!({ "authorized_parties": null }))
            .valid(),
    ]);
    let secret =
        "HS256 takes the client's secret; whose it is, is not defined for several audiences.";
    let hmac = |id: &str, title: &str| {
        one(&format!("hmac-{id}"), title, secret, &refs)
            .key("hmac-32", "HS256")
            .profile(json!({ "symmetric_keys": true, "trusted_audiences": ["api"] }))
    };
    cases.extend([
        hmac("one-audience", "HS256 for one audience").valid(),
        hmac("two-audiences", "HS256 for two audiences")
            .claims(with(json!({ "aud": ["c", "api"], "azp": "c" })))
            .claim_error("wrong_audience", "aud"),
        one("algorithm", "An algorithm that the client has not registered", secret, &refs)
            .profile(json!({ "algorithms": ["RS256"] }))
            .error("algorithm_not_allowed"),
    ]);
    cases
}

fn nonces() -> Vec<Case> {
    let refs = [VALIDATION];
    let why = "The nonce ties the token to the login; what became of it is said with each login.";
    let sent = |id: &str, title: &str, claims: Value| {
        one(&format!("nonce-{id}"), title, why, &refs)
            .expectations(json!({ "nonce": "n-0S6_WzA2Mj" }))
            .claims(with(claims))
    };
    let same = json!({ "nonce": "n-0S6_WzA2Mj" });
    vec![
        sent("same", "The nonce that was sent", same.clone()).valid(),
        sent("missing", "None, though one was sent", json!({}))
            .claim_error("missing_claim", "nonce"),
        sent("other", "That of another login", json!({ "nonce": "other" }))
            .claim_error("wrong_claim", "nonce"),
        sent("case", "The nonce in another case", json!({ "nonce": "N-0S6_WZA2MJ" }))
            .claim_error("wrong_claim", "nonce"),
        sent("space", "The nonce and a space", json!({ "nonce": "n-0S6_WzA2Mj " }))
            .claim_error("wrong_claim", "nonce"),
        sent("empty", "An empty nonce", json!({ "nonce": "" })).claim_error("wrong_claim", "nonce"),
        sent("number", "A number", json!({ "nonce": 5 })).claim_error("invalid_claim", "nonce"),
        sent("array", "An array", json!({ "nonce": ["n-0S6_WzA2Mj"] }))
            .claim_error("invalid_claim", "nonce"),
        sent("null", "null", json!({}))
            .payload(payload(r#""nonce":null"#))
            .claim_error("invalid_claim", "nonce"),
        sent("escaped", "The same text, written with an escape", json!({}))
            .payload(payload(r#""nonce":"\u006e-0S6_WzA2Mj""#))
            .valid(),
        one("nonce-not-sent", "None was sent, and none is there", why, &refs)
            .expectations(json!({ "without_nonce": true }))
            .valid(),
        one("nonce-unexpected", "None was sent, but one is there", why, &refs)
            .expectations(json!({ "without_nonce": true }))
            .claims(with(same.clone()))
            .claim_error("unexpected_claim", "nonce"),
        one("nonce-waived", "The check is waived, and one is there", why, &refs)
            .expectations(json!({ "any_nonce": true }))
            .claims(with(same))
            .valid(),
    ]
}

fn authentication() -> Vec<Case> {
    let refs = [VALIDATION, "OIDC Core §3.1.2.1"];
    let why = "The user logged in at most max_age ago, with the leeway for the clocks.";
    let age = |id: &str, title: &str, auth_time: Value| {
        one(&format!("max-age-{id}"), title, why, &refs)
            .expectations(json!({ "any_nonce": true, "max_age": "600" }))
            .claims(with(json!({ "auth_time": auth_time })))
    };
    let required = json!({ "any_nonce": true, "auth_time_required": true });
    let contexts = json!({ "any_nonce": true, "acr": ["phr", "phrh"] });
    let acr = |id: &str, title: &str, claims: Value| {
        let why = "The client asked for one of these contexts as an essential claim.";
        one(&format!("acr-{id}"), title, why, &[VALIDATION, "OIDC Core §5.5.1.1"])
            .expectations(contexts.clone())
            .claims(with(claims))
    };
    vec![
        age("just-now", "Logged in now", json!(1_700_000_000)).valid(),
        age("boundary", "Logged in max_age and the leeway ago", json!(1_699_999_370)).valid(),
        age("too-old", "Logged in a second earlier", json!(1_699_999_369))
            .claim_error("authentication_too_old", "auth_time"),
        age("fraction", "Logged in a fraction of a second earlier", json!(1_699_999_369.999))
            .claim_error("authentication_too_old", "auth_time"),
        age("missing", "Not said when", Value::Null).claim_error("missing_claim", "auth_time"),
        age("ahead", "Logged in ahead of the clocks", json!(1_700_000_031))
            .claim_error("invalid_claim", "auth_time"),
        age("clock", "Logged in ahead by the leeway", json!(1_700_000_030)).valid(),
        age("zero", "max_age is zero, logged in now", json!(1_700_000_000))
            .expectations(json!({ "any_nonce": true, "max_age": "0" }))
            .valid(),
        age("zero-old", "max_age is zero, logged in earlier", json!(1_699_999_969))
            .expectations(json!({ "any_nonce": true, "max_age": "0" }))
            .claim_error("authentication_too_old", "auth_time"),
        one("auth-time-missing", "auth_time is asked for and missing", why, &refs)
            .expectations(required.clone())
            .claim_error("missing_claim", "auth_time"),
        one("auth-time-there", "auth_time is asked for and there", why, &refs)
            .expectations(required)
            .claims(with(json!({ "auth_time": 5 })))
            .valid(),
        acr("one-of-them", "One of them", json!({ "acr": "phrh" })).valid(),
        acr("first", "The first of them", json!({ "acr": "phr" })).valid(),
        acr("other", "Another", json!({ "acr": "pwd" })).claim_error("wrong_claim", "acr"),
        acr("missing", "None", json!({})).claim_error("missing_claim", "acr"),
    ]
}

fn hashes() -> Vec<Case> {
    let refs = ["OIDC Core §3.1.3.8", "OIDC Core §3.2.2.9"];
    let why = "The hash is that of the verified algorithm, its left half in base64url.";
    let mut cases = Vec::new();
    for (key, algorithm, hash) in [
        ("rsa", "RS256", Hash::Sha256),
        ("rsa", "RS384", Hash::Sha384),
        ("rsa", "PS256", Hash::Sha256),
        ("rsa", "PS512", Hash::Sha512),
        ("rsa", "PS384", Hash::Sha384),
        ("rsa", "RS512", Hash::Sha512),
        ("p256", "ES256", Hash::Sha256),
        ("p384", "ES384", Hash::Sha384),
        ("ed25519", "EdDSA", Hash::Sha512),
    ] {
        let id = format!("at-hash-{}", algorithm.to_lowercase());
        let claims = with(json!({ "at_hash": half(hash, ACCESS_TOKEN) }));
        cases.push(
            one(&id, &format!("at_hash under {algorithm}"), why, &refs)
                .key(key, algorithm)
                .expectations(front())
                .claims(claims)
                .valid(),
        );
    }
    let sha256 = Hash::Sha256.digest(ACCESS_TOKEN.as_bytes());
    let hexadecimal: String = sha256[..16].iter().map(|octet| format!("{octet:02x}")).collect();
    let hash = |id: &str, title: &str, text: String| {
        one(&format!("at-hash-{id}"), title, why, &refs)
            .expectations(front())
            .claims(with(json!({ "at_hash": text })))
            .claim_error("wrong_claim", "at_hash")
    };
    let right = half(Hash::Sha256, ACCESS_TOKEN);
    cases.extend([
        hash("other-token", "That of another access token", half(Hash::Sha256, "other")),
        hash("padded", "With padding", format!("{right}==")),
        hash("whole", "The whole hash", keys::encode(&sha256)),
        hash("right-half", "The right half", keys::encode(&sha256[16..])),
        hash("hexadecimal", "In hexadecimal", hexadecimal),
        hash("other-hash", "With SHA-512 under ES256", half(Hash::Sha512, ACCESS_TOKEN)),
        hash("empty", "Empty", String::new()),
        hash("unused-bits", "With another unused bit", keys::with_unused_bit(&right)),
        one("at-hash-sha256-under-eddsa", "With SHA-256 under EdDSA", why, &refs)
            .key("ed25519", "EdDSA")
            .expectations(front())
            .claims(with(json!({ "at_hash": right })))
            .claim_error("wrong_claim", "at_hash"),
        one("at-hash-missing-front", "None, from the authorization endpoint", why, &refs)
            .expectations(front())
            .claim_error("missing_claim", "at_hash"),
        one("at-hash-missing-back", "None, from the token endpoint", why, &refs)
            .expectations(
                json!({ "any_nonce": true, "access_token": ACCESS_TOKEN, "channel": "back" }),
            )
            .valid(),
        one("at-hash-wrong-back", "That of another, from the token endpoint", why, &refs)
            .expectations(
                json!({ "any_nonce": true, "access_token": ACCESS_TOKEN, "channel": "back" }),
            )
            .claims(with(json!({ "at_hash": half(Hash::Sha256, "other") })))
            .claim_error("wrong_claim", "at_hash"),
    ]);
    let refs = ["OIDC Core §3.3.2.10"];
    let code = |id: &str, title: &str, channel: &str, claims: Value| {
        one(&format!("c-hash-{id}"), title, "c_hash ties the code to the token.", &refs)
            .expectations(json!({ "any_nonce": true, "code": CODE, "channel": channel }))
            .claims(with(claims))
    };
    let right = json!({ "c_hash": half(Hash::Sha256, CODE) });
    let wrong = json!({ "c_hash": half(Hash::Sha256, "other") });
    cases.extend([
        code("same", "That of the code", "front", right).valid(),
        code("other", "That of another code", "front", wrong.clone())
            .claim_error("wrong_claim", "c_hash"),
        code("missing-front", "None, from the authorization endpoint", "front", json!({}))
            .claim_error("missing_claim", "c_hash"),
        code("missing-back", "None, from the token endpoint", "back", json!({})).valid(),
        code("other-back", "That of another, from the token endpoint", "back", wrong)
            .claim_error("wrong_claim", "c_hash"),
    ]);
    let refs = ["FAPI 1.0 Part 2 §5.1.1"];
    let state = |id: &str, title: &str, member: &str, claims: Value| {
        one(&format!("s-hash-{id}"), title, "s_hash ties the state to the token.", &refs)
            .expectations(json!({ "any_nonce": true, member: STATE }))
            .claims(with(claims))
    };
    let right = json!({ "s_hash": half(Hash::Sha256, STATE) });
    let wrong = json!({ "s_hash": half(Hash::Sha256, "other") });
    cases.extend([
        state("same", "That of the state", "required_state", right).valid(),
        state("other", "That of another state", "state", wrong)
            .claim_error("wrong_claim", "s_hash"),
        state("missing", "None, where it is required", "required_state", json!({}))
            .claim_error("missing_claim", "s_hash"),
        state("optional", "None, where it is optional", "state", json!({})).valid(),
    ]);
    cases
}

fn earlier() -> Vec<Case> {
    let refs = ["OIDC Core §12.2"];
    let why = "What a refresh must not change has not changed.";
    let before = json!({
        "iss": "https://issuer.example", "sub": "alice", "aud": ["c"], "nonce": "n", "auth_time": 1_699_990_000,
    });
    let refreshed = |id: &str, title: &str, claims: Value| {
        one(&format!("refresh-{id}"), title, why, &refs)
            .expectations(json!({ "refresh_of": before }))
            .claims(with(claims))
    };
    let audiences = |id: &str, title: &str, now: Value| {
        refreshed(&format!("{id}-audiences"), title, json!({ "aud": now, "azp": "c" }))
            .expectations(json!({ "refresh_of": {
                "iss": "https://issuer.example", "sub": "alice", "aud": ["c", "api"], "azp": "c",
            } }))
            .profile(json!({ "trusted_audiences": ["api", "web"] }))
    };
    let refs = ["OIDC Core §3.3.3.6"];
    let second = |id: &str, title: &str, first: Value| {
        one(&format!("second-{id}"), title, "Both tokens are about the same user.", &refs)
            .expectations(json!({ "any_nonce": true, "second_of": first }))
    };
    vec![
        refreshed("same", "The same user, without a nonce", json!({})).valid(),
        audiences("same", "The same audiences in another order", json!(["api", "c"])).valid(),
        audiences("more", "One more audience, which is trusted", json!(["c", "api", "web"]))
            .claim_error("wrong_claim", "aud"),
        audiences("fewer", "One audience less", json!("c")).claim_error("wrong_claim", "aud"),
        refreshed("same-nonce", "The nonce of the first login", json!({ "nonce": "n" })).valid(),
        refreshed("same-time", "The time of the login", json!({ "auth_time": 1_699_990_000 }))
            .valid(),
        refreshed("other-subject", "Another user", json!({ "sub": "bob" }))
            .claim_error("wrong_claim", "sub"),
        refreshed("other-nonce", "Another nonce", json!({ "nonce": "m" }))
            .claim_error("wrong_claim", "nonce"),
        refreshed("other-time", "The time of the refresh", json!({ "auth_time": 1_700_000_000 }))
            .claim_error("wrong_claim", "auth_time"),
        refreshed("new-party", "azp, which was not there before", json!({ "azp": "c" }))
            .claim_error("unexpected_claim", "azp"),
        second(
            "same-subject",
            "The same user",
            json!({ "iss": "https://issuer.example", "sub": "alice", "aud": "c" }),
        )
        .valid(),
        second(
            "other-subject",
            "Another user",
            json!({ "iss": "https://issuer.example", "sub": "bob", "aud": "c" }),
        )
        .claim_error("wrong_claim", "sub"),
    ]
}

fn settings() -> Vec<Case> {
    let refs = ["verijot design"];
    let why = "What a lost value looks like is a mistake of the caller, and skips no check.";
    let set = |id: &str, title: &str| one(&format!("invalid-{id}"), title, why, &refs);
    vec![
        set("empty-client", "An empty client id").profile(json!({ "client_id": "" })),
        set("no-client", "No client id").profile(json!({ "client_id": null })),
        set("blank-issuer", "A blank issuer").profile(json!({ "issuer": " " })),
        set("empty-parties", "No authorized party").profile(json!({ "authorized_parties": [] })),
        set("types", "Types, which the profile decides").profile(json!({ "types": ["at+jwt"] })),
        set("unknown", "An unknown member").profile(json!({ "client": "c" })),
        set("unknown-profile", "An unknown profile").profile(json!({ "profile": "id_token" })),
        set("no-nonce", "Nothing about the nonce").expectations(json!({})),
        set("null-nonce", "A nonce that is null").expectations(json!({ "nonce": null })),
        set("empty-nonce", "An empty nonce").expectations(json!({ "nonce": "" })),
        set("two-nonces", "A nonce, and none")
            .expectations(json!({ "nonce": "n", "without_nonce": true })),
        set("waiver-false", "A waiver that is false").expectations(json!({ "any_nonce": false })),
        set("no-channel", "An access token without where it came from")
            .expectations(json!({ "any_nonce": true, "access_token": "a" })),
        set("empty-acr", "No context").expectations(json!({ "any_nonce": true, "acr": [] })),
        set("unknown-expectation", "An unknown expectation")
            .expectations(json!({ "any_nonce": true, "maxage": "5" })),
    ]
    .into_iter()
    .map(|case| case.error("invalid_policy"))
    .collect()
}

/// A complete ID token and a login that waives the nonce.
fn one(id: &str, title: &str, why: &str, refs: &[&str]) -> Case {
    case(format!("id-token-{id}"), title, why, refs)
        .profile(json!({
            "profile": "id-token", "issuer": "https://issuer.example", "client_id": "c",
        }))
        .expectations(json!({ "any_nonce": true }))
        .claims(with(json!({})))
}

/// The claims of every ID token, with changes.
fn with(changes: Value) -> Value {
    let mut claims = json!({ "aud": "c", "iat": 1_700_000_000 });
    let members = claims.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("changes are an object").clone());
    claims
}

/// The text of a payload with one member as it is written here.
fn payload(member: &str) -> String {
    format!(
        r#"{{"iss":"https://issuer.example","aud":"c","sub":"alice","exp":1700003600,"iat":1700000000,{member}}}"#
    )
}

/// An access token that came through the browser.
fn front() -> Value {
    json!({ "any_nonce": true, "access_token": ACCESS_TOKEN, "channel": "front" })
}

fn half(hash: Hash, text: &str) -> String {
    let digest = hash.digest(text.as_bytes());
    keys::encode(&digest[..digest.len() / 2])
}

const ID_TOKEN: &str = "OIDC Core §2";
const VALIDATION: &str = "OIDC Core §3.1.3.7";
const LOGOUT: &str = "OIDC Back-Channel Logout §2.4";
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
const ACCESS_TOKEN: &str = "SlAV32hkKG";
const CODE: &str = "Qcb0Orv1zh30vL1MPRsbm";
const STATE: &str = "af0ifjsldkj";
