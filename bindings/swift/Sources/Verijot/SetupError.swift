import Foundation
internal import VerijotBindings

/// What has been set up wrongly, as opposed to a token that is refused: a policy, a key, a set of
/// keys, or a place to fetch them from. Safe to log.
public struct SetupError: LocalizedError, Sendable, CustomStringConvertible {
    /// What is wrong, the same in every language.
    public let code: Code
    /// What is wrong, for people.
    public let detail: String

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

        /// The policy makes no sense.
        public static let invalidPolicy = Self(rawValue: "invalid_policy")
        /// A demand, a token's place or a guard makes no sense.
        public static let invalidDemand = Self(rawValue: "invalid_demand")
        /// An issuer or a URL from which no keys may be fetched.
        public static let invalidLocation = Self(rawValue: "invalid_key_source")
        /// The set is no JWK Set, has no usable key when it is seeded, or is not the one of its hash.
        public static let malformedJWKS = Self(rawValue: "malformed_jwks")
        /// The set is larger than the limits.
        public static let jwksTooLarge = Self(rawValue: "jwks_too_large")
        /// The key cannot be read.
        public static let malformedKey = Self(rawValue: "malformed_key")
        /// `kty` is none that is known.
        public static let unsupportedKeyType = Self(rawValue: "unsupported_key_type")
        /// `crv` is none that is known.
        public static let unsupportedCurve = Self(rawValue: "unsupported_curve")
        /// `alg` is none that this key can do.
        public static let unsupportedAlgorithm = Self(rawValue: "unsupported_algorithm")
        /// `use` or `key_ops` say that the key is for something else.
        public static let notForSignatures = Self(rawValue: "not_for_signatures")
        /// The key is a private one, which a verifier should not have.
        public static let privateKeyMaterial = Self(rawValue: "private_key_material")
        /// An `oct` key, which has to be allowed.
        public static let symmetricKey = Self(rawValue: "symmetric_key")
        /// The key is too short, or made badly.
        public static let weakKey = Self(rawValue: "weak_key")
        /// The numbers of the key are not a key.
        public static let invalidKey = Self(rawValue: "invalid_key")
        /// Another key of the set has the same `kid`.
        public static let duplicateKeyID = Self(rawValue: "duplicate_kid")
    }

    /// The code and the detail.
    public var description: String { "\(code): \(detail)" }

    /// The code and the detail.
    public var errorDescription: String? { description }
}

extension SetupError {
    /// What a foreign function throws, which is nothing but a `Problem`.
    init(_ error: any Error) {
        switch error as? Problem {
        case .Policy(let code, let detail), .Jwks(let code, let detail), .Key(let code, let detail),
            .Demand(let code, let detail), .Location(let code, let detail):
            self.init(code: Code(rawValue: code), detail: detail)
        case nil:
            self.init(code: Code(rawValue: "unknown"), detail: "an unknown error")
        }
    }

    /// Calls a foreign function.
    static func calling<T>(_ function: () throws -> T) throws(SetupError) -> T {
        do {
            return try function()
        } catch {
            throw SetupError(error)
        }
    }
}
