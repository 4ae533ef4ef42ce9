//! The table of all stable codes: what each one means, how a resource server answers, and which
//! exception class represents it in languages that have exceptions.
//!
//! A code never changes for a given cause and is the same in every language. `cargo run -p
//! verijot-testvectors-generator` generates from this table: `testvectors/codes.json`, the
//! exception classes of Python, Kotlin and JavaScript, the codes of Swift and Go and the tables of
//! the READMEs.
//!
//! ```
//! use verijot::codes::{self, Kind};
//! let expired = codes::find("expired").unwrap();
//! assert_eq!(expired.kind, Kind::Verification);
//! assert_eq!((expired.status, expired.challenge), (Some(401), Some("invalid_token")));
//! assert_eq!(expired.class, Some("ExpiredToken"));
//! assert_eq!(expired.parents().collect::<Vec<_>>(), ["InvalidToken", "Verification"]);
//! assert!(codes::all().any(|code| code.is_retryable));
//! ```
//!
#![doc = include_str!("../guide/codes.md")]

/// A stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code {
    /// The code itself, in lower-case letters and underscores.
    pub code: &'static str,
    /// What kind of error has it.
    pub kind: Kind,
    /// The HTTP status that a resource server answers with: 401, 403 or 503. `None` if the code
    /// never answers a request.
    pub status: Option<u16>,
    /// The `error` of the Bearer challenge (RFC 6750 §3.1). `None` if the challenge has no such
    /// attribute, because the client sent no token, or if there is no challenge.
    pub challenge: Option<&'static str>,
    /// The exception class without its suffix: `ExpiredToken` is `ExpiredTokenError` in Python and
    /// `ExpiredTokenException` in Kotlin. Several codes can share one class. `None` for codes that
    /// are reported and never thrown.
    pub class: Option<&'static str>,
    /// The nearest parent of the class, again without its suffix.
    pub parent: Option<&'static str>,
    /// What the code means, in one sentence.
    pub sentence: &'static str,
    /// Whether the same call can succeed later without any change by the caller.
    pub is_retryable: bool,
}

/// The kind of error that a code belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A token was refused: [`Error`](crate::Error).
    Verification,
    /// What the caller passed cannot be used: a policy, a demand, settings, a key, a key set or the
    /// URL to fetch it from. [`PolicyError`](crate::PolicyError),
    /// [`VerifierSetError`](crate::verify::VerifierSetError),
    /// [`DemandError`](crate::request::DemandError),
    /// [`SettingsError`](crate::issuer::SettingsError),
    /// [`KeySourceError`](crate::issuer::KeySourceError),
    /// [`DiscoveryError`](crate::issuer::discovery::DiscoveryError),
    /// [`JwksError`](crate::JwksError), [`UnusableKey`](crate::keys::UnusableKey),
    /// [`UnknownAlgorithm`](crate::crypto::UnknownAlgorithm).
    Setup,
    /// A client has no access token to send with a request.
    AccessToken,
    /// A fetch failed, as health reports show: [`FetchFailure`](crate::issuer::FetchFailure),
    /// [`SearchFailure`](crate::issuer::SearchFailure),
    /// [`KeyFetchFailure`](crate::issuer::KeyFetchFailure),
    /// [`RefreshFailure`](crate::session::RefreshFailure).
    Fetch,
}

/// An exception class that several codes share, or that is only a parent of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Class {
    /// Its name without the suffix.
    pub name: &'static str,
    /// Its parent class, again without its suffix; `None` for the three root classes.
    pub parent: Option<&'static str>,
    /// What its subclasses mean, in one sentence.
    pub sentence: &'static str,
}

/// Returns every code, in the order of the documentation.
pub fn all() -> impl Iterator<Item = &'static Code> {
    VERIFICATION.iter().chain(SETUP).chain(ACCESS_TOKEN).chain(FETCH)
}

/// Returns the entry of a code; `None` if this version does not know the code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    all().find(|entry| entry.code == code)
}

/// How a resource server answers. Without the sentences for documentation, which a program that
/// only verifies does not contain.
#[derive(Clone, Copy)]
pub(crate) struct Reply {
    pub(crate) code: &'static str,
    pub(crate) status: Option<u16>,
    pub(crate) challenge: Option<&'static str>,
}

