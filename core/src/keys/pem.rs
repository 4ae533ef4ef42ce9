//! Public keys in PEM and DER. The caller names their algorithms.

use alloc::borrow::Cow;

use crate::crypto::algorithm::AlgorithmSet;
use crate::crypto::{CryptoProvider, Curve, KeyMaterial};
use crate::keys::curve;
use crate::keys::key::{Key, KeyProblem, UnusableKey};
use certificate::public_key_of;
use der::Elements;
use public_key::PublicKey;

mod armor;
mod certificate;
mod der;
#[cfg(test)]
mod peers;
mod public_key;

impl Key {
    /// Reads a public key in PEM: `PUBLIC KEY` (RFC 7468 §13), `RSA PUBLIC KEY` (RFC 8017 §A.1.1),
    /// or `CERTIFICATE` (RFC 7468 §5), of which only the public key is used, as in
    /// [`Key::from_certificate_der`].
    ///
    /// The lax grammar of RFC 7468 §3 applies: lines can have any length, indentation, trailing
    /// whitespace, and blank lines between them. None of the formats says what the key is for, so
    /// the caller names the algorithms. The key has no `kid` and is therefore tried for every
    /// token; set a `kid` with [`Key::with_id`].
    ///
    /// # Errors
    /// [`UnusableKey`]: `malformed_key` for any other text; `private_key_material` for a private
    /// key; otherwise as for a JWK.
    pub fn from_pem(
        pem: &str,
        algorithms: impl Into<AlgorithmSet>,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        let (block, algorithms) = (armor::only_block(pem)?, algorithms.into());
        match block.label {
            "PUBLIC KEY" => Self::of_info(&block.der, algorithms, provider),
            "RSA PUBLIC KEY" => Self::of_pkcs1(&block.der, algorithms, provider),
            CERTIFICATE => Self::of_certificate(&block.der, algorithms, provider),
            private if private.ends_with("PRIVATE KEY") => Err(KeyProblem::PrivateKeyMaterial
                .because("this is a private key; pass only the public key")),
            _ => Err(malformed(
                "the PEM block is neither PUBLIC KEY nor RSA PUBLIC KEY nor CERTIFICATE",
            )),
        }
    }

    /// Reads the public key of a certificate in PEM (RFC 7468 §5), like
    /// [`Key::from_certificate_der`].
    ///
    /// # Errors
    /// Like [`Key::from_pem`]; also `malformed_key` for a public key without a certificate.
    pub fn from_certificate_pem(
        pem: &str,
        algorithms: impl Into<AlgorithmSet>,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        let block = armor::only_block(pem)?;
        match block.label {
            CERTIFICATE => Self::of_certificate(&block.der, algorithms.into(), provider),
            _ => Err(malformed("the PEM block is not a CERTIFICATE")),
        }
    }

    /// Reads the public key of an X.509 certificate in DER (RFC 5280 §4.1).
    ///
    /// Uses only the key, which the caller vouches for. The certificate's issuer, signature, dates,
    /// names, extensions and revocation are neither checked nor kept.
    ///
    /// # Errors
    /// Like [`Key::from_pem`].
    pub fn from_certificate_der(
        der: &[u8],
        algorithms: impl Into<AlgorithmSet>,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        Self::of_certificate(der, algorithms.into(), provider)
    }

    /// Reads a public key in DER as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// Like [`Key::from_pem`].
    pub fn from_der(
        der: &[u8],
        algorithms: impl Into<AlgorithmSet>,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        Self::of_info(der, algorithms.into(), provider)
    }

    /// Reads an RSA public key in DER as PKCS#1 `RSAPublicKey` (RFC 8017 §A.1.1).
    ///
    /// # Errors
    /// Like [`Key::from_pem`].
    pub fn from_pkcs1_der(
        der: &[u8],
        algorithms: impl Into<AlgorithmSet>,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        Self::of_pkcs1(der, algorithms.into(), provider)
    }

    fn of_certificate(
        der: &[u8],
        algorithms: AlgorithmSet,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        let info = public_key_of(der).ok_or(malformed("not an X.509 certificate in DER"))?;
        Self::of_info(info, algorithms, provider)
    }

