//! A header, claims, a policy and keys built from decisions, signed with a published test key, and
//! mostly right: the core gives the model's verdict and code.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use verijot::crypto::{aws_lc_rs, ring};

use crate::choices::Choices;
use crate::invariants::{self, SECRET};
use crate::model::case::{Case, LifetimeClasses, Mode, Policy, Revocation, Roles};
use crate::model::keys;
use crate::oracle::base64url;
use crate::signing;
use crate::targets::case::judge;

/// Runs an input.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let case = build(&mut choices);
    let run = if choices.either() {
        judge(&case, ring::PROVIDER, &keys::OF_RING)
    } else {
        judge(&case, aws_lc_rs::PROVIDER, &keys::ALL)
    };
    invariants::hides_claims(&run.said, &case.token);
}

fn build(choices: &mut Choices<'_>) -> Case {
    let (signer, alg) = match choices.below(12) {
        11 => choices.pick(&SLOW),
        _ => choices.pick(&QUICK),
    };
    let now = NOW + i128::from(choices.pick(&[0, 0, 500_000_000, 1]));
    let mut policy = policy(choices, alg);
    let kid = choices.pick(&["k", signer, "", "\u{e9}\"\\", "k "]);
    let keys = key_set(choices, signer, kid, &mut policy);
    let header = header(choices, alg, kid);
    let claims = claims(choices, &policy, now);
    let mut token = signing::token(signer, alg, &header, &claims);
    if choices.rarely() {
        damage(choices, &mut token);
    }
    if choices.rarely() {
        let length = token.len();
        policy.limits.token_octets = Some(choices.pick(&[length, length - 1, length + 1, 0]));
    }
    let mode = choices.usually(&[Mode::Jwt, Mode::Jws]);
    let keys = if choices.rarely() && choices.rarely() { None } else { Some(keys) };
    Case { keys, token, mode, policy, now: written(now, "") }
}

