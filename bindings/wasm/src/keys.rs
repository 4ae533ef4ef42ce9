//! Keys: read once, and handed to the host as JWKs so that it can load them.

use std::sync::Arc;

use verijot::crypto::{Curve, KeyMaterial, UnknownAlgorithm};
use verijot::keys::SkippedKey;
use verijot::{Algorithm, AlgorithmSet, JwkSet, JwkSetParser, Key};

use crate::answer::{self, Status};
use crate::json::{self, Object};
use crate::memory::Octets;
use crate::numbers::size;
use crate::options::{Known, Options};
use crate::problem::{Problem, invalid_argument, malformed_list, unknown_object, unusable};
use crate::provider::provider;
use crate::table::{Kind, Table};

pub(crate) static KEYS: Table<Arc<JwkSet>> = Table::new(Kind::Keys);

/// Reads keys. The numbers are that of the set, and how many usable and how many skipped keys it has.
///
/// `form` is 0 for a JWK Set, 1 for one JWK, 2 for a public key or certificate in PEM, 3 for a shared
/// secret. The options can be left out: for 0 and 1 `symmetric_keys`, `padded_base64`,
/// `short_coordinates` (`1`), `max_octets`, `max_keys`, `purposes`, as often as there are values that
/// `use` may have; for 0 `certificates`, as often as there are algorithms, of a map of `kid` and
/// certificate in PEM; for 2 and 3 `algorithm`, as often as there are algorithms, and `kid`; in the
/// C library `host_verifies` (`1`), for questions as the WebAssembly module asks them. `Unusable` has
/// the core's code, such as `malformed_jwks`, `jwks_too_large` or `malformed_key`, or `invalid_argument`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_keys(
    form: u32,
    octets: *const u8,
    length: usize,
    options: *const u8,
    options_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let (octets, options) = unsafe {
        (
            Octets::borrow(&octets, length).read(),
            Options::read(Octets::borrow(&options, options_length)),
        )
    };
    let Some(options) = options else { return malformed_list() };
    if let Some(problem) = options.problem(&OPTIONS) {
        return invalid_argument(problem);
    }
    let keys = match form {
        JWK_SET => parser(&options).and_then(|parser| Ok(parser.parse(octets)?)),
        JWK => parser(&options).and_then(|parser| Ok(parser.parse_single(octets)?)),
        PEM | SECRET => one_key(form, octets, &options).map(|key| JwkSet::from_keys([key])),
        _ => return invalid_argument(format!("form {form} is not one of 0 to 3")),
    };
    match keys {
        Ok(keys) => added(Arc::new(keys)),
        Err(problem) => unusable(&problem),
    }
}

/// Describes keys: `keys` with `kid`, `kind`, `type`, `algorithms` and, unless it is a secret, the
/// public `jwk`; `skipped` with `index`, `kid`, `type`, `reason` and `message`. Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_keys_describe(keys: u32) -> u32 {
    let Some(keys) = KEYS.get(keys) else { return unknown_object() };
    answer::text(Status::Done, described(&keys))
}

/// Marks the key at a position as one that the host cannot load: it becomes a skipped key. The set
/// keeps its number. Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_keys_skip(keys: u32, position: u32) -> u32 {
    let position = usize::try_from(position).unwrap_or(usize::MAX);
    let changed = KEYS.with(keys, |keys| *keys = Arc::new(keys.without_keys_at(&[position])));
    changed.map_or_else(unknown_object, |()| answer::done())
}

/// Drops keys; nothing happens if they are dropped already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_keys_drop(keys: u32) {
    KEYS.take(keys);
}

/// Ends a call with a new set's number.
pub(crate) fn added(keys: Arc<JwkSet>) -> u32 {
    let (usable, skipped) = (keys.keys().len(), keys.skipped().len());
    let number = KEYS.add(keys);
    answer::numbers(Status::Done, [f64::from(number), size(usable), size(skipped)])
}

/// The parser that options ask for.
fn parser(options: &Options<'_>) -> Result<JwkSetParser<'static>, Problem> {
    adjusted(JwkSetParser::new(provider(options)), options)
}

/// A parser with what options change.
pub(crate) fn adjusted(
    mut parser: JwkSetParser<'static>,
    options: &Options<'_>,
) -> Result<JwkSetParser<'static>, Problem> {
    if options.is("symmetric_keys") {
        parser = parser.allow_symmetric_keys();
    }
    if options.is("padded_base64") {
        parser = parser.tolerate_padded_base64();
    }
    if options.is("short_coordinates") {
        parser = parser.tolerate_short_coordinates();
    }
    if let Some(octets) = options.size("max_octets") {
        parser = parser.max_octets(octets);
    }
    if let Some(keys) = options.size("max_keys") {
        parser = parser.max_keys(keys);
    }
    if options.text("purposes").is_some() {
        parser = parser.purposes(options.texts("purposes"));
    }
    if options.text("certificates").is_some() {
        parser = parser.certificate_map(algorithms(options, "certificates")?);
    }
    Ok(parser)
}

