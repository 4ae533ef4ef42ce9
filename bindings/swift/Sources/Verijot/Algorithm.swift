/// A signature algorithm of RFC 7518 and RFC 8037.
public struct Algorithm: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name as in `alg`. `EdDSA` has a second one, `Ed25519`.
    public let rawValue: String

    /// Makes an algorithm from its name. An unknown one makes a policy invalid or a key unusable.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The name.
    public var description: String { rawValue }

    /// HMAC with SHA-256.
    public static let hs256 = Self(rawValue: "HS256")
    /// HMAC with SHA-384.
    public static let hs384 = Self(rawValue: "HS384")
    /// HMAC with SHA-512.
    public static let hs512 = Self(rawValue: "HS512")
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    public static let rs256 = Self(rawValue: "RS256")
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    public static let rs384 = Self(rawValue: "RS384")
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    public static let rs512 = Self(rawValue: "RS512")
    /// RSASSA-PSS with SHA-256.
    public static let ps256 = Self(rawValue: "PS256")
    /// RSASSA-PSS with SHA-384.
    public static let ps384 = Self(rawValue: "PS384")
    /// RSASSA-PSS with SHA-512.
    public static let ps512 = Self(rawValue: "PS512")
    /// ECDSA with P-256 and SHA-256.
    public static let es256 = Self(rawValue: "ES256")
    /// ECDSA with P-384 and SHA-384.
    public static let es384 = Self(rawValue: "ES384")
    /// Ed25519.
    public static let edDSA = Self(rawValue: "EdDSA")
}
