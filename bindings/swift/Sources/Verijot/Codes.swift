// Written by cargo run -p verijot-testvectors-generator
// from core/src/codes.rs; do not edit.

extension VerificationError.Code: CaseIterable {
    /// The token has more octets than the policy allows.
    public static let tokenTooLarge = Self(rawValue: "token_too_large")
    /// The token is not three canonical base64url segments between two dots.
    public static let malformedToken = Self(rawValue: "malformed_token")
    /// The token is a JWE; encrypted tokens are never decrypted.
    public static let encryptedToken = Self(rawValue: "encrypted_token")
    /// The header is not strict JSON, or breaks the rules of RFC 7515 §4.
    public static let malformedHeader = Self(rawValue: "malformed_header")
    /// `crit` names an extension, and no extension is supported.
    public static let unsupportedCriticalHeader = Self(rawValue: "unsupported_critical_header")
    /// The policy does not allow this `alg`.
    public static let algorithmNotAllowed = Self(rawValue: "algorithm_not_allowed")
    /// The policy does not allow this `typ`.
    public static let unexpectedType = Self(rawValue: "unexpected_type")
    /// No usable key has the token's `kid` or, without one, fits its `alg`.
    public static let unknownKey = Self(rawValue: "unknown_key")
    /// Two keys share the token's `kid`, or too many fit a token without one.
    public static let ambiguousKey = Self(rawValue: "ambiguous_key")
    /// The key with the token's `kid` is not for the token's `alg`.
    public static let algorithmMismatch = Self(rawValue: "algorithm_mismatch")
    /// The signature does not verify.
    public static let invalidSignature = Self(rawValue: "invalid_signature")
    /// The payload is not a single strict JSON object.
    public static let malformedClaims = Self(rawValue: "malformed_claims")
    /// A required claim is missing.
    public static let missingClaim = Self(rawValue: "missing_claim")
    /// A claim has the wrong type.
    public static let invalidClaim = Self(rawValue: "invalid_claim")
    /// `exp` has passed.
    public static let expired = Self(rawValue: "expired")
    /// `nbf` is in the future.
    public static let notYetValid = Self(rawValue: "not_yet_valid")
    /// `iat` is in the future.
    public static let issuedInFuture = Self(rawValue: "issued_in_future")
    /// The token was issued longer ago than the policy's maximum age.
    public static let tooOld = Self(rawValue: "too_old")
    /// The time from `iat` to `exp` is longer than the policy allows.
    public static let lifetimeTooLong = Self(rawValue: "lifetime_too_long")
    /// `iss` is not one of the policy's issuers.
    public static let wrongIssuer = Self(rawValue: "wrong_issuer")
    /// `aud` contains none of the policy's audiences.
    public static let wrongAudience = Self(rawValue: "wrong_audience")
    /// A claim does not have the value that the policy expects.
    public static let wrongClaim = Self(rawValue: "wrong_claim")
    /// The token has a claim that it must not have.
    public static let unexpectedClaim = Self(rawValue: "unexpected_claim")
    /// The user signed in longer ago than the login's maximum age.
    public static let authenticationTooOld = Self(rawValue: "authentication_too_old")
    /// A newer or stronger sign-in is needed.
    public static let insufficientAuthentication = Self(rawValue: "insufficient_authentication")
    /// The token may be used once and was used before.
    public static let replayed = Self(rawValue: "replayed")
    /// The revocation check reports that the token is revoked.
    public static let revoked = Self(rawValue: "revoked")
    /// The token is valid but lacks a required scope or role.
    public static let insufficientScope = Self(rawValue: "insufficient_scope")
    /// The request has no token.
    public static let missingToken = Self(rawValue: "missing_token")
    /// The Authorization header is not `Bearer` followed by one token.
    public static let malformedAuthorization = Self(rawValue: "malformed_authorization")
    /// The issuer's keys could not be fetched.
    public static let keysUnavailable = Self(rawValue: "keys_unavailable")
    /// The revocation check gave no answer, so the token is refused.
    public static let revocationUnavailable = Self(rawValue: "revocation_unavailable")
    /// Whether the token was used before is unknown, so it is refused.
    public static let replayUnavailable = Self(rawValue: "replay_unavailable")

    /// Every code of this version.
    public static let allCases: [Self] = [
        tokenTooLarge,
        malformedToken,
        encryptedToken,
        malformedHeader,
        unsupportedCriticalHeader,
        algorithmNotAllowed,
        unexpectedType,
        unknownKey,
        ambiguousKey,
        algorithmMismatch,
        invalidSignature,
        malformedClaims,
        missingClaim,
        invalidClaim,
        expired,
        notYetValid,
        issuedInFuture,
        tooOld,
        lifetimeTooLong,
        wrongIssuer,
        wrongAudience,
        wrongClaim,
        unexpectedClaim,
        authenticationTooOld,
        insufficientAuthentication,
        replayed,
        revoked,
        insufficientScope,
        missingToken,
        malformedAuthorization,
        keysUnavailable,
        revocationUnavailable,
        replayUnavailable,
    ]
}