fn policy(choices: &mut Choices<'_>, alg: &str) -> Policy {
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
        policy.required_claims =
            choices.pick(&[list(&["sub"]), list(&["jti", "tenant"]), list(&["nbf"])]);
    }
    if choices.below(4) == 3 {
        let value = choices.pick(&[json!("t1"), json!(7), json!([1.5, null]), json!({"a": true})]);
        policy.expected_claims = BTreeMap::from([(String::from("tenant"), value)]);
    }
    if choices.below(4) == 3 {
        policy.required_scopes = choices.pick(&[list(&["read"]), list(&["read", "write"])]);
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

/// The signer's key, with a fault now and then, among others.
fn key_set(choices: &mut Choices<'_>, signer: &str, kid: &str, policy: &mut Policy) -> Vec<u8> {
    // So many keys that fit a token without a kid are one too many.
    let crowd = choices.below(16) == 15;
    let count = if crowd { choices.pick(&[5, 4]) } else { choices.pick(&[1, 1, 2, 2, 3, 6]) };
    let place = choices.below(count);
    let mut keys = Vec::new();
    for index in 0..count {
        let own = index == place;
        let name = if own || crowd { signer } else { choices.pick(&OTHERS) };
        let mut key = signing::jwk(name);
        let other = format!("other-{index}");
        let kids = match own {
            true => [json!(kid), json!(kid), json!(kid), json!(null), json!("else"), json!(3)],
            false => {
                [json!(other), json!(other), json!(kid), json!("twice"), json!(null), json!(3)]
            }
        };
        let chosen = if own { choices.below(32) } else { choices.below(12) };
        match kids.get(chosen) {
            Some(Value::Null) => drop(key.remove("kid")),
            Some(value) => drop(key.insert("kid".into(), value.clone())),
            None => drop(key.insert("kid".into(), kids[0].clone())),
        }
        fault(choices, &mut key, own);
        keys.push(Value::Object(key));
    }
    if choices.rarely() {
        keys.push(choices.pick(&[
            json!(null),
            json!([]),
            json!({}),
            json!({"kty": 1}),
            json!({"kty": "AKP", "kid": kid}),
        ]));
    }
    if choices.rarely() {
        policy.limits.jwks_keys = Some(choices.pick(&[keys.len(), keys.len() - 1, 0]));
    }
    let mut text = match choices.rarely() {
        false => json!({ "keys": keys }).to_string(),
        true => choices
            .pick(&[
                json!(keys),
                json!({ "key": keys }),
                json!({ "keys": {} }),
                json!({"keys": keys, "x": [1]}),
            ])
            .to_string(),
    };
    if choices.rarely() {
        text = choices.pick(&[
            format!("{text}x"),
            format!(" {text} "),
            text.replacen("\"kid\":", "\"kid\":\"k\",\"k\\u0069d\":", 1),
            text.replacen('{', "[", 1),
        ]);
    }
    if choices.rarely() {
        policy.limits.jwks_octets = Some(text.len() - choices.below(2));
    }
    text.into_bytes()
}

fn fault(choices: &mut Choices<'_>, key: &mut Map<String, Value>, own: bool) {
    let is_rsa = key.get("kty") == Some(&json!("RSA"));
    let mut set = |name: &str, value: Value| drop(key.insert(name.into(), value));
    match if own { choices.below(64) } else { choices.below(32) } {
        1 => set("use", json!("sig")),
        2 => set("use", choices.pick(&[json!("enc"), json!("Sig"), json!(1), json!(null)])),
        3 => set("key_ops", json!(["verify", "sign"])),
        4 => set(
            "key_ops",
            choices.pick(&[
                json!(["sign"]),
                json!([]),
                json!("verify"),
                json!(["verify", "verify"]),
            ]),
        ),
        5 => set("d", choices.pick(&[json!("AA"), json!(null)])),
        6 => set(
            "crv",
            choices.pick(&[
                json!("P-256"),
                json!("P-384"),
                json!("X25519"),
                json!("secp256k1"),
                json!(1),
            ]),
        ),
        7 => set(
            "kty",
            choices.pick(&[json!("RSA"), json!("EC"), json!("OKP"), json!("oct"), json!("rsa")]),
        ),
        8..=14 => {
            let algs = ["ES256", "EdDSA", "Ed25519", "HS256", "RS256", "PS512", "RSA-OAEP", "none"];
            set("alg", json!(choices.pick(&algs)));
        }
        15 => {
            let members =
                ["x", "y", "n", "k", "e"].into_iter().filter(|name| key.contains_key(*name));
            let name = choices.pick(&members.collect::<Vec<_>>());
            let text = key[name].as_str().expect("text").to_owned();
            let mut octets = base64url::decode(text.as_bytes()).expect("canonical");
            match choices.below(5) {
                0 => octets[0] ^= 1,
                1 => octets.insert(0, 0),
                2 => drop(octets.pop()),
                3 => octets.clear(),
                _ => {}
            }
            let spelled = base64url::encode(&octets);
            let value = choices.pick(&[json!(spelled), json!(format!("{spelled}=")), json!(1)]);
            key.insert(name.into(), value);
        }
        16 => {
            let name = choices.pick(&["x", "y", "n", "k", "e", "kty", "crv"]);
            key.remove(name);
        }
        17 if is_rsa => set("n", json!("AQAB")),
        18 => set("x5c", json!(["garbage"])),
        _ => {}
    }
}

fn header(choices: &mut Choices<'_>, alg: &str, kid: &str) -> Vec<u8> {
    let name = choices.usually(&[
        json!(alg),
        json!("none"),
        json!("ES256"),
        json!("HS256"),
        json!("PS256"),
        json!(alg.to_lowercase()),
        json!(1),
        json!(null),
    ]);
    let name = if alg == "EdDSA" && choices.either() { json!("Ed25519") } else { name };
    let mut members = vec![format!("\"alg\":{name}")];
    let kids = choices.usually(&[
        Some(json!(kid)),
        None,
        Some(json!("nobody")),
        Some(json!(3)),
        Some(json!("twice")),
        Some(json!(null)),
        Some(json!("else")),
    ]);
    let kids = if choices.below(8) == 7 { None } else { kids };
    members.extend(kids.map(|kid| format!("\"kid\":{kid}")));
    let types = [
        "JWT",
        "at+jwt",
        "application/AT+JWT",
        "jwt",
        "logout+jwt",
        "application/x",
        "",
        "applicatio\u{e9}/jwt",
    ];
    match choices.below(16) {
        0..6 => {}
        6 => members.push(format!("\"typ\":{}", choices.pick(&["1", "null", "[\"JWT\"]"]))),
        _ => members.push(format!("\"typ\":{}", json!(choices.pick(&types)))),
    }
    if choices.rarely() {
        members.push(format!("\"cty\":{}", choices.pick(&["\"JWT\"", "null", "{}"])));
    }
    if choices.rarely() {
        let crits = [
            "[\"exp\"]",
            "[\"b64\"]",
            "[]",
            "[\"x\",\"x\"]",
            "\"b64\"",
            "[1]",
            "[\"alg\"]",
            "[\"x\",\"b64\"]",
            "null",
            "[\"\\u0078\"]",
        ];
        members.push(format!("\"crit\":{}", choices.pick(&crits)));
    }
    if choices.rarely() {
        members.push(format!("\"b64\":{}", choices.pick(&["false", "true", "0", "null"])));
    }
    if choices.rarely() {
        let others = [
            "\"x\":1",
            "\"jku\":\"https://attacker.example\"",
            "\"jwk\":{}",
            "\"alg\":\"none\"",
            "\"\\u0061lg\":\"none\"",
            "\"x\":1,\"x\":1",
            "\"exp\":1",
        ];
        members.push(choices.pick(&others).to_owned());
    }
    text(choices, &members)
}

fn claims(choices: &mut Choices<'_>, policy: &Policy, now: i128) -> Vec<u8> {
    let span = |text: &Option<String>| text.as_deref().map(crate::model::case::nanoseconds);
    let leeway = span(&policy.leeway).unwrap_or(30 * SECOND);
    let mut members = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        members.extend(value.map(|value| format!("\"{name}\":{value}")));
    };
    let issuers = [
        "\"joe\"",
        "\"j\\u006fe\"",
        "\"ann\"",
        "\"Joe\"",
        "\"joe/\"",
        "[\"joe\"]",
        "null",
        "1",
        "",
    ];
    let any = choices.below(8) == 7;
    add("iss", some(if any { choices.pick(&issuers) } else { choices.usually(&issuers) }));
    let audiences = [
        "\"api\"",
        "[\"x\",\"api\"]",
        "[\"api\"]",
        "\"web\"",
        "[]",
        "[\"API\"]",
        "[1]",
        "{}",
        "null",
        "[\"x\",\"\\u0061pi\"]",
        "",
        "\"a\"",
    ];
    let any = choices.below(4) == 3;
    add("aud", some(if any { choices.pick(&audiences) } else { choices.usually(&audiences) }));
    let far = choices.pick(&[3600, 600, 86_400]) * SECOND;

    // Each date is far on the right side of its edge, or close to the edge.
    let iat = match choices.below(8) {
        0..4 => now - 60 * SECOND,
        4 => now + leeway + near(choices),
        5 => now - span(&policy.max_age).unwrap_or(SECOND) + near(choices),
        _ => now,
    };
    let exp = match choices.below(8) {
        0..4 => now + far,
        4 | 5 => now - leeway + near(choices),
        6 => iat + span(&policy.max_lifetime).unwrap_or(7200 * SECOND) + near(choices),
        _ => iat + choices.pick(&[600, 7200, 86_400]) * SECOND + near(choices),
    };
    let nbf = match choices.below(4) {
        0 | 1 => now - 5 * SECOND,
        _ => now + leeway + near(choices),
    };
    for (name, instant, often) in [("iat", iat, 12), ("exp", exp, 14), ("nbf", nbf, 6)] {
        let value = match choices.below(16) {
            present if present < often => date(choices, instant),
            _ => choices
                .usually(&[
                    "",
                    "\"1700000000\"",
                    "null",
                    "1e309",
                    "-1e400",
                    "true",
                    "[1]",
                    "1e308",
                    "-1",
                    "0e99999999999999999999",
                ])
                .to_owned(),
        };
        add(name, some(&value));
    }

    let secret = format!("\"{SECRET}\"");
    let secret = secret.as_str();
    add("sub", some(choices.usually(&[secret, "", "1", "null"])));
    add("jti", some(choices.usually(&["\"j\\n\"", "", "{}"])));
    if choices.either() {
        add(
            "tenant",
            some(choices.pick(&[
                "\"t1\"",
                "7",
                "[15e-1,null]",
                "{\"a\":true}",
                "7.0",
                "\"t\\u0031\"",
                "null",
                "[1.5,null,1]",
                "{}",
            ])),
        );
    }
    if choices.either() {
        add(
            "scope",
            some(choices.pick(&[
                "\"read write\"",
                "\"read\"",
                "\"reader\"",
                "[\"read\"]",
                "\"write  read\"",
                "\"\"",
                "null",
            ])),
        );
    }
    if choices.either() {
        add(
            "scp",
            some(choices.pick(&[
                "[\"read\",\"write\"]",
                "\"write read\"",
                "[\"read write\"]",
                "[1]",
                "{}",
            ])),
        );
    }
    if choices.either() {
        add(
            "roles",
            some(choices.pick(&[
                "[\"admin\",\"user\"]",
                "\"admin\"",
                "\"admin user\"",
                "{\"admin\":1}",
                "[\"Admin\"]",
                "null",
            ])),
        );
        add(
            "realm",
            some(choices.pick(&[
                "{\"roles\":[\"user\",\"\\u0061dmin\"]}",
                "{\"roles\":\"admin\"}",
                "{}",
                "[]",
                "{\"roles\":1}",
                "\"roles\"",
            ])),
        );
    }
    if choices.either() {
        add(
            "track",
            some(choices.pick(&[
                "\"staff\"",
                "\"guest\"",
                "\"sta\\u0066f\"",
                "\"nobody\"",
                "1",
                "null",
            ])),
        );
    }
    if choices.rarely() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        add("deep", some(&choices.pick(&[deep(31), deep(32), deep(2)])));
    }
    if choices.rarely() {
        let others = [
            "\"iss\":\"joe\"",
            "\"x\":\"\\ud800\"",
            "\"x\":{\"a\":1,\"\\u0061\":2}",
            "\"x\":01",
            "\"x\":\"\t\"",
            "\"x\":1,",
            "\"Exp\":1",
            "\"x\":NaN",
            "\"x\":\"\\ud83d\\ude00\"",
        ];
        members.push(choices.pick(&others).to_owned());
    }
    text(choices, &members)
}

