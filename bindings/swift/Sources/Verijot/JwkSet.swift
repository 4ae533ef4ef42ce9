import Foundation
internal import VerijotBindings

/// The keys of one issuer. Make it once and share it: it is immutable.
public struct JwkSet: Sendable, CustomStringConvertible {
    let ffi: VerijotBindings.JwkSet

    init(_ ffi: VerijotBindings.JwkSet) {
        self.ffi = ffi
    }

    /// Reads a JWK Set in JSON.
    ///
    /// An unusable key does not fail the set; ``skipped`` lists such keys and why.
    ///
    /// - Parameters:
    ///   - json: The set.
    ///   - symmetricKeys: Whether to accept `oct` keys, for HMAC.
    ///   - maxOctets: The maximum number of octets of the set; nil for 262144.
    ///   - maxKeys: The maximum number of keys of the set; nil for 100.
    ///   - toleratePaddedBase64: Whether to accept numbers in base64 with padding, or in the
    ///     standard alphabet, which RFC 7515 forbids.
    ///   - tolerateShortCoordinates: Whether to accept coordinates without their leading zero
    ///     octets, which RFC 7518 forbids.
    ///   - purposes: The only values that the `use` of a key may have, such as `jwt-svid`; nil for
    ///     keys for signatures.
    /// - Throws: `malformed_jwks` or `jwks_too_large` if the set as a whole cannot be used.
    public init(
        json: String, symmetricKeys: Bool = false, maxOctets: Int? = nil, maxKeys: Int? = nil,
        toleratePaddedBase64: Bool = false, tolerateShortCoordinates: Bool = false,
        purposes: [String]? = nil
    ) throws(SetupError) {
        try self.init(
            json: Data(json.utf8), symmetricKeys: symmetricKeys, maxOctets: maxOctets,
            maxKeys: maxKeys, toleratePaddedBase64: toleratePaddedBase64,
            tolerateShortCoordinates: tolerateShortCoordinates, purposes: purposes)
    }

    /// Reads a JWK Set in JSON, in UTF-8.
    public init(
        json: Data, symmetricKeys: Bool = false, maxOctets: Int? = nil, maxKeys: Int? = nil,
        toleratePaddedBase64: Bool = false, tolerateShortCoordinates: Bool = false,
        purposes: [String]? = nil
    ) throws(SetupError) {
        let limits = JwkSetLimits(
            symmetricKeys: symmetricKeys, maxOctets: maxOctets.map(Policy.limit),
            maxKeys: maxKeys.map { UInt64(clamping: $0) }, paddedBase64: toleratePaddedBase64,
            shortCoordinates: tolerateShortCoordinates, purposes: purposes)
        ffi = try SetupError.calling { try .fromJson(json: json.capped, limits: limits) }
    }

    /// Reads a JSON object of `kid` and certificate or public key in PEM, as Google publishes it
    /// for Firebase. From a certificate it takes only the key and checks neither validity nor
    /// chain.
    ///
    /// - Parameters:
    ///   - certificates: The object.
    ///   - algorithms: The algorithms that all keys may be used with.
    ///   - maxOctets: The maximum number of octets of the object; nil for 262144.
    ///   - maxKeys: The maximum number of keys; nil for 100.
    /// - Throws: `malformed_jwks` or `jwks_too_large` if the object as a whole cannot be used,
    ///   `unsupported_algorithm` for an unknown algorithm.
    public init(
        certificates: String, algorithms: [Algorithm], maxOctets: Int? = nil, maxKeys: Int? = nil
    ) throws(SetupError) {
        let limits = JwkSetLimits(
            symmetricKeys: false, maxOctets: maxOctets.map(Policy.limit),
            maxKeys: maxKeys.map { UInt64(clamping: $0) },
            certificates: algorithms.map(\.rawValue))
        let json = Data(certificates.utf8)
        ffi = try SetupError.calling { try .fromJson(json: json.capped, limits: limits) }
    }

    /// Reads one bare JWK in JSON, as a set of one key. The other parameters are those of a set.
    ///
    /// - Throws: `malformed_jwks` if it is not a JSON object, or if it is a set.
    public init(
        jwk: String, symmetricKeys: Bool = false, toleratePaddedBase64: Bool = false,
        tolerateShortCoordinates: Bool = false
    ) throws(SetupError) {
        let limits = JwkSetLimits(
            symmetricKeys: symmetricKeys, maxOctets: nil, maxKeys: nil,
            paddedBase64: toleratePaddedBase64, shortCoordinates: tolerateShortCoordinates)
        let json = Data(jwk.utf8)
        ffi = try SetupError.calling { try .fromJwk(json: json.capped, limits: limits) }
    }

    /// Reads one public key from PEM, for the given algorithms. From a certificate it takes only
    /// the key and checks neither validity nor chain. Without a `keyID` the key is tried for every
    /// token.
    ///
    /// - Throws: why the key cannot be used, such as `malformed_key` or `weak_key`.
    public init(
        pem: String, algorithms: [Algorithm], keyID: String? = nil
    ) throws(SetupError) {
        let names = algorithms.map(\.rawValue)
        ffi = try SetupError.calling {
            try .fromPem(pem: pem.capped, algorithms: names, keyId: keyID)
        }
    }

    /// Makes a key from a shared secret for HMAC, for the given algorithms; nil stands for every
    /// hash that is not longer than the secret. Without a `keyID` the key is tried for every token.
    ///
    /// - Throws: why the key cannot be used, such as `weak_key`.
    public init(
        secret: some DataProtocol, algorithms: [Algorithm]?, keyID: String? = nil
    ) throws(SetupError) {
        let names = algorithms?.map(\.rawValue)
        ffi = try SetupError.calling {
            try .fromSecret(secret: try whole(Data(secret)), algorithms: names, keyId: keyID)
        }
    }

    /// The usable keys, in the set's order.
    public var keys: [Key] { ffi.keys().map(Key.init) }

    /// The keys that are not used and why, in the set's order.
    public var skipped: [SkippedKey] { ffi.skipped().map(SkippedKey.init) }

    /// The number of keys.
    public var description: String { "JwkSet(\(keys.count) keys, \(skipped.count) skipped)" }

    /// A usable key of a set.
    public struct Key: Sendable {
        /// The `kid`, if it has one.
        public let id: String?
        /// The type and size, such as `RSA 2048 bits` or `EC P-256`.
        public let kind: String
        /// `RSA`, `EC`, `OKP` or `oct`.
        public let type: String
        /// The algorithms that the key may be used with.
        public let algorithms: [Algorithm]

        init(_ facts: KeyFacts) {
            id = facts.keyId
            kind = facts.kind
            type = facts.keyType
            algorithms = facts.algorithms.map(Algorithm.init)
        }
    }

    /// A key of a set that is not used.
    public struct SkippedKey: Sendable {
        /// Its index in `keys`, from zero.
        public let index: Int
        /// Its `kid`, if that is a string.
        public let id: String?
        /// Its `kty`, if that is a string.
        public let type: String?
        /// Why it is not used.
        public let reason: SetupError.Code
        /// The same as a human-readable text.
        public let detail: String

        init(_ facts: SkippedKeyFacts) {
            index = Int(clamping: facts.index)
            id = facts.keyId
            type = facts.keyType
            reason = SetupError.Code(rawValue: facts.reason)
            detail = facts.detail
        }
    }
}

/// A secret must not be cut off: it would become another one.
private func whole(_ secret: Data) throws -> Data {
    guard secret.capped.count == secret.count else {
        throw Problem.Key(code: "malformed_key", text: "the secret is too long")
    }
    return secret
}
