/// What is demanded of a token. Two initializers make one, and the rest has defaults:
///
/// ```swift
/// var policy = Policy(issuer: "https://issuer.example", audience: "https://api.example")
/// policy.requiredScopes = ["orders:read"]
/// let verifier = try Verifier(policy)
/// ```
///
/// A policy is also a document, the same JSON in every language: ``init(json:)`` reads it, ``json``
/// writes it.
public struct Policy: Sendable {
    /// One of them must be `iss`; nil waives the check.
    public var issuers: [String]?
    /// One of them must be in `aud`; nil waives the check.
    public var audiences: [String]?
    /// What `alg` may be; nil stands for every asymmetric algorithm, and for HMAC with keys that
    /// were made for it.
    public var algorithms: [Algorithm]?
    /// What `typ` may be.
    public var types = TokenTypes.usual
    /// How far the issuer's clock may be off, for `exp`, `nbf` and `iat`.
    public var leeway = Policy.usualLeeway
    /// Whether `exp` must be there.
    public var requireExpiry = true
    /// Whether a `sub` that is a whole number is taken as the text of its digits, while an issuer
    /// migrates.
    public var allowNumericSubject = false
    /// Whether an `iat` in the future is taken.
    public var allowFutureIssuedAt = false
    /// Claims that must be there and not null; nil demands none, and an empty array is refused.
    public var requiredClaims: [String]?
    /// Claims with exactly one value.
    public var expectedClaims: ExpectedClaims = [:]
    /// The ceiling of now - `iat`.
    public var maxAge: Duration?
    /// The ceiling of `exp` - `iat`.
    public var maxLifetime: Duration?
    /// Ceilings of `exp` - `iat` for each class of token.
    public var lifetimeClasses: LifetimeClasses?
    /// Scopes that must all be granted, in `scope` or `scp`; nil demands none, and an empty array is
    /// refused.
    public var requiredScopes: [String]?
    /// Roles that must all be granted.
    public var requiredRoles: [RequiredRoles] = []
    /// The limit of a token's octets.
    public var tokenOctets = Policy.usualTokenOctets
    /// Members of a document that no property is for.
    var unnamed: [(name: String, json: String)] = []
    /// The same of its limits.
    var unnamedLimits: [(name: String, json: String)] = []

    /// A policy for the tokens of one issuer for one audience; nil waives a check.
    public init(issuer: String?, audience: String?) {
        self.init(issuers: issuer.map { [$0] }, audiences: audience.map { [$0] })
    }

    /// A policy for tokens of any of the issuers for any of the audiences; nil waives a check.
    public init(issuers: [String]?, audiences: [String]?) {
        self.issuers = issuers
        self.audiences = audiences
    }

    /// Half a minute.
    public static let usualLeeway = Duration.seconds(30)
    /// 16 KiB.
    public static let usualTokenOctets = 16_384
}

/// What `typ` may be. Letter case and a leading `application/` do not count.
public enum TokenTypes: Sendable {
    /// Absent, `JWT` or `at+jwt`.
    case usual
    /// One of these.
    case oneOf([String])
    /// Anything, and nothing at all.
    case any
}

/// Claims and the values that they must have: `["nonce": "n-0S6_WzA2Mj"]`.
public struct ExpectedClaims: Sendable, ExpressibleByDictionaryLiteral {
    let claims: [(name: String, value: JSONValue)]

    /// Claims and their values.
    public init(_ claims: some Sequence<(String, JSONValue)>) {
        self.claims = claims.map { (name: $0, value: $1) }
    }

    /// Claims and their values.
    public init(dictionaryLiteral claims: (String, JSONValue)...) {
        self.init(claims)
    }
}

/// Ceilings of `exp` - `iat`, told by the value of one claim.
public struct LifetimeClasses: Sendable {
    let claim: String
    let ceilings: [(value: String, ceiling: Duration)]
    let otherwise: Duration?

    /// Ceilings for values of a claim: `LifetimeClasses(by: "track", ["staff": .seconds(43_200)],
    /// otherwise: .seconds(900))`. With nil, tokens of no class are refused.
    public init(
        by claim: String, _ ceilings: KeyValuePairs<String, Duration>, otherwise: Duration?
    ) {
        self.init(by: claim, ceilings.map { ($0, $1) }, otherwise: otherwise)
    }

    /// The same with ceilings that are not known before.
    public init(by claim: String, _ ceilings: [(String, Duration)], otherwise: Duration?) {
        self.claim = claim
        self.ceilings = ceilings.map { (value: $0, ceiling: $1) }
        self.otherwise = otherwise
    }
}

/// Roles that must all be granted in one claim: an array of strings, or one string.
public struct RequiredRoles: Sendable {
    let roles: [String]
    let path: ClaimPath

    /// Roles, and where: `RequiredRoles(["admin"], at: "realm_access.roles")`.
    public init(_ roles: [String], at path: ClaimPath) {
        self.roles = roles
        self.path = path
    }
}
