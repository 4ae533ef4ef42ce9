//! JWK Sets: which keys are usable and why not, and which of them a token means.

use num_bigint::BigUint;

use super::case::Policy;
use super::{Refusal, code};
use crate::oracle::base64url;
use crate::oracle::json::{Json, member};
use crate::oracle::signature::{Ed25519Key, Material, is_point, judge_ed25519};

/// A set that could be read.
pub struct KeySet {
    /// In the set's order.
    pub usable: Vec<UsableKey>,
    /// Index and reason of the others.
    pub skipped: Vec<(usize, &'static str)>,
    /// These name two signing keys of one type.
    pub ambiguous_kids: Vec<String>,
}

/// A key and what it may be used with.
pub struct UsableKey {
    /// If it has one.
    pub kid: Option<String>,
    /// With `EdDSA` for both its names.
    pub algorithms: Vec<&'static str>,
    /// The numbers.
    pub material: Material,
}

impl KeySet {
    /// RFC 7517 §5 with the limits of DESIGN §4.
    pub fn parse(text: &[u8], policy: &Policy, provider: &[&'static str]) -> Result<Self, Refusal> {
        if text.len() > policy.limits.jwks_octets.unwrap_or(262_144) {
            return code("jwks_too_large");
        }
        let Ok(members) = Json::parse_strict(text) else { return code("malformed_jwks") };
        let Some(elements) = member(&members, "keys").and_then(Json::elements) else {
            return code("malformed_jwks");
        };
        if elements.len() > policy.limits.jwks_keys.unwrap_or(100) {
            return code("jwks_too_large");
        }
        let text =
            |key: &Json, name: &str| key.member(name).and_then(Json::text).map(str::to_owned);
        let judged = elements
            .iter()
            .map(|key| (text(key, "kid"), text(key, "kty"), judge(key, policy, provider)))
            .collect::<Vec<_>>();
        // RFC 7517 §4.5: keys for other purposes do not count.
        let signs = |index: usize| match judged[index].2 {
            Ok(_) => true,
            Err("not_for_signatures") => false,
            Err(_) => {
                let curve = text(&elements[index], "crv").unwrap_or_default();
                let alg = text(&elements[index], "alg").unwrap_or_default();
                !["X25519", "X448"].contains(&curve.as_str())
                    && !ENCRYPTION.iter().any(|family| alg.starts_with(family))
            }
        };
        let twins = |one: usize| {
            let (kid, kty, _) = &judged[one];
            let twin = |other| {
                other != one && signs(other) && (kid, kty) == (&judged[other].0, &judged[other].1)
            };
            kid.is_some() && kty.is_some() && signs(one) && (0..judged.len()).any(twin)
        };
        let mut set = Self { usable: Vec::new(), skipped: Vec::new(), ambiguous_kids: Vec::new() };
        for (index, (kid, _, key)) in judged.iter().enumerate() {
            if twins(index) {
                set.ambiguous_kids.extend(kid.clone());
            }
            match key {
                Err(reason) => set.skipped.push((index, reason)),
                Ok(_) if twins(index) => set.skipped.push((index, "duplicate_kid")),
                Ok((algorithms, material)) => set.usable.push(UsableKey {
                    kid: kid.clone(),
                    algorithms: algorithms.clone(),
                    material: material.clone(),
                }),
            }
        }
        Ok(set)
    }

    /// The keys to try, in order.
    pub fn candidates(&self, kid: Option<&str>, alg: &str) -> Result<Vec<&UsableKey>, Refusal> {
        let named = self.usable.iter().filter(|key| kid.is_none() || key.kid.as_deref() == kid);
        let named = named.collect::<Vec<_>>();
        if kid.is_some_and(|kid| self.ambiguous_kids.iter().any(|ambiguous| ambiguous == kid)) {
            return code("ambiguous_key");
        }
        let fitting = named.iter().filter(|key| key.algorithms.contains(&alg));
        let fitting = fitting.copied().collect::<Vec<_>>();
        match fitting.len() {
            0 if kid.is_some() && !named.is_empty() => code("algorithm_mismatch"),
            0 => code("unknown_key"),
            1..=4 => Ok(fitting),
            _ => code("ambiguous_key"),
        }
    }
}

/// The algorithms that a policy without any allows.
pub fn default_algorithms(policy: &Policy, provider: &[&'static str]) -> Vec<&'static str> {
    let symmetric = |name: &&&str| name.starts_with("HS");
    provider.iter().filter(|name| policy.symmetric_keys || !symmetric(name)).copied().collect()
}

/// The algorithm of that name, letter for letter; `Ed25519` is `EdDSA` (RFC 9864).
pub fn known(name: &str) -> Option<&'static str> {
    let name = if name == "Ed25519" { "EdDSA" } else { name };
    ALL.into_iter().find(|known| *known == name)
}

/// As [`known`], for names that are known.
pub fn canonical(name: &str) -> &'static str {
    known(name).expect("a policy that makes sense")
}

/// What a key may be used with, or why it is of no use.
type Judged = Result<(Vec<&'static str>, Material), &'static str>;

fn judge(key: &Json, policy: &Policy, provider: &[&'static str]) -> Judged {
    key.members().ok_or("malformed_key")?;
    let text = |name: &str| match key.member(name) {
        None => Ok(None),
        Some(value) => value.text().map(Some).ok_or("malformed_key"),
    };
    let needed = |name: &str| text(name)?.ok_or("malformed_key");
    let octets = |name: &str| match base64url::decode(needed(name)?.as_bytes()) {
        Some(octets) if !octets.is_empty() => Ok(octets),
        _ => Err("malformed_key"),
    };
    let kty = needed("kty")?;
    if !["RSA", "EC", "OKP", "oct"].contains(&kty) {
        return Err("unsupported_key_type");
    }
    text("kid")?;

    let purpose = text("use")?;
    let operations = match key.member("key_ops") {
        None => None,
        Some(value) => Some(value.texts().ok_or("malformed_key")?),
    };
    if operations.iter().any(|names| (1..names.len()).any(|i| names[..i].contains(&names[i]))) {
        return Err("malformed_key");
    }
    if purpose.is_some_and(|purpose| purpose != "sig")
        || operations.is_some_and(|operations| !operations.contains(&"verify"))
    {
        return Err("not_for_signatures");
    }

    let private: &[&str] = match kty {
        "RSA" => &["d", "p", "q", "dp", "dq", "qi", "oth"],
        "oct" => &[],
        _ => &["d"],
    };
    if private.iter().any(|name| key.member(name).is_some()) {
        return Err("private_key_material");
    }
    if kty == "oct" && !policy.symmetric_keys {
        return Err("symmetric_key");
    }

    let curve = match kty {
        "EC" | "OKP" => needed("crv")?,
        _ => "",
    };
    let implied: &[&'static str] = match (kty, curve) {
        ("RSA", _) => &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
        ("oct", _) => &["HS256", "HS384", "HS512"],
        ("EC", "P-256") => &["ES256"],
        ("EC", "P-384") => &["ES384"],
        ("EC", "P-521") => &["ES512"],
        ("OKP", "Ed25519") => &["EdDSA"],
        _ => return Err("unsupported_curve"),
    };
    let mut algorithms = match text("alg")? {
        None => implied.to_vec(),
        Some(name) => match known(name) {
            Some(alg) if implied.contains(&alg) => vec![alg],
            _ => return Err("unsupported_algorithm"),
        },
    };
    let material = match kty {
        "RSA" => Material::Rsa { n: octets("n")?, e: octets("e")? },
        "EC" => {
            let bits = curve[2..].parse().expect("one of three");
            Material::Point { bits, x: octets("x")?, y: octets("y")? }
        }
        "OKP" => Material::Ed25519(octets("x")?),
        _ => Material::Secret(octets("k")?),
    };
    algorithms.retain(|alg| provider.contains(alg));
    if algorithms.is_empty() {
        return Err("unsupported_algorithm");
    }
    match &material {
        Material::Rsa { n, e } => judge_rsa(n, e)?,
        Material::Point { bits, x, y } => {
            let length = usize::from(bits.div_ceil(8));
            if x.len() != length || y.len() != length {
                return Err("malformed_key");
            }
            if !is_point(*bits, x, y) {
                return Err("invalid_key");
            }
        }
        Material::Ed25519(x) => {
            let octets = <&[u8; 32]>::try_from(&x[..]).map_err(|_| "malformed_key")?;
            match judge_ed25519(octets) {
                Ed25519Key::Sound => {}
                Ed25519Key::Weak => return Err("weak_key"),
                Ed25519Key::Invalid => return Err("invalid_key"),
            }
        }
        Material::Secret(secret) => {
            let lengths = [("HS256", 32), ("HS384", 48), ("HS512", 64)];
            let fits = |alg: &&str| {
                lengths.contains(&(*alg, secret.len()))
                    || lengths.iter().any(|(name, length)| name == alg && secret.len() > *length)
            };
            algorithms.retain(|alg| fits(alg));
            if algorithms.is_empty() {
                return Err("weak_key");
            }
        }
    }
    Ok((algorithms, material))
}

/// DESIGN §4, "RSA".
fn judge_rsa(n: &[u8], e: &[u8]) -> Result<(), &'static str> {
    // One zero octet before the modulus is tolerated.
    let n = if n[0] == 0 { &n[1..] } else { n };
    if n.is_empty() || n[0] == 0 || e[0] == 0 {
        return Err("malformed_key");
    }
    let (n, e) = (BigUint::from_bytes_be(n), BigUint::from_bytes_be(e));
    if n.bits() < 2048 {
        return Err("weak_key");
    }
    if n.bits() > 8192 || !n.bit(0) || !e.bit(0) {
        return Err("invalid_key");
    }
    if e < BigUint::from(65_537_u32) {
        return Err("weak_key");
    }
    if e.bits() > 33 {
        return Err("invalid_key");
    }
    if has_roca_mark(&n) { Err("weak_key") } else { Ok(()) }
}

/// Nemec et al. 2017: the modulus is a power of 65537 modulo each of the first 39 primes.
fn has_roca_mark(n: &BigUint) -> bool {
    let is_prime = |number: &u32| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    (3..168).filter(is_prime).all(|prime| {
        let rest = u32::try_from(n % prime).expect("small");
        let mut power = 1;
        (0..prime).any(|_| {
            power = power * 65_537 % prime;
            power == rest
        })
    })
}

/// Every algorithm of DESIGN §4.
pub const ALL: [&str; 13] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    "HS256", "HS384", "HS512",
];

/// ring has no P-521.
pub const OF_RING: [&str; 12] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "HS256",
    "HS384", "HS512",
];

/// What the names of key management algorithms begin with (RFC 7518 §4.1).
const ENCRYPTION: [&str; 8] =
    ["RSA1_5", "RSA-OAEP", "ECDH-ES", "A128", "A192", "A256", "PBES2", "dir"];
