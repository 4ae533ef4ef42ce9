//! Public keys in PEM and DER, with the algorithms named by the caller.

use der::Decode;
use der::asn1::{AnyRef, ObjectIdentifier};

use crate::algorithm::AlgorithmSet;
use crate::crypto::{CryptoProvider, Curve, KeyMaterial};
use crate::key::{Key, KeyProblem, UnusableKey};

impl Key {
    /// A public key in PEM: `PUBLIC KEY` (RFC 7468 §13) or `RSA PUBLIC KEY` (RFC 8017 §A.1.1).
    ///
    /// Neither says what the key is for, so the caller names the algorithms. The key has no `kid`:
    /// being handed over by the caller it is a candidate for every token, unless
    /// [`Key::with_id`] gives it one.
    ///
    /// # Errors
    /// [`UnusableKey`]: `malformed_key` for anything else, a certificate for example;
    /// `private_key_material` for a private key; otherwise as for a JWK.
    pub fn from_pem(
        pem: &str,
        algorithms: impl Into<AlgorithmSet>,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, UnusableKey> {
        // Text around the one block is legal and common (RFC 7468 §2).
        let (label, der) = pem_rfc7468::decode_vec(pem.trim().as_bytes())
            .map_err(|_| malformed("not one PEM block with a public key"))?;
        match label {
            "PUBLIC KEY" => Self::from_der(&der, algorithms, provider),
            "RSA PUBLIC KEY" => Self::from_pkcs1_der(&der, algorithms, provider),
            private if private.ends_with("PRIVATE KEY") => Err(KeyProblem::PrivateKeyMaterial
                .because("a private key; verifying needs only its public half")),
            "CERTIFICATE" => Err(malformed("a certificate; extract its public key first")),
            _ => Err(malformed("the PEM block is neither PUBLIC KEY nor RSA PUBLIC KEY")),
        }
    }

    /// A public key in DER as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// As [`Key::from_pem`].
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
                    Err(malformed("an RSA key whose parameters are not NULL (RFC 3279 §2.3.1)"))
                }
            }
            ELLIPTIC_CURVE => {
                let curve = info
                    .algorithm
                    .parameters_oid()
                    .ok()
                    .and_then(curve_of)
                    .ok_or(KeyProblem::UnsupportedCurve.because("not P-256, P-384 or P-521"))?;
                let coordinates = key
                    .strip_prefix(&[UNCOMPRESSED])
                    .filter(|both| both.len() == curve.coordinate_length().saturating_mul(2))
                    .and_then(|both| both.split_at_checked(curve.coordinate_length()))
                    .ok_or(malformed("not an uncompressed point of the curve's length"))?;
                let (x, y) = coordinates;
                let material = KeyMaterial::EllipticCurve { curve, x, y };
                Self::named_by_caller(&material, algorithms, provider)
            }
            ED25519 => {
                if info.algorithm.parameters.is_some() {
                    return Err(malformed("an Ed25519 key with parameters (RFC 8410 §3)"));
                }
                Self::named_by_caller(&KeyMaterial::Ed25519 { x: key }, algorithms, provider)
            }
            X25519 | X448 | ED448 => {
                Err(KeyProblem::UnsupportedCurve.because("of the Edwards curves only Ed25519"))
            }
            RSASSA_PSS => Err(KeyProblem::UnsupportedKeyType.because(
                "a key for RSASSA-PSS alone; write it as a plain RSA key (rsaEncryption)",
            )),
            _ => Err(KeyProblem::UnsupportedKeyType.because("not an RSA, EC or Ed25519 key")),
        }
    }

    /// An RSA public key in DER as PKCS#1 `RSAPublicKey` (RFC 8017 §A.1.1).
    ///
    /// # Errors
    /// As [`Key::from_pem`].
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

/// The first octet of a point with both coordinates (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;
