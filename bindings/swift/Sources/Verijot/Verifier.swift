import Foundation
internal import VerijotBindings

/// Whether a token that has passed every other check has been revoked. Anything but an answer
/// refuses the token with `revocation_unavailable`, status 503.
public typealias RevocationCheck = @Sendable (VerifiedToken) throws -> Bool

/// Verifies tokens against one policy. Made once and shared; immutable.
///
/// ```swift
/// let keys = try JwkSet(json: jwks)
/// let verifier = try Verifier(issuer: "https://issuer.example", audience: "https://api.example")
/// let token = try verifier.verify(raw, keys: keys)
/// ```
public struct Verifier: Sendable {
    let foreign: VerijotBindings.Verifier
    private let revoked: RevocationCheck?

    /// A verifier for a policy.
    ///
    /// - Parameters:
    ///   - policy: What is demanded of a token.
    ///   - tokenCache: How many accepted tokens are remembered. One that comes again costs a hash
    ///     instead of a signature; it is still refused once it expires, is revoked or loses its key.
    ///   - revoked: Asked last, whether the token has been revoked.
    /// - Throws: `invalid_policy` if the policy makes no sense.
    public init(
        _ policy: Policy, tokenCache: Int = 0, revoked: RevocationCheck? = nil
    ) throws(SetupError) {
        foreign = try policy.verifier(tokenCache: UInt32(clamping: tokenCache))
        self.revoked = revoked
    }

    /// A verifier for the tokens of one issuer for one audience; nil waives a check. The other
    /// parameters are those of ``Policy``, ``init(_:tokenCache:revoked:)`` has the rest.
    ///
    /// - Throws: `invalid_policy` if the policy makes no sense.
    public init(
        issuer: String?, audience: String?, algorithms: [Algorithm]? = nil,
        types: TokenTypes = .usual, leeway: Duration = Policy.usualLeeway,
        requireExpiry: Bool = true, requiredClaims: [String]? = nil,
        expectedClaims: ExpectedClaims = [:], maxAge: Duration? = nil,
        maxLifetime: Duration? = nil, lifetimeClasses: LifetimeClasses? = nil,
        requiredScopes: [String]? = nil, requiredRoles: [RequiredRoles] = [],
        tokenOctets: Int = Policy.usualTokenOctets, tokenCache: Int = 0,
        revoked: RevocationCheck? = nil
    ) throws(SetupError) {
        var policy = Policy(issuer: issuer, audience: audience)
        policy.algorithms = algorithms
        policy.types = types
        policy.leeway = leeway
        policy.requireExpiry = requireExpiry
        policy.requiredClaims = requiredClaims
        policy.expectedClaims = expectedClaims
        policy.maxAge = maxAge
        policy.maxLifetime = maxLifetime
        policy.lifetimeClasses = lifetimeClasses
        policy.requiredScopes = requiredScopes
        policy.requiredRoles = requiredRoles
        policy.tokenOctets = tokenOctets
        try self.init(policy, tokenCache: tokenCache, revoked: revoked)
    }

    /// Verifies a JWT in compact serialization.
    ///
    /// - Parameters:
    ///   - token: The token as it arrived.
    ///   - keys: The keys of its issuer.
    ///   - now: The time that its dates are judged at.
    /// - Throws: the first check that fails.
    public func verify(
        _ token: some EncodedToken, keys: JwkSet, now: Moment = .now
    ) throws(VerificationError) -> VerifiedToken {
        try conclude(
            token.lent { foreign.verify(token: $0, keys: keys.foreign, now: now.handedOver) })
    }

    /// The same, with the claims as a type of yours. See ``VerifiedToken/claims(as:)``.
    ///
    /// - Throws: the first check that fails; `missing_claim` or `invalid_claim` where the claims do
    ///   not fit the type.
    public func verify<Claims: Decodable>(
        _ token: some EncodedToken, keys: JwkSet, as type: Claims.Type, now: Moment = .now
    ) throws(VerificationError) -> Claims {
        try verify(token, keys: keys, now: now).claims(as: type)
    }

    /// Verifies only the signature and the header of a JWS in compact serialization.
    ///
    /// - Throws: the first check that fails.
    public func verifyJWS(
        _ token: some EncodedToken, keys: JwkSet
    ) throws(VerificationError) -> VerifiedJWS {
        switch foreign.verifyJws(token: token.copied, keys: keys.foreign) {
        case .accepted(let signature, let payload):
            return VerifiedJWS(header: Header(signature), payload: payload)
        case .refused(let refusal):
            throw VerificationError(refusal)
        }
    }

    /// Every check of a verification with its outcome. Can be logged: it holds no token.
    public func explain(
        _ token: some EncodedToken, keys: JwkSet, now: Moment = .now
    ) -> Explanation {
        let explanation = foreign.explain(
            token: token.copied, keys: keys.foreign, now: now.handedOver)
        return Explanation(explanation, revocation: revoked.map { _ in refusalByRevocation })
    }

    /// The core's verdict, what is demanded besides, and the caller's own last check.
    func conclude(
        _ verdict: TokenVerdict, demand: Demand? = nil
    ) throws(VerificationError) -> VerifiedToken {
        switch verdict {
        case .accepted(let token):
            let token = VerifiedToken(token)
            try demand?.check(token)
            if let refusal = refusalByRevocation(token) { throw refusal }
            return token
        case .refused(let refusal):
            throw VerificationError(refusal)
        }
    }

    private func refusalByRevocation(_ token: VerifiedToken) -> VerificationError? {
        guard let revoked else { return nil }
        do {
            return try revoked(token) ? VerificationError(.revoked) : nil
        } catch {
            return VerificationError(.revocationUnavailable(retryAfter: nil))
        }
    }
}
