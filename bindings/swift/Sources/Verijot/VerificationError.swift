import Foundation
internal import VerijotBindings

/// Why a token is refused. Safe to log: it shows no token, no key, and no claim's value but those
/// that the policy itself asked about (`iss`, `aud`, `typ` and dates).
public struct VerificationError: LocalizedError, Sendable, CustomStringConvertible {
    /// The contract: never another for the same cause, and the same in every language.
    public let code: Code
    /// What is wrong and what to do, for people.
    public let detail: String
    /// The claim at fault, where it is one.
    public let claim: String?
    /// What would have been accepted, where saying so is harmless.
    public let expected: String?
    /// What the token has instead, where saying so is harmless.
    public let actual: String?
    /// The status that a resource server answers with: 401, 403 or 503.
    public let httpStatus: Int
    /// The value of the WWW-Authenticate header, for the answers that have one (RFC 6750).
    public let wwwAuthenticate: String?
    /// How many seconds the client should wait, for status 503: the value of Retry-After.
    public let retryAfter: Int?

    /// The code and the detail.
    public var description: String { "\(code): \(detail)" }

    /// The code and the detail.
    public var errorDescription: String? { description }

    /// A stable code.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The code.
        public let rawValue: String

        /// A code by its name.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The code.
        public var description: String { rawValue }
    }
}

extension VerificationError.Code: CaseIterable {
    /// More octets than the policy allows.
    public static let tokenTooLarge = Self(rawValue: "token_too_large")
    /// Not three canonical base64url segments between two dots.
    public static let malformedToken = Self(rawValue: "malformed_token")
    /// A JWE, and nothing is ever decrypted here.
    public static let encryptedToken = Self(rawValue: "encrypted_token")
    /// The header is not strict JSON, or against the rules of RFC 7515 §4.
    public static let malformedHeader = Self(rawValue: "malformed_header")
    /// `crit` names an extension.
    public static let unsupportedCriticalHeader = Self(rawValue: "unsupported_critical_header")
    /// `alg` is not in the policy's set.
    public static let algorithmNotAllowed = Self(rawValue: "algorithm_not_allowed")
    /// `typ` is not one that the policy takes.
    public static let unexpectedType = Self(rawValue: "unexpected_type")
    /// No usable key has the token's `kid` or, without one, fits the algorithm.
    public static let unknownKey = Self(rawValue: "unknown_key")
    /// Two keys share the token's `kid`, or too many fit a token without one.
    public static let ambiguousKey = Self(rawValue: "ambiguous_key")
    /// The key with the token's `kid` is not for the token's `alg`.
    public static let algorithmMismatch = Self(rawValue: "algorithm_mismatch")
    /// The signature does not verify.
    public static let invalidSignature = Self(rawValue: "invalid_signature")
    /// The payload is not one strict JSON object.
    public static let malformedClaims = Self(rawValue: "malformed_claims")
    /// A claim that is demanded is absent.
    public static let missingClaim = Self(rawValue: "missing_claim")
    /// A claim has the wrong type.
    public static let invalidClaim = Self(rawValue: "invalid_claim")
    /// `exp` has passed.
    public static let expired = Self(rawValue: "expired")
    /// `nbf` has not come yet.
    public static let notYetValid = Self(rawValue: "not_yet_valid")
    /// `iat` has not come yet.
    public static let issuedInFuture = Self(rawValue: "issued_in_future")
    /// More than `maxAge` has gone by since `iat`.
    public static let tooOld = Self(rawValue: "too_old")
    /// `exp` lies further after `iat` than the policy allows.
    public static let lifetimeTooLong = Self(rawValue: "lifetime_too_long")
    /// `iss` is none of the policy's issuers.
    public static let wrongIssuer = Self(rawValue: "wrong_issuer")
    /// `aud` names none of the policy's audiences.
    public static let wrongAudience = Self(rawValue: "wrong_audience")
    /// A claim has another value than the policy demands.
    public static let wrongClaim = Self(rawValue: "wrong_claim")
    /// The revocation check says so.
    public static let revoked = Self(rawValue: "revoked")
    /// The request carries no bearer token.
    public static let missingToken = Self(rawValue: "missing_token")
    /// The Authorization header is not `Bearer` and one token.
    public static let malformedAuthorization = Self(rawValue: "malformed_authorization")
    /// The token is good, but not for this: status 403.
    public static let insufficientScope = Self(rawValue: "insufficient_scope")
    /// No keys could be had: status 503.
    public static let keysUnavailable = Self(rawValue: "keys_unavailable")
    /// The revocation check gave no answer, which is never a yes: status 503.
    public static let revocationUnavailable = Self(rawValue: "revocation_unavailable")

    /// Every code of this version.
    public static let allCases: [Self] = [
        tokenTooLarge, malformedToken, encryptedToken, malformedHeader, unsupportedCriticalHeader,
        algorithmNotAllowed, unexpectedType, unknownKey, ambiguousKey, algorithmMismatch,
        invalidSignature, malformedClaims, missingClaim, invalidClaim, expired, notYetValid,
        issuedInFuture, tooOld, lifetimeTooLong, wrongIssuer, wrongAudience, wrongClaim, revoked,
        missingToken, malformedAuthorization, insufficientScope, keysUnavailable,
        revocationUnavailable,
    ]
}

extension VerificationError {
    init(_ refusal: Refusal) {
        code = Code(rawValue: refusal.code)
        detail = refusal.detail
        claim = refusal.claim
        expected = refusal.expected
        actual = refusal.actual
        httpStatus = Int(refusal.httpStatus)
        wwwAuthenticate = refusal.wwwAuthenticate
        retryAfter = refusal.retryAfter.map { Int(clamping: $0) }
    }

    /// What was found out on this side of the border.
    init(_ cause: RefusalCause) {
        self.init(refusal(cause: cause))
    }
}
