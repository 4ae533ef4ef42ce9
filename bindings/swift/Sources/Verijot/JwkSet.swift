import Foundation
internal import VerijotBindings

/// The keys of one issuer. Made once and shared; immutable.
public struct JwkSet: Sendable, CustomStringConvertible {
    let foreign: VerijotBindings.JwkSet

    init(_ foreign: VerijotBindings.JwkSet) {
        self.foreign = foreign
    }

    /// Reads a JWK Set in JSON.
    ///
    /// A key that cannot be used does not fail the set: ``skipped`` says which and why.
    ///
    /// - Parameters:
    ///   - json: The set.
    ///   - symmetricKeys: Whether `oct` keys are used, and HMAC with them.
    ///   - octetLimit: How many octets the set may have.
    ///   - keyLimit: How many keys it may have.
    ///   - toleratePaddedBase64: Whether numbers may be base64 with padding, or of the standard
    ///     alphabet, which RFC 7515 forbids.
    ///   - tolerateShortCoordinates: Whether coordinates may lack zero octets at their beginning,
    ///     which RFC 7518 forbids.
    /// - Throws: `malformed_jwks` or `jwks_too_large`
    public init(
        json: String, symmetricKeys: Bool = false, octetLimit: Int = usualOctetLimit,
        keyLimit: Int = usualKeyLimit, toleratePaddedBase64: Bool = false,
        tolerateShortCoordinates: Bool = false
    ) throws(SetupError) {
        try self.init(
            json: Data(json.utf8), symmetricKeys: symmetricKeys, octetLimit: octetLimit,
            keyLimit: keyLimit, toleratePaddedBase64: toleratePaddedBase64,
            tolerateShortCoordinates: tolerateShortCoordinates)
    }

    /// The same, of octets in UTF-8.
    public init(
        json: Data, symmetricKeys: Bool = false, octetLimit: Int = usualOctetLimit,
        keyLimit: Int = usualKeyLimit, toleratePaddedBase64: Bool = false,
        tolerateShortCoordinates: Bool = false
    ) throws(SetupError) {
        let limits = JwkSetLimits(
            symmetricKeys: symmetricKeys, octets: Policy.limit(octetLimit),
            keys: UInt64(clamping: keyLimit), paddedBase64: toleratePaddedBase64,
            shortCoordinates: tolerateShortCoordinates)
        foreign = try SetupError.calling { try .fromJson(json: json.handedOver, limits: limits) }
    }

    /// Reads one bare JWK in JSON as a set of one. The other parameters are those of a set.
    ///
    /// - Throws: `malformed_jwks` if it is no JSON object, or a set
    public init(
        jwk: String, symmetricKeys: Bool = false, toleratePaddedBase64: Bool = false,
        tolerateShortCoordinates: Bool = false
    ) throws(SetupError) {
        let limits = JwkSetLimits(
            symmetricKeys: symmetricKeys, octets: nil, keys: nil,
            paddedBase64: toleratePaddedBase64, shortCoordinates: tolerateShortCoordinates)
        let json = Data(jwk.utf8)
        foreign = try SetupError.calling { try .fromJwk(json: json.handedOver, limits: limits) }
    }

    /// One public key in PEM, or that of a certificate in PEM, whose validity and chain are not
    /// judged, for the algorithms named. Without a `keyID` it is tried for every
    /// token.
    ///
    /// - Throws: the reason why the key cannot be used, such as `malformed_key` or `weak_key`
    public init(
        pem: String, algorithms: [Algorithm], keyID: String? = nil
    ) throws(SetupError) {
        let names = algorithms.map(\.rawValue)
        foreign = try SetupError.calling {
            try .fromPem(pem: pem.handedOver, algorithms: names, keyId: keyID)
        }
    }

    /// One shared secret for HMAC, for the algorithms named; nil stands for every hash that it is
    /// at least as long as. Without a `keyID` it is tried for every token.
    ///
    /// - Throws: the reason why the key cannot be used, such as `weak_key`
    public init(
        secret: some DataProtocol, algorithms: [Algorithm]?, keyID: String? = nil
    ) throws(SetupError) {
        let names = algorithms?.map(\.rawValue)
        foreign = try SetupError.calling {
            try .fromSecret(secret: try whole(Data(secret)), algorithms: names, keyId: keyID)
        }
    }

    /// The usable keys, in the set's order.
    public var keys: [Key] { foreign.keys().map(Key.init) }

    /// The keys that are not used, in the set's order, with the reasons.
    public var skipped: [SkippedKey] { foreign.skipped().map(SkippedKey.init) }

    /// How many keys there are.
    public var description: String { "JwkSet(\(keys.count) keys, \(skipped.count) skipped)" }

    /// A usable key of a set.
    public struct Key: Sendable {
        /// The `kid`, if it has one.
        public let id: String?
        /// The type and size, such as `RSA 2048 bits` or `EC P-256`.
        public let kind: String
        /// `RSA`, `EC`, `OKP` or `oct`.
        public let type: String
        /// The algorithms that it may be used with.
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
        /// Its place in `keys`, counted from zero.
        public let index: Int
        /// Its `kid`, if that is a string.
        public let id: String?
        /// Its `kty`, if that is a string.
        public let type: String?
        /// Why it is not used.
        public let reason: SetupError.Code
        /// The same in words, for people.
        public let detail: String

        init(_ facts: SkippedKeyFacts) {
            index = Int(clamping: facts.index)
            id = facts.keyId
            type = facts.keyType
            reason = SetupError.Code(rawValue: facts.reason)
            detail = facts.detail
        }
    }

    /// 256 KiB.
    public static let usualOctetLimit = 262_144
    /// A hundred.
    public static let usualKeyLimit = 100
}

/// A secret of which a part is cut off would be another one.
private func whole(_ secret: Data) throws -> Data {
    guard secret.handedOver.count == secret.count else {
        throw Problem.Key(code: "malformed_key", detail: "no secret is that long")
    }
    return secret
}