fn near(choices: &mut Choices<'_>) -> i128 {
    choices.pick(&[0, 1, -1, SECOND, -SECOND, 1000 * SECOND, -1000 * SECOND])
}

/// One of the spellings of an instant, now and then a hair later.
fn date(choices: &mut Choices<'_>, instant: i128) -> String {
    let sign = if instant < 0 { "-" } else { "" };
    match choices.below(8) {
        0..5 => written(instant, ""),
        5 => format!("{sign}{}e-9", instant.unsigned_abs()),
        6 => written(instant, "0000000000001"),
        _ => format!(
            "{sign}{}.{:09}00E+0",
            instant.unsigned_abs() / 1_000_000_000,
            instant.unsigned_abs() % 1_000_000_000
        ),
    }
}

/// Nanoseconds as decimal seconds, with more digits behind them.
fn written(nanoseconds: i128, behind: &str) -> String {
    let (sign, magnitude) = (if nanoseconds < 0 { "-" } else { "" }, nanoseconds.unsigned_abs());
    let (whole, fraction) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
    match (fraction, behind) {
        (0, "") => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction:09}{behind}"),
    }
}

/// The members as an object, with a fault of the text now and then.
fn text(choices: &mut Choices<'_>, members: &[String]) -> Vec<u8> {
    let object = format!("{{{}}}", members.join(","));
    if !choices.rarely() {
        return object.into_bytes();
    }
    match choices.below(8) {
        0 => format!(" {{ {} }}\n", members.join(" ,\t")).into_bytes(),
        1 => format!("{object}{{}}").into_bytes(),
        2 => format!("[{object}]").into_bytes(),
        3 => [&b"\xef\xbb\xbf"[..], object.as_bytes()].concat(),
        4 => object.replacen('"', "'", 2).into_bytes(),
        5 => object.as_bytes()[..object.len() - 1].to_vec(),
        6 => object.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => [&object.as_bytes()[..object.len() - 1], b",\"x\":\"\xff\"}"].concat(),
    }
}

