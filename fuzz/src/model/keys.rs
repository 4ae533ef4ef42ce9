//! JWK Sets: which keys are usable and why not, and which of them a token selects.

use num_bigint::BigUint;

use super::case::{JwksOption, Policy};
use super::{Refusal, code};
use crate::oracle::base64url;
use crate::oracle::json::Json;
use crate::oracle::signature::{Ed25519Key, Material, is_point, judge_ed25519};

/// A set that could be parsed.
pub struct KeySet {
    /// In the set's order.
    pub usable: Vec<UsableKey>,
    /// Index and reason of the others.
    pub skipped: Vec<(usize, &'static str)>,
    /// A kid and an algorithm of two keys with different numbers.
    pub ambiguous: Vec<(String, &'static str)>,
}

/// A key and its algorithms.
pub struct UsableKey {
    /// If it has one.
    pub kid: Option<String>,
    /// With `EdDSA` for both its names.
    pub algorithms: Vec<&'static str>,
    /// The numbers.
    pub material: Material,
    /// `x5t` and `x5t#S256`, if they are strings.
    pub thumbprints: [Option<String>; 2],
    /// `issuer`, if it is the URL of one issuer.
    pub issuer: Option<String>,
}

/// One name in braces, with text on either side.
fn has_placeholder(issuer: &str) -> bool {
    let parts = issuer.split(['{', '}']).collect::<Vec<_>>();
    let braces = issuer.chars().filter(|character| "{}".contains(*character)).collect::<String>();
    braces == "{}" && parts.iter().all(|part| !part.is_empty())
}

impl KeySet {
    /// RFC 7517 §5 with the limits of the guide.
    pub fn parse(
        text: &[u8],
        policy: &Policy,
        options: &[JwksOption],
        provider: &[&'static str],
    ) -> Result<Self, Refusal> {
        if text.len() > policy.limits.jwks_octets.unwrap_or(262_144) {
            return code("jwks_too_large");
        }
        let Ok(members) = Json::parse_strict(text) else { return code("malformed_jwks") };
        let single = options.contains(&JwksOption::SingleKey);
        let whole = [Json::Object(members)];
        let elements = match (single, whole[0].member("keys")) {
            (true, None) => &whole[..],
            (false, Some(keys)) if keys.elements().is_some() => keys.elements().expect("an array"),
            _ => return code("malformed_jwks"),
        };
        if !single && elements.len() > policy.limits.jwks_keys.unwrap_or(100) {
            return code("jwks_too_large");
        }
        let text =
            |key: &Json, name: &str| given(key, name).and_then(Json::text).map(str::to_owned);
        let mut set = Self { usable: Vec::new(), skipped: Vec::new(), ambiguous: Vec::new() };
        // Kid, algorithm, numbers: `None` if the key is unusable.
        let mut claimed: Vec<(usize, Option<String>, &'static str, Option<Material>)> = Vec::new();
        let mut judged = Vec::new();
        for (index, key) in elements.iter().enumerate() {
            let verdict = judge(key, policy, options, provider);
            let (algorithms, material) = match &verdict {
                Ok((algorithms, material)) => (algorithms.clone(), Some(material.clone())),
                Err("not_for_signatures") => (Vec::new(), None),
                Err(_) => (said_algorithms(key), None),
            };
            let kid = text(key, "kid");
            claimed.extend(
                algorithms.into_iter().map(|alg| (index, kid.clone(), alg, material.clone())),
            );
            judged.push((kid, verdict));
        }
        for (index, (kid, verdict)) in judged.into_iter().enumerate() {
            let rivals = |alg: &str| {
                let rivals = claimed.iter().filter(|(_, of, name, _)| *of == kid && *name == alg);
                rivals.collect::<Vec<_>>()
            };
            let own =
                claimed.iter().filter(|(place, ..)| *place == index).map(|(_, _, alg, _)| *alg);
            let own = own.collect::<Vec<_>>();
            // RFC 7517 §4.5: one name means one key, even if it occurs several times.
            let is_disputed = |alg: &str| {
                let rivals = rivals(alg);
                kid.is_some()
                    && rivals.len() > 1
                    && (rivals.iter().any(|(.., material)| material.is_none())
                        || rivals.iter().any(|(.., material)| *material != rivals[0].3))
            };
            let disputed = own.iter().copied().filter(|alg| is_disputed(alg)).collect::<Vec<_>>();
            if let Some(kid) = &kid {
                set.ambiguous.extend(disputed.iter().map(|alg| (kid.clone(), *alg)));
            }
            let (algorithms, material) = match verdict {
                Ok(usable) => usable,
                Err(reason) => {
                    set.skipped.push((index, reason));
                    continue;
                }
            };
            let is_first = |alg: &&str| {
                let same = |(place, _, _, other): &&(usize, _, _, Option<Material>)| {
                    *place < index && other.as_ref() == Some(&material)
                };
                !rivals(alg).into_iter().any(|rival| same(&rival))
            };
            let left = algorithms.into_iter().filter(|alg| !disputed.contains(alg));
            let left = left.filter(is_first).collect::<Vec<_>>();
            if !left.is_empty() {
                let thumbprints = ["x5t", "x5t#S256"].map(|name| text(&elements[index], name));
                let issuer = text(&elements[index], "issuer")
                    .filter(|issuer| issuer.contains("://") && !has_placeholder(issuer));
                let algorithms = left;
                set.usable.push(UsableKey { kid, algorithms, material, thumbprints, issuer });
            } else if !disputed.is_empty() {
                set.skipped.push((index, "duplicate_kid"));
            }
        }
        Ok(set)
    }

    /// The keys to try, in order.
    pub fn candidates(
        &self,
        kid: Option<&str>,
        thumbprints: &[Option<String>; 2],
        alg: &str,
    ) -> Result<Vec<&UsableKey>, Refusal> {
        let named = self.usable.iter().filter(|key| kid.is_none() || key.kid.as_deref() == kid);
        let named = named.collect::<Vec<_>>();
        let of_kid = |(other, _): &&(String, &str)| Some(other.as_str()) == kid;
        let mut ambiguous = self.ambiguous.iter().filter(of_kid);
        if ambiguous.clone().any(|(_, other)| *other == alg) {
            return code("ambiguous_key");
        }
        let is_known = !named.is_empty() || ambiguous.next().is_some();
        let fitting = named.iter().filter(|key| key.algorithms.contains(&alg));
        let mut fitting = fitting.copied().collect::<Vec<_>>();
        // RFC 7515 §4.1.7 and §4.1.8, if nothing better identifies the key.
        let of_certificate = |key: &&UsableKey| {
            let pairs = thumbprints.iter().zip(&key.thumbprints);
            let both = pairs.filter_map(|(one, other)| Some((one.as_ref()?, other.as_ref()?)));
            let both = both.collect::<Vec<_>>();
            !both.is_empty() && both.iter().all(|(one, other)| one == other)
        };
        if kid.is_none() && fitting.iter().any(of_certificate) {
            fitting.retain(of_certificate);
        }
        match fitting.len() {
            0 if kid.is_some() && is_known => code("algorithm_mismatch"),
            0 => code("unknown_key"),
            1..=4 => Ok(fitting),
            _ => code("ambiguous_key"),
        }
    }
}

/// The algorithms of a policy that lists none.
pub fn default_algorithms(policy: &Policy, provider: &[&'static str]) -> Vec<&'static str> {
    let symmetric = |name: &&&str| name.starts_with("HS");
    provider.iter().filter(|name| policy.symmetric_keys || !symmetric(name)).copied().collect()
}

/// The algorithm of that name, compared exactly; `Ed25519` is `EdDSA` (RFC 9864).
pub fn known(name: &str) -> Option<&'static str> {
    let name = if name == "Ed25519" { "EdDSA" } else { name };
    ALL.into_iter().find(|known| *known == name)
}

/// As [`known`], for known names.
pub fn canonical(name: &str) -> &'static str {
    known(name).expect("a policy that makes sense")
}

/// A key's algorithms, or why it is unusable.
type Judged = Result<(Vec<&'static str>, Material), &'static str>;

/// A member with a value: null and an empty list of primes or operations do not count.
fn given<'j>(key: &'j Json, name: &str) -> Option<&'j Json> {
    let value = key.member(name)?;
    let is_empty = value.elements().is_some_and(<[Json]>::is_empty);
    let says_nothing =
        matches!(value, Json::Null) || is_empty && ["oth", "key_ops"].contains(&name);
    (!says_nothing).then_some(value)
}

/// The algorithms of an unusable key.
fn said_algorithms(key: &Json) -> Vec<&'static str> {
    let member = |name: &str| given(key, name);
    let Some(kty) = member("kty").and_then(Json::text) else { return Vec::new() };
    let crv = member("crv").and_then(Json::text);
    let of_type: &[&'static str] = match (kty, crv) {
        ("RSA", _) => &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
        ("oct", _) => &["HS256", "HS384", "HS512"],
        ("EC", Some("P-256")) => &["ES256"],
        ("EC", Some("P-384")) => &["ES384"],
        ("EC", Some("P-521")) => &["ES512"],
        ("EC", None) => &["ES256", "ES384", "ES512"],
        ("OKP", None | Some("Ed25519")) => &["EdDSA"],
        _ => &[],
    };
    let pinned = member("alg").and_then(Json::text);
    let fits = |alg: &&str| pinned.is_none_or(|name| known(name) == Some(alg));
    of_type.iter().copied().filter(fits).collect()
}

fn judge(key: &Json, policy: &Policy, options: &[JwksOption], provider: &[&'static str]) -> Judged {
    key.members().ok_or("malformed_key")?;
    let text = |name: &str| match given(key, name) {
        None => Ok(None),
        Some(value) => value.text().map(Some).ok_or("malformed_key"),
    };
    let needed = |name: &str| text(name)?.ok_or("malformed_key");
    let decode = |text: &str| match options.contains(&JwksOption::PaddedBase64) {
        true => decode_leniently(text),
        false => base64url::decode(text.as_bytes()),
    };
    let octets = |name: &str| match decode(needed(name)?) {
        Some(octets) if !octets.is_empty() => Ok(octets),
        _ => Err("malformed_key"),
    };
    let kty = needed("kty")?;
    if !["RSA", "EC", "OKP", "oct"].contains(&kty) {
        return Err("unsupported_key_type");
    }
    text("kid")?;

    let purpose = text("use")?;
    let operations = match given(key, "key_ops") {
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
    if private.iter().any(|name| given(key, name).is_some()) {
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
    let mut material = match kty {
        "RSA" => Material::Rsa { n: octets("n")?, e: octets("e")? },
        "EC" => {
            let bits = curve[2..].parse().expect("one of three");
            let short = options.contains(&JwksOption::ShortCoordinates);
            let filled = |octets: Vec<u8>| {
                let zeros = usize::from(u16::div_ceil(bits, 8)).saturating_sub(octets.len());
                if short { [vec![0; zeros], octets].concat() } else { octets }
            };
            Material::Point { bits, x: filled(octets("x")?), y: filled(octets("y")?) }
        }
        "OKP" => Material::Ed25519(octets("x")?),
        _ => Material::Secret(octets("k")?),
    };
    algorithms.retain(|alg| provider.contains(alg));
    if algorithms.is_empty() {
        return Err("unsupported_algorithm");
    }
    match &mut material {
        Material::Rsa { n, e } => {
            judge_rsa(n, e)?;
            if n[0] == 0 {
                n.remove(0);
            }
        }
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

/// Padding, if any, completes four characters, and both alphabets are accepted.
fn decode_leniently(text: &str) -> Option<Vec<u8>> {
    let text = match text.len() % 4 {
        0 => text.strip_suffix("==").or(text.strip_suffix('=')).unwrap_or(text),
        _ => text,
    };
    base64url::decode(text.replace('+', "-").replace('/', "_").as_bytes())
}

/// The rules for RSA keys in `core/guide/strictness.md`.
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

/// Every algorithm that verijot knows (RFC 7518 §3.1, RFC 8037 §3.1).
pub const ALL: [&str; 13] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    "HS256", "HS384", "HS512",
];

/// ring has no P-521.
pub const OF_RING: [&str; 12] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "HS256",
    "HS384", "HS512",
];