impl Code {
    pub(crate) const fn reply(&self) -> Reply {
        Reply { code: self.code, status: self.status, challenge: self.challenge }
    }

    /// Returns the parents of [`Code::class`], the nearest first.
    pub fn parents(&self) -> impl Iterator<Item = &'static str> {
        core::iter::successors(self.parent, |name| parent_of(name))
    }

    /// Sets the status and the `error` of the challenge.
    const fn answered(mut self, status: u16, challenge: Option<&'static str>) -> Self {
        self.status = Some(status);
        self.challenge = challenge;
        self
    }

    const fn retryable(mut self) -> Self {
        self.is_retryable = true;
        self
    }
}

fn parent_of(class: &str) -> Option<&'static str> {
    let shared = CLASSES.iter().find(|shared| shared.name == class);
    let single = || all().find(|code| code.class == Some(class)).and_then(|code| code.parent);
    shared.map_or_else(single, |shared| shared.parent)
}

/// The entry of a refused token: 401 and `invalid_token` by default.
const fn refused(
    code: &'static str,
    class: &'static str,
    parent: &'static str,
    sentence: &'static str,
) -> Code {
    Code {
        kind: Kind::Verification,
        ..entry(code, Some(class), Some(parent), sentence).answered(401, Some("invalid_token"))
    }
}

const fn setup(code: &'static str, class: &'static str, sentence: &'static str) -> Code {
    Code { kind: Kind::Setup, ..entry(code, Some(class), Some("Setup"), sentence) }
}

const fn access_token(code: &'static str, class: &'static str, sentence: &'static str) -> Code {
    Code { kind: Kind::AccessToken, ..entry(code, Some(class), Some("AccessToken"), sentence) }
}

const fn fetch(code: &'static str, sentence: &'static str) -> Code {
    entry(code, None, None, sentence)
}

const fn entry(
    code: &'static str,
    class: Option<&'static str>,
    parent: Option<&'static str>,
    sentence: &'static str,
) -> Code {
    let kind = Kind::Fetch;
    let (status, challenge, is_retryable) = (None, None, false);
    Code { code, kind, status, challenge, class, parent, sentence, is_retryable }
}

