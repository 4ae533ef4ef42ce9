/// The rules that a token must satisfy. You must name an issuer and an audience, or accept any;
/// everything else has a strict default:
///
/// ```swift
/// var policy = Policy(issuer: "https://issuer.example", audience: "https://api.example")
/// policy.requiredScopes = ["orders:read"]
/// let verifier = try Verifier(policy)
/// ```
///
/// A policy is also a JSON document, the same in every language: ``init(json:)`` reads it, ``json``
/// writes it.
public struct Policy: Sendable {
    /// The accepted values of `iss`; nil accepts any.
    public var issuers: [String]?
    /// The accepted values in `aud`, which must contain one of them; nil accepts any.
    public var audiences: [String]?
    /// The accepted algorithms; nil stands for all asymmetric ones, and for HMAC with keys made for
    /// HMAC.
    public var algorithms: [Algorithm]?
    /// The accepted `typ` headers.
    public var types = TokenTypes.default
    /// How far the issuer's clock may differ, for `exp`, `nbf` and `iat`; nil for 30 seconds.
    public var leeway: Duration?
    /// Accepts tokens without `exp`, which never expire.
    public var allowMissingExpiry = false
    /// Accepts a whole number as `sub`, as the text of its digits, for an issuer that still
    /// migrates.
    public var allowNumericSubject = false
    /// Accepts an `iat` in the future.
    public var allowFutureIssuedAt = false
    /// Claims that must be present and not null; nil requires none, and an empty array is invalid.
    public var requiredClaims: [String]?
    /// Claims that must have exactly one value.
    public var expectedClaims: ExpectedClaims = [:]
    /// The maximum time since `iat`.
    public var maxAge: Duration?
    /// The maximum time between `iat` and `exp`.
    public var maxLifetime: Duration?
    /// The maximum time between `iat` and `exp`, for each class of token.
    public var lifetimeClasses: LifetimeClasses?
    /// Required scopes, all of them, in `scope` or `scp`; nil requires none, and an empty array is
    /// invalid.
    public var requiredScopes: [String]?
    /// Required roles, all of them.
    public var requiredRoles: [RequiredRoles] = []
    /// The maximum number of octets of a token; nil for 16384.
    public var maxTokenOctets: Int?
    /// Members of a document that have no property here.
    var otherMembers: [(name: String, json: String)] = []
    /// Limits of a document that have no property here.
    var otherLimits: [(name: String, json: String)] = []

    /// Makes a policy for the tokens of one issuer for one audience; nil accepts any.
    public init(issuer: String?, audience: String?) {
        self.init(issuers: issuer.map { [$0] }, audiences: audience.map { [$0] })
    }

    /// Makes a policy for tokens of several issuers for several audiences; nil accepts any.
    public init(issuers: [String]?, audiences: [String]?) {
        self.issuers = issuers
        self.audiences = audiences
    }
}

extension Policy {
    /// Each member of the document: its name, its property and their form.
    static let members = [
        Member("issuers", \.issuers, .waivableNames),
        Member("audiences", \.audiences, .waivableNames),
        Member("algorithms", \.algorithms, .algorithms),
        Member("types", \.types, .types),
        Member("leeway", \.leeway, .span),
        Member("require_exp", \.allowMissingExpiry, .negatedFlag),
        Member("numeric_subject", \.allowNumericSubject, .flag),
        Member("future_issued_at", \.allowFutureIssuedAt, .flag),
        Member("required_claims", \.requiredClaims, .names),
        Member("expected_claims", \.expectedClaims, .claims),
        Member("max_age", \.maxAge, .span),
        Member("max_lifetime", \.maxLifetime, .span),
        Member("max_lifetime_by", \.lifetimeClasses, .classes),
        Member("required_scopes", \.requiredScopes, .names),
        Member("required_roles", \.requiredRoles, .roles),
        Member("token_octets", \.maxTokenOctets, .octets, isLimit: true),
    ]
}

extension Verifier {
    /// Makes a verifier for the tokens of one issuer for one audience; nil accepts any. The other
    /// parameters are those of ``Policy`` and of ``Verifier/init(_:tokenCache:revoked:knownTenants:)``.
    ///
    /// - Throws: `invalid_policy` if the policy makes no sense.
    public init(
        issuer: String?, audience: String?, algorithms: [Algorithm]? = nil,
        types: TokenTypes = .default, leeway: Duration? = nil,
        allowMissingExpiry: Bool = false, requiredClaims: [String]? = nil,
        expectedClaims: ExpectedClaims = [:], maxAge: Duration? = nil,
        maxLifetime: Duration? = nil, lifetimeClasses: LifetimeClasses? = nil,
        requiredScopes: [String]? = nil, requiredRoles: [RequiredRoles] = [],
        maxTokenOctets: Int? = nil, tokenCache: Int = 0,
        revoked: RevocationCheck? = nil
    ) throws(SetupError) {
        var policy = Policy(issuer: issuer, audience: audience)
        policy.algorithms = algorithms
        policy.types = types
        policy.leeway = leeway
        policy.allowMissingExpiry = allowMissingExpiry
        policy.requiredClaims = requiredClaims
        policy.expectedClaims = expectedClaims
        policy.maxAge = maxAge
        policy.maxLifetime = maxLifetime
        policy.lifetimeClasses = lifetimeClasses
        policy.requiredScopes = requiredScopes
        policy.requiredRoles = requiredRoles
        policy.maxTokenOctets = maxTokenOctets
        try self.init(policy, tokenCache: tokenCache, revoked: revoked)
    }
}

/// The accepted `typ` headers. Case and a leading `application/` do not matter.
public enum TokenTypes: Sendable {
    /// None, `JWT` or `at+jwt`.
    case `default`
    /// One of these.
    case oneOf([String])
    /// Any, or none.
    case any
}

/// Claims and their expected values: `["nonce": "n-0S6_WzA2Mj"]`.
public struct ExpectedClaims: Sendable, ExpressibleByDictionaryLiteral {
    let claims: [(name: String, value: JSONValue)]

    /// Makes expected claims from names and values.
    public init(_ claims: some Sequence<(String, JSONValue)>) {
        self.claims = claims.map { (name: $0, value: $1) }
    }

    /// Makes expected claims from names and values.
    public init(dictionaryLiteral claims: (String, JSONValue)...) {
        self.init(claims)
    }
}

/// The maximum time between `iat` and `exp`, by the value of one claim.
public struct LifetimeClasses: Sendable {
    let claim: String
    let ceilings: [(value: String, ceiling: Duration)]
    let otherwise: Duration?

    /// Makes classes by the values of a claim: `LifetimeClasses(by: "track", ["staff":
    /// .seconds(43_200)], otherwise: .seconds(900))`. With nil, other tokens are refused.
    public init(
        by claim: String, _ ceilings: KeyValuePairs<String, Duration>, otherwise: Duration?
    ) {
        self.init(by: claim, ceilings.map { ($0, $1) }, otherwise: otherwise)
    }

    /// Makes classes from ceilings that are computed at run time.
    public init(by claim: String, _ ceilings: [(String, Duration)], otherwise: Duration?) {
        self.claim = claim
        self.ceilings = ceilings.map { (value: $0, ceiling: $1) }
        self.otherwise = otherwise
    }
}

/// Required roles, all of them, in one claim: an array of strings, or one string.
public struct RequiredRoles: Sendable {
    let roles: [String]
    let path: ClaimPath

    /// Requires roles in a claim: `RequiredRoles(["admin"], at: "realm_access.roles")`.
    public init(_ roles: [String], at path: ClaimPath) {
        self.roles = roles
        self.path = path
    }
}