extension VerificationError.Code {
    /// What several codes have in common: in languages with exceptions, a class above theirs.
    public enum Group: String, CaseIterable, Sendable {
        /// The token is not valid: status 401.
        case invalidToken
        /// The token cannot be read, or its signature is wrong.
        case decode
        /// The token's `alg` may not be used.
        case invalidAlgorithm
        /// No key can be chosen for the token.
        case invalidKey
        /// `invalid_claim` and what is below it.
        case invalidClaim
        /// `not_yet_valid` and what is below it.
        case notYetValid
        /// The token cannot be verified now: status 503.
        case unavailable
    }

    /// The groups that the code is in, the nearest first.
    public var groups: [Group] {
        switch self {
        case .tokenTooLarge: [.decode, .invalidToken]
        case .malformedToken: [.decode, .invalidToken]
        case .encryptedToken: [.decode, .invalidToken]
        case .malformedHeader: [.decode, .invalidToken]
        case .unsupportedCriticalHeader: [.decode, .invalidToken]
        case .algorithmNotAllowed: [.invalidAlgorithm, .invalidToken]
        case .unexpectedType: [.invalidToken]
        case .unknownKey: [.invalidKey, .invalidToken]
        case .ambiguousKey: [.invalidKey, .invalidToken]
        case .algorithmMismatch: [.invalidAlgorithm, .invalidToken]
        case .invalidSignature: [.decode, .invalidToken]
        case .malformedClaims: [.decode, .invalidToken]
        case .missingClaim: [.invalidToken]
        case .invalidClaim: [.invalidClaim, .invalidToken]
        case .expired: [.invalidToken]
        case .notYetValid: [.notYetValid, .invalidToken]
        case .issuedInFuture: [.notYetValid, .invalidToken]
        case .tooOld: [.invalidToken]
        case .lifetimeTooLong: [.invalidToken]
        case .wrongIssuer: [.invalidToken]
        case .wrongAudience: [.invalidToken]
        case .wrongClaim: [.invalidClaim, .invalidToken]
        case .unexpectedClaim: [.invalidClaim, .invalidToken]
        case .authenticationTooOld: [.invalidToken]
        case .replayed: [.invalidToken]
        case .revoked: [.invalidToken]
        case .missingToken: [.invalidToken]
        case .malformedAuthorization: [.invalidToken]
        case .keysUnavailable: [.unavailable]
        case .revocationUnavailable: [.unavailable]
        case .replayUnavailable: [.unavailable]
        default: []
        }
    }
}

extension SetupError.Code: CaseIterable {
    /// The policy is invalid or contradictory.
    public static let invalidPolicy = Self(rawValue: "invalid_policy")
    /// A demand, a token place or a guard is invalid.
    public static let invalidDemand = Self(rawValue: "invalid_demand")
    /// The settings are invalid or contradictory.
    public static let invalidSettings = Self(rawValue: "invalid_settings")
    /// Keys cannot come from this source, such as a plain http URL.
    public static let invalidKeySource = Self(rawValue: "invalid_key_source")
    /// The text is not a JWK Set in strict JSON.
    public static let malformedJwks = Self(rawValue: "malformed_jwks")
    /// The set has more octets or more keys than allowed.
    public static let jwksTooLarge = Self(rawValue: "jwks_too_large")
    /// The key cannot be read.
    public static let malformedKey = Self(rawValue: "malformed_key")
    /// `kty` is not RSA, EC, OKP or oct.
    public static let unsupportedKeyType = Self(rawValue: "unsupported_key_type")
    /// `crv` is not P-256, P-384, P-521 or Ed25519.
    public static let unsupportedCurve = Self(rawValue: "unsupported_curve")
    /// `alg` is not a signature algorithm that the key and the crypto provider support.
    public static let unsupportedAlgorithm = Self(rawValue: "unsupported_algorithm")
    /// `use` or `key_ops` reserve the key for another purpose.
    public static let notForSignatures = Self(rawValue: "not_for_signatures")
    /// The key is a private key; a verifier needs only the public key.
    public static let privateKeyMaterial = Self(rawValue: "private_key_material")
    /// The key is an `oct` key, and symmetric keys are not allowed.
    public static let symmetricKey = Self(rawValue: "symmetric_key")
    /// The key is too short or comes from a broken generator.
    public static let weakKey = Self(rawValue: "weak_key")
    /// The key's numbers do not form a valid key.
    public static let invalidKey = Self(rawValue: "invalid_key")
    /// Another key of the set has the same `kid` and algorithm.
    public static let duplicateKid = Self(rawValue: "duplicate_kid")
    /// The caller has withdrawn the key's `kid`.
    public static let withdrawn = Self(rawValue: "withdrawn")

    /// Every code of this version.
    public static let allCases: [Self] = [
        invalidPolicy,
        invalidDemand,
        invalidSettings,
        invalidKeySource,
        malformedJwks,
        jwksTooLarge,
        malformedKey,
        unsupportedKeyType,
        unsupportedCurve,
        unsupportedAlgorithm,
        notForSignatures,
        privateKeyMaterial,
        symmetricKey,
        weakKey,
        invalidKey,
        duplicateKid,
        withdrawn,
    ]
}