/// Defines a constant for each entry, and the list of all entries.
macro_rules! table {
    ($(#[$attribute:meta])* $list:ident, $codes:ident, $replies:ident; $($name:ident = $entry:expr;)*) => {
        table!($(#[$attribute])* $list; $($name = $entry;)*);
        /// How a resource server answers, for each code of the list.
        pub(crate) const $replies: &[Reply] = &[$($name.reply()),*];
        /// The codes of the list.
        pub(crate) const $codes: &[&str] = &[$($name.code),*];
    };
    ($(#[$attribute:meta])* $list:ident; $($name:ident = $entry:expr;)*) => {
        $(pub(crate) const $name: Code = $entry;)*
        $(#[$attribute])*
        pub const $list: &[Code] = &[$($name),*];
    };
}

table! {
    /// The codes of refused tokens.
    #[rustfmt::skip]
    VERIFICATION, VERIFICATION_CODES, REPLIES;
    TOKEN_TOO_LARGE = refused("token_too_large", "TokenTooLarge", "Decode",
        "The token has more octets than the policy allows.");
    MALFORMED_TOKEN = refused("malformed_token", "MalformedToken", "Decode",
        "The token is not three canonical base64url segments between two dots.");
    ENCRYPTED_TOKEN = refused("encrypted_token", "EncryptedToken", "Decode",
        "The token is a JWE; encrypted tokens are never decrypted.");
    MALFORMED_HEADER = refused("malformed_header", "MalformedHeader", "Decode",
        "The header is not strict JSON, or breaks the rules of RFC 7515 §4.");
    UNSUPPORTED_CRITICAL_HEADER = refused("unsupported_critical_header",
        "UnsupportedCriticalHeader", "Decode",
        "`crit` names an extension, and no extension is supported.");
    ALGORITHM_NOT_ALLOWED = refused("algorithm_not_allowed", "AlgorithmNotAllowed",
        "InvalidAlgorithm", "The policy does not allow this `alg`.");
    UNEXPECTED_TYPE = refused("unexpected_type", "UnexpectedType", "InvalidToken",
        "The policy does not allow this `typ`.");
    UNKNOWN_KEY = refused("unknown_key", "UnknownKey", "InvalidKey",
        "No usable key has the token's `kid` or, without one, fits its `alg`.");
    AMBIGUOUS_KEY = refused("ambiguous_key", "AmbiguousKey", "InvalidKey",
        "Two keys share the token's `kid`, or too many fit a token without one.");
    ALGORITHM_MISMATCH = refused("algorithm_mismatch", "AlgorithmMismatch", "InvalidAlgorithm",
        "The key with the token's `kid` is not for the token's `alg`.");
    INVALID_SIGNATURE = refused("invalid_signature", "InvalidSignature", "Decode",
        "The signature does not verify.");
    MALFORMED_CLAIMS = refused("malformed_claims", "MalformedClaims", "Decode",
        "The payload is not a single strict JSON object.");
    MISSING_CLAIM = refused("missing_claim", "MissingClaim", "InvalidToken",
        "A required claim is missing.");
    INVALID_CLAIM = refused("invalid_claim", "InvalidClaim", "InvalidToken",
        "A claim has the wrong type.");
    EXPIRED = refused("expired", "ExpiredToken", "InvalidToken", "`exp` has passed.");
    NOT_YET_VALID = refused("not_yet_valid", "NotYetValid", "InvalidToken",
        "`nbf` is in the future.");
    ISSUED_IN_FUTURE = refused("issued_in_future", "IssuedInFuture", "NotYetValid",
        "`iat` is in the future.");
    TOO_OLD = refused("too_old", "TooOld", "InvalidToken",
        "The token was issued longer ago than the policy's maximum age.");
    LIFETIME_TOO_LONG = refused("lifetime_too_long", "LifetimeTooLong", "InvalidToken",
        "The time from `iat` to `exp` is longer than the policy allows.");
    WRONG_ISSUER = refused("wrong_issuer", "WrongIssuer", "InvalidToken",
        "`iss` is not one of the policy's issuers.");
    WRONG_AUDIENCE = refused("wrong_audience", "WrongAudience", "InvalidToken",
        "`aud` contains none of the policy's audiences.");
    WRONG_CLAIM = refused("wrong_claim", "WrongClaim", "InvalidClaim",
        "A claim does not have the value that the policy expects.");
    UNEXPECTED_CLAIM = refused("unexpected_claim", "UnexpectedClaim", "InvalidClaim",
        "The token has a claim that it must not have.");
    AUTHENTICATION_TOO_OLD = refused("authentication_too_old", "AuthenticationTooOld",
        "InvalidToken", "The user signed in longer ago than the login's maximum age.");
    INSUFFICIENT_AUTHENTICATION = refused("insufficient_authentication",
        "InsufficientAuthentication", "Verification",
        "A newer or stronger sign-in is needed.")
        .answered(401, Some("insufficient_user_authentication"));
    REPLAYED = refused("replayed", "ReplayedToken", "InvalidToken",
        "The token may be used once and was used before.");
    REVOKED = refused("revoked", "RevokedToken", "InvalidToken",
        "The revocation check reports that the token is revoked.");
    INSUFFICIENT_SCOPE = refused("insufficient_scope", "InsufficientScope", "Verification",
        "The token is valid but lacks a required scope or role.")
        .answered(403, Some("insufficient_scope"));
    MISSING_TOKEN = refused("missing_token", "MissingToken", "InvalidToken",
        "The request has no token.")
        .answered(401, None);
    MALFORMED_AUTHORIZATION = refused("malformed_authorization", "MalformedAuthorization",
        "InvalidToken", "The Authorization header is not `Bearer` followed by one token.")
        .answered(401, Some("invalid_request"));
    KEYS_UNAVAILABLE = refused("keys_unavailable", "KeysUnavailable", "Unavailable",
        "The issuer's keys could not be fetched.")
        .answered(503, None).retryable();
    REVOCATION_UNAVAILABLE = refused("revocation_unavailable", "RevocationUnavailable",
        "Unavailable", "The revocation check gave no answer, so the token is refused.")
        .answered(503, None).retryable();
    REPLAY_UNAVAILABLE = refused("replay_unavailable", "ReplayUnavailable", "Unavailable",
        "Whether the token was used before is unknown, so it is refused.")
        .answered(503, None).retryable();
}

table! {
    /// The codes of what the caller passed and what cannot be used.
    #[rustfmt::skip]
    SETUP;
    INVALID_POLICY = setup("invalid_policy", "InvalidPolicy", "The policy is invalid or contradictory.");
    INVALID_DEMAND = setup("invalid_demand", "InvalidDemand",
        "A demand, a token place or a guard is invalid.");
    INVALID_SETTINGS = setup("invalid_settings", "InvalidSettings",
        "The settings are invalid or contradictory.");
    INVALID_KEY_SOURCE = setup("invalid_key_source", "InvalidKeySource",
        "Keys cannot come from this source, such as a plain http URL.");
    MALFORMED_JWKS = setup("malformed_jwks", "InvalidJwks",
        "The text is not a JWK Set in strict JSON.");
    JWKS_TOO_LARGE = setup("jwks_too_large", "InvalidJwks",
        "The set has more octets or more keys than allowed.");
    MALFORMED_KEY = setup("malformed_key", "UnusableKey", "The key cannot be read.");
    UNSUPPORTED_KEY_TYPE = setup("unsupported_key_type", "UnusableKey",
        "`kty` is not RSA, EC, OKP or oct.");
    UNSUPPORTED_CURVE = setup("unsupported_curve", "UnusableKey",
        "`crv` is not P-256, P-384, P-521 or Ed25519.");
    UNSUPPORTED_ALGORITHM = setup("unsupported_algorithm", "UnusableKey",
        "`alg` is not a signature algorithm that the key and the crypto provider support.");
    NOT_FOR_SIGNATURES = setup("not_for_signatures", "UnusableKey",
        "`use` or `key_ops` reserve the key for another purpose.");
    PRIVATE_KEY_MATERIAL = setup("private_key_material", "UnusableKey",
        "The key is a private key; a verifier needs only the public key.");
    SYMMETRIC_KEY = setup("symmetric_key", "UnusableKey",
        "The key is an `oct` key, and symmetric keys are not allowed.");
    WEAK_KEY = setup("weak_key", "UnusableKey",
        "The key is too short or comes from a broken generator.");
    INVALID_KEY = setup("invalid_key", "UnusableKey",
        "The key's numbers do not form a valid key.");
    DUPLICATE_KID = setup("duplicate_kid", "UnusableKey",
        "Another key of the set has the same `kid` and algorithm.");
    WITHDRAWN = setup("withdrawn", "UnusableKey", "The caller has withdrawn the key's `kid`.");
}

table! {
    /// The codes of a client that has no access token to send.
    #[rustfmt::skip]
    ACCESS_TOKEN;
    SIGN_IN_NEEDED = access_token("sign_in_needed", "SignInNeeded",
        "There are no tokens, or they cannot be refreshed.");
    STORAGE_NEEDED = access_token("storage_needed", "StorageNeeded",
        "A refresh is needed, but the new tokens cannot be stored now.");
    REFRESH_UNAVAILABLE = access_token("refresh_unavailable", "RefreshUnavailable",
        "The last refresh failed, and it is too early to retry.")
        .retryable();
    UNSAFE_URL = access_token("unsafe_url", "UnsafeUrl",
        "Tokens are sent only over https or to this machine.");
}

table! {
    /// The codes of failed fetches. Health reports show them.
    #[rustfmt::skip]
    FETCH;
    NO_ANSWER = fetch("no_answer", "There was no answer.").retryable();
    TIMED_OUT = fetch("timed_out", "The answer took too long.").retryable();
    UNEXPECTED_STATUS = fetch("unexpected_status", "The answer has an unexpected status.")
        .retryable();
    UNUSABLE_SET = fetch("unusable_set", "The answer is not a JWK Set.").retryable();
    NO_USABLE_KEYS = fetch("no_usable_keys", "No key in the set is usable.").retryable();
    UNUSABLE_METADATA = fetch("unusable_metadata",
        "The issuer's metadata is malformed, or names another issuer or a URL that is not allowed.")
        .retryable();
    NO_METADATA = fetch("no_metadata", "The issuer publishes no metadata.").retryable();
    INVALID_GRANT = fetch("invalid_grant",
        "The token endpoint permanently refuses the refresh token (RFC 6749 §5.2).");
    EXPIRED_ON_ARRIVAL = fetch("expired_on_arrival",
        "The new access token had already expired when it arrived.").retryable();
}

/// The classes without a code of their own, each after its parent.
pub const CLASSES: &[Class] = &[
    class("Verification", None, "A token is refused."),
    class("InvalidToken", Some("Verification"), "The token is not valid: status 401."),
    class("Decode", Some("InvalidToken"), "The token cannot be read, or its signature is wrong."),
    class("InvalidAlgorithm", Some("InvalidToken"), "The token's `alg` may not be used."),
    class("InvalidKey", Some("InvalidToken"), "No key can be chosen for the token."),
    class("Unavailable", Some("Verification"), "The token cannot be verified now: status 503."),
    class("Setup", None, "What the caller passed cannot be used."),
    class("InvalidJwks", Some("Setup"), "A JWK Set as a whole cannot be used."),
    class("UnusableKey", Some("Setup"), "A key cannot be used."),
    class("AccessToken", None, "A client has no access token to send with a request."),
];

const fn class(name: &'static str, parent: Option<&'static str>, sentence: &'static str) -> Class {
    Class { name, parent, sentence }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    use super::*;
    use crate::keys::KeyProblem;

    #[test]
    fn each_code_occurs_once_and_its_class_leads_to_the_kind() {
        let mut known = BTreeSet::new();
        for code in all() {
            assert!(known.insert(code.code), "{} stands twice", code.code);
            assert!(code.code.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_'));
            assert!(code.sentence.ends_with('.'), "{}", code.code);
            assert_eq!(find(code.code), Some(code));
            let root = match code.kind {
                Kind::Verification => Some("Verification"),
                Kind::Setup => Some("Setup"),
                Kind::AccessToken => Some("AccessToken"),
                Kind::Fetch => None,
            };
            assert_eq!(code.parents().last(), root, "{}", code.code);
            assert_eq!(code.class.is_some(), root.is_some(), "{}", code.code);
            assert_eq!(code.status.is_some(), code.kind == Kind::Verification, "{}", code.code);
        }
        assert_eq!(find("refused"), None);
    }

    #[test]
    fn an_entry_has_what_its_kind_has() {
        let refusal = refused("a", "B", "C", "D.");
        assert_eq!((refusal.kind, refusal.parent), (Kind::Verification, Some("C")));
        assert_eq!((refusal.status, refusal.challenge), (Some(401), Some("invalid_token")));
        let outage = refusal.answered(503, None).retryable();
        assert_eq!((outage.status, outage.challenge, outage.is_retryable), (Some(503), None, true));
        let kinds = [setup("a", "B", "D."), access_token("a", "B", "D."), fetch("a", "D.")];
        let kinds = kinds.map(|entry| (entry.kind, entry.class, entry.parent));
        let expected = [
            (Kind::Setup, Some("B"), Some("Setup")),
            (Kind::AccessToken, Some("B"), Some("AccessToken")),
            (Kind::Fetch, None, None),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(class("B", Some("C"), "D.").parent, Some("C"));
    }

    #[test]
    fn codes_have_the_expected_status_and_challenge() {
        for code in VERIFICATION {
            let answer = match code.code {
                "insufficient_scope" => (Some(403), Some("insufficient_scope")),
                "insufficient_authentication" => {
                    (Some(401), Some("insufficient_user_authentication"))
                }
                "missing_token" => (Some(401), None),
                "malformed_authorization" => (Some(401), Some("invalid_request")),
                "keys_unavailable" | "revocation_unavailable" | "replay_unavailable" => {
                    (Some(503), None)
                }
                _ => (Some(401), Some("invalid_token")),
            };
            assert_eq!((code.status, code.challenge), answer, "{}", code.code);
            assert_eq!(code.is_retryable, code.status == Some(503), "{}", code.code);
        }
    }

    #[test]
    fn every_problem_of_a_key_is_in_the_table() {
        let table = SETUP.iter().filter(|code| code.class == Some("UnusableKey"));
        let problems = KeyProblem::ALL.map(KeyProblem::code);
        assert_eq!(table.map(|code| code.code).collect::<Vec<_>>(), problems);
    }
}