fn damage(choices: &mut Choices<'_>, token: &mut Vec<u8>) {
    let place = usize::from(choices.number()) % token.len();
    let dot = token.iter().rposition(|octet| *octet == b'.').expect("two dots");
    match choices.below(10) {
        0 => token.truncate(dot + 1),
        1 => token.truncate(dot),
        2 => token.extend(b".AA.AA"),
        3 => token.push(b'='),
        4 => token.push(b'A'),
        5 => token.insert(place, choices.pick(b" \n.+/=~\0\xff")),
        6 => token[place] = choices.pick(b"AQgw_-"),
        7 => {
            // The unused bits of the signature's last character.
            let last = token.len() - 1;
            token[last] = choices.pick(b"ABQRghwx");
        }
        8 => token.swap(place, dot),
        _ => drop(token.remove(place)),
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

const QUICK: [(&str, &str); 11] = [
    ("hmac-64", "HS256"),
    ("hmac-32", "HS256"),
    ("hmac-64", "HS384"),
    ("hmac-48", "HS384"),
    ("hmac-64", "HS512"),
    ("hmac-200", "HS512"),
    ("hmac-31", "HS256"),
    ("hmac-47", "HS384"),
    ("hmac-other", "HS256"),
    ("ed25519", "EdDSA"),
    ("ed25519-other", "EdDSA"),
];

/// Each of these takes longer than all that the others do.
const SLOW: [(&str, &str); 9] = [
    ("p256", "ES256"),
    ("p256-other", "ES256"),
    ("p256-short-x", "ES256"),
    ("p384", "ES384"),
    ("p521", "ES512"),
    ("rsa", "RS256"),
    ("rsa", "PS384"),
    ("rsa", "RS512"),
    ("rsa-other", "PS256"),
];

const OTHERS: [&str; 12] = [
    "p256-other",
    "p256-third",
    "ed25519-other",
    "hmac-other",
    "rsa-third",
    "p384-other",
    "rsa-1024",
    "hmac-31",
    "x25519",
    "secp256k1",
    "rsa-e3",
    "hmac-48",
];

const SECOND: i128 = 1_000_000_000;
const NOW: i128 = 1_700_000_000 * SECOND;
