//! Public keys in PEM and DER. The caller names their algorithms.

use alloc::borrow::Cow;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, Tagged};

use crate::crypto::algorithm::AlgorithmSet;
use crate::crypto::{CryptoProvider, Curve, KeyMaterial};
use crate::keys::curve;
use crate::keys::key::{Key, KeyProblem, UnusableKey};

mod armor;

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
        let block = armor::only_block(pem)?;
        match block.label.as_str() {
            "PUBLIC KEY" => Self::from_der(&block.der, algorithms, provider),
            "RSA PUBLIC KEY" => Self::from_pkcs1_der(&block.der, algorithms, provider),
            CERTIFICATE => Self::from_certificate_der(&block.der, algorithms, provider),
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
        match block.label.as_str() {
            CERTIFICATE => Self::from_certificate_der(&block.der, algorithms, provider),
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
        let Certificate { info } =
            Certificate::from_der(der).map_err(|_| malformed("not an X.509 certificate in DER"))?;
        Self::from_der(info, algorithms, provider)
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
        let algorithms = algorithms.into();
        let info = spki::SubjectPublicKeyInfoRef::from_der(der)
            .map_err(|_| malformed("not a SubjectPublicKeyInfo in DER"))?;
        let key = info
            .subject_public_key
            .as_bytes()
            .ok_or(malformed("the public key is not a whole number of octets"))?;
        match info.algorithm.oid {
            RSA => {
                if info.algorithm.parameters_any().is_ok_and(AnyRef::is_null) {
                    Self::from_pkcs1_der(key, algorithms, provider)
                } else {
                    Err(malformed("the RSA key's parameters are not NULL (RFC 3279 §2.3.1)"))
                }
            }
            ELLIPTIC_CURVE => {
                let curve = info.algorithm.parameters_oid().ok().and_then(curve_of).ok_or(
                    KeyProblem::UnsupportedCurve.because("the curve is not P-256, P-384 or P-521"),
                )?;
                let (x, y) = point(curve, key)
                    .ok_or(malformed("the point does not have the curve's length"))?
                    .ok_or(KeyProblem::InvalidKey.because("the point is not on its curve"))?;
                let (x, y) = (x, &*y);
                let material = KeyMaterial::EllipticCurve { curve, x, y };
                Self::named_by_caller(&material, algorithms, provider)
            }
            ED25519 => {
                if info.algorithm.parameters.is_some() {
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

    /// Reads an RSA public key in DER as PKCS#1 `RSAPublicKey` (RFC 8017 §A.1.1).
    ///
    /// # Errors
    /// Like [`Key::from_pem`].
    pub fn from_pkcs1_der(
        der: &[u8],
        algorithms: impl Into<AlgorithmSet>,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        let key = pkcs1::RsaPublicKeyRef::from_der(der)
            .map_err(|_| malformed("not a PKCS#1 RSAPublicKey in DER"))?;
        let material = KeyMaterial::Rsa {
            modulus: key.modulus.as_bytes(),
            exponent: key.public_exponent.as_bytes(),
        };
        Self::named_by_caller(&material, algorithms.into(), provider)
    }
}

/// The part of a certificate that is used: its SubjectPublicKeyInfo.
struct Certificate<'d> {
    info: &'d [u8],
}

impl<'d> Certificate<'d> {
    /// `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }`.
    fn from_der(der: &'d [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(der)?;
        let certificate = reader.sequence(|parts: &mut SliceReader<'d>| {
            let certificate = parts.sequence(Self::read_signed_part)?;
            AnyRef::decode(parts)?.tag().assert_eq(Tag::Sequence)?;
            AnyRef::decode(parts)?.tag().assert_eq(Tag::BitString)?;
            Ok::<_, der::Error>(certificate)
        })?;
        reader.finish()?;
        Ok(certificate)
    }

    /// Version, serial number, signature algorithm, issuer, validity and subject come first.
    fn read_signed_part(fields: &mut SliceReader<'d>) -> der::Result<Self> {
        if fields.peek_byte() == Some(VERSION) {
            fields.tlv_bytes()?;
        }
        AnyRef::decode(fields)?.tag().assert_eq(Tag::Integer)?;
        for _ in 0..4 {
            AnyRef::decode(fields)?.tag().assert_eq(Tag::Sequence)?;
        }
        let info = fields.tlv_bytes()?;
        while !fields.is_finished() {
            fields.tlv_bytes()?;
        }
        Ok(Self { info })
    }
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

fn curve_of(identifier: ObjectIdentifier) -> Option<Curve> {
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

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const ELLIPTIC_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
const X448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.111");
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

const CERTIFICATE: &str = "CERTIFICATE";

/// The explicit tag of a certificate's version.
const VERSION: u8 = 0xa0;

/// The first octet of a point (SEC 1 §2.3.3): with both coordinates, or with x and the sign of y.
const UNCOMPRESSED: u8 = 4;
const COMPRESSED_EVEN: u8 = 2;
const COMPRESSED_ODD: u8 = 3;