    fn of_info(
        der: &[u8],
        algorithms: AlgorithmSet,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        let info =
            PublicKey::from_der(der).ok_or(malformed("not a SubjectPublicKeyInfo in DER"))?;
        let key = info.octets.ok_or(malformed("the public key is not a whole number of octets"))?;
        match info.algorithm {
            RSA => {
                if info.parameters.is_some_and(|parameters| parameters.is_null()) {
                    Self::of_pkcs1(key, algorithms, provider)
                } else {
                    Err(malformed("the RSA key's parameters are not NULL (RFC 3279 §2.3.1)"))
                }
            }
            ELLIPTIC_CURVE => {
                let curve = info.parameters.and_then(|parameters| parameters.identifier());
                let curve = curve.and_then(curve_of).ok_or(
                    KeyProblem::UnsupportedCurve.because("the curve is not P-256, P-384 or P-521"),
                )?;
                let (x, y) = point(curve, key)
                    .ok_or(malformed("the point does not have the curve's length"))?
                    .ok_or(KeyProblem::InvalidKey.because("the point is not on its curve"))?;
                let material = KeyMaterial::EllipticCurve { curve, x, y: &y };
                Self::named_by_caller(&material, algorithms, provider)
            }
            ED25519 => {
                if info.parameters.is_some() {
                    return Err(malformed("the Ed25519 key has parameters (RFC 8410 §3)"));
                }
                Self::named_by_caller(&KeyMaterial::Ed25519 { x: key }, algorithms, provider)
            }
            X25519 | X448 | ED448 => {
                Err(KeyProblem::UnsupportedCurve
                    .because("the only supported Edwards curve is Ed25519"))
            }
            RSASSA_PSS => Err(KeyProblem::UnsupportedKeyType.because(
                "the key is for RSASSA-PSS only; encode it as a plain RSA key (rsaEncryption)",
            )),
            _ => Err(KeyProblem::UnsupportedKeyType.because("not an RSA, EC or Ed25519 key")),
        }
    }

    fn of_pkcs1(
        der: &[u8],
        algorithms: AlgorithmSet,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        let (modulus, exponent) =
            pkcs1(der).ok_or(malformed("not a PKCS#1 RSAPublicKey in DER"))?;
        Self::named_by_caller(&KeyMaterial::Rsa { modulus, exponent }, algorithms, provider)
    }
}

/// Reads the modulus and the exponent of an `RSAPublicKey` (RFC 8017 §A.1.1).
fn pkcs1(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut whole = Elements::of(der);
    let mut numbers = Elements::of(whole.take(der::SEQUENCE)?);
    let key = (numbers.natural_number()?, numbers.natural_number()?);
    (numbers.is_empty() && whole.is_empty()).then_some(key)
}

/// Returns the coordinates of an elliptic curve point (SEC 1 §2.3.4). `None` if it does not have
/// the curve's length, `Some(None)` if a compressed point is not on the curve.
#[allow(clippy::type_complexity)]
fn point(curve: Curve, octets: &[u8]) -> Option<Option<(&[u8], Cow<'_, [u8]>)>> {
    let (form, coordinates) = octets.split_first()?;
    let length = curve.coordinate_length();
    match *form {
        UNCOMPRESSED if coordinates.len() == length.saturating_mul(2) => {
            let (x, y) = coordinates.split_at_checked(length)?;
            Some(Some((x, Cow::Borrowed(y))))
        }
        COMPRESSED_EVEN | COMPRESSED_ODD if coordinates.len() == length => {
            let y = curve::y_of(curve, coordinates, *form == COMPRESSED_ODD);
            Some(y.map(|y| (coordinates, Cow::Owned(y))))
        }
        _ => None,
    }
}

fn curve_of(identifier: &[u8]) -> Option<Curve> {
    match identifier {
        P256 => Some(Curve::P256),
        P384 => Some(Curve::P384),
        P521 => Some(Curve::P521),
        _ => None,
    }
}

const fn malformed(detail: &'static str) -> UnusableKey {
    KeyProblem::MalformedKey.because(detail)
}

/// `1.2.840.113549.1.1.1`
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// `1.2.840.113549.1.1.10`
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// `1.2.840.10045.2.1`
const ELLIPTIC_CURVE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// `1.2.840.10045.3.1.7`
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// `1.3.132.0.34`
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// `1.3.132.0.35`
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
/// `1.3.101.110`
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
/// `1.3.101.111`
const X448: &[u8] = &[0x2b, 0x65, 0x6f];
/// `1.3.101.113`
const ED448: &[u8] = &[0x2b, 0x65, 0x71];
/// `1.3.101.112`
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

const CERTIFICATE: &str = "CERTIFICATE";

/// The first octet of a point (SEC 1 §2.3.3): with both coordinates, or with x and the sign of y.
const UNCOMPRESSED: u8 = 4;
const COMPRESSED_EVEN: u8 = 2;
const COMPRESSED_ODD: u8 = 3;