/// The algorithms that an option names.
fn algorithms(options: &Options<'_>, name: &str) -> Result<AlgorithmSet, Problem> {
    let names = options.texts(name).map(str::parse::<Algorithm>);
    Ok(names.collect::<Result<AlgorithmSet, UnknownAlgorithm>>()?)
}

fn one_key(form: u32, octets: &[u8], options: &Options<'_>) -> Result<Key, Problem> {
    let names = algorithms(options, "algorithm")?;
    let provider = provider(options);
    let key = if form == PEM {
        Key::from_pem(&String::from_utf8_lossy(octets), names, provider)?
    } else if names.is_empty() {
        Key::from_secret_for_every_hash(octets, provider)?
    } else {
        Key::from_secret(octets, names, provider)?
    };
    Ok(match options.text("kid") {
        Some(id) => key.with_id(id),
        None => key,
    })
}

fn described(keys: &JwkSet) -> String {
    let usable = keys.keys().iter().map(described_key);
    let skipped = keys.skipped().iter().map(described_skipped);
    Object::new().raw("keys", &json::array(usable)).raw("skipped", &json::array(skipped)).end()
}

fn described_key(key: &Key) -> String {
    let algorithms = key.algorithms().iter().map(|algorithm| json::quoted(algorithm.name()));
    let object = Object::new()
        .optional_text("kid", key.id())
        .text("kind", &key.kind().to_string())
        .text("type", key.kind().key_type())
        .raw("algorithms", &json::array(algorithms));
    match key.material().and_then(|material| jwk(&material)) {
        Some(jwk) => object.raw("jwk", &jwk).end(),
        None => object.end(),
    }
}

fn described_skipped(key: &SkippedKey) -> String {
    Object::new()
        .number("index", key.index())
        .optional_text("kid", key.id())
        .optional_text("type", key.key_type())
        .text("reason", key.reason().problem().code())
        .text("message", key.reason().detail())
        .end()
}

/// The members of a public JWK that every platform knows (RFC 7518 §6, RFC 8037 §2).
fn jwk(material: &KeyMaterial<'_>) -> Option<String> {
    Some(match material {
        KeyMaterial::Rsa { modulus, exponent } => Object::new()
            .text("kty", "RSA")
            .text("n", &base64url(modulus))
            .text("e", &base64url(exponent))
            .end(),
        KeyMaterial::EllipticCurve { curve, x, y } => Object::new()
            .text("kty", "EC")
            .text("crv", Curve::name(*curve))
            .text("x", &base64url(x))
            .text("y", &base64url(y))
            .end(),
        KeyMaterial::Ed25519 { x } => {
            Object::new().text("kty", "OKP").text("crv", "Ed25519").text("x", &base64url(x)).end()
        }
        _ => return None,
    })
}

fn base64url(octets: &[u8]) -> String {
    let mut text = String::new();
    for group in octets.chunks(3) {
        let bits = [16, 8, 0].into_iter().enumerate().fold(0, |bits, (place, shift)| {
            bits | group.get(place).map_or(0, |octet| u32::from(*octet) << shift)
        });
        for shift in [18, 12, 6, 0].into_iter().take(group.len().saturating_add(1)) {
            let index = usize::try_from(bits >> shift & 63).unwrap_or_default();
            text.extend(ALPHABET.get(index).copied().map(char::from));
        }
    }
    text
}

/// Of RFC 4648 §5. Keys are described once; the encoder of `base64` is fast and large.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const JWK_SET: u32 = 0;
const JWK: u32 = 1;
const PEM: u32 = 2;
const SECRET: u32 = 3;

const OPTIONS: Known<'_> = Known {
    switches: &[
        "symmetric_keys",
        "padded_base64",
        "short_coordinates",
        #[cfg(feature = "ring")]
        crate::provider::HOST_VERIFIES,
    ],
    counts: &["max_octets", "max_keys"],
    spans: &[],
    texts: &["purposes", "certificates", "algorithm", "kid"],
};

#[cfg(test)]
mod tests {
    #[test]
    fn octets_are_encoded_without_padding() {
        for (octets, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (b"\xfb\xff\xbf", "-_-_"),
        ] {
            assert_eq!(super::base64url(octets), text);
        }
    }
}
