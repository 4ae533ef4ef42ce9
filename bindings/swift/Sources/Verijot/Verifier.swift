import Foundation
internal import VerijotBindings

/// Verifies tokens against one policy. Make it once and share it: it is immutable.
///
/// ```swift
/// let keys = try JwkSet(json: jwks)
/// let verifier = try Verifier(issuer: "https://issuer.example", audience: "https://api.example")
/// let token = try verifier.verify(raw, keys: keys)
/// ```
public struct Verifier: Sendable {
    let ffi: VerijotBindings.Verifier
    private let caller: CallerChecks

    /// Makes a verifier for a policy.
    ///
    /// - Parameters:
    ///   - policy: The rules that tokens must satisfy.
    ///   - tokenCache: The maximum number of cached accepted tokens. A cached token costs a hash
    ///     instead of a signature; it is still refused once it expires, is revoked or loses its
    ///     key.
    ///   - revoked: Checks last whether the token has been revoked.
    ///   - knownTenants: Says whether a tenant is known, for each token that an issuer template
    ///     accepts, before `revoked`. Such a template is in `issuers` of a policy's document.
    /// - Throws: `invalid_policy` if the policy makes no sense.
    public init(
        _ policy: Policy, tokenCache: Int = 0, revoked: RevocationCheck? = nil,
        knownTenants: TenantCheck? = nil
    ) throws(SetupError) {
        ffi = try policy.verifier(tokenCache: UInt32(clamping: tokenCache))
        caller = CallerChecks(knownTenants: knownTenants, revoked: revoked)
    }

    init(_ ffi: VerijotBindings.Verifier, _ caller: CallerChecks) {
        self.ffi = ffi
        self.caller = caller
    }

    /// Verifies a JWT in compact serialization.
    ///
    /// - Parameters:
    ///   - token: The token in compact serialization.
    ///   - keys: The keys of its issuer.
    ///   - now: The time to verify its dates at.
    /// - Throws: the first check that fails.
    public func verify(
        _ token: some EncodedToken, keys: JwkSet, now: Moment = .now
    ) throws(VerificationError) -> VerifiedToken {
        try conclude(
            token.withCappedOctets { ffi.verify(token: $0, keys: keys.ffi, now: now.ffi) })
    }

    /// Verifies a token and decodes its claims as your own type. See ``VerifiedToken/claims(as:)``.
    ///
    /// - Throws: the first check that fails; `missing_claim` or `invalid_claim` if the claims do
    ///   not match the type.
    public func verify<Claims: Decodable>(
        _ token: some EncodedToken, keys: JwkSet, as type: Claims.Type, now: Moment = .now
    ) throws(VerificationError) -> Claims {
        try verify(token, keys: keys, now: now).claims(as: type)
    }

    /// Verifies only header and signature of a JWS in compact serialization.
    ///
    /// - Throws: the first check that fails.
    public func verifyJWS(
        _ token: some EncodedToken, keys: JwkSet
    ) throws(VerificationError) -> VerifiedJWS {
        switch ffi.verifyJws(token: token.copied, keys: keys.ffi) {
        case .accepted(let signature, let payload):
            return VerifiedJWS(header: Header(signature), payload: payload)
        case .refused(let refusal):
            throw VerificationError(refusal)
        }
    }

    /// Verifies a token and returns the outcome of every check. Safe to log: it contains no token.
    public func explain(
        _ token: some EncodedToken, keys: JwkSet, now: Moment = .now
    ) -> Explanation {
        let explanation = ffi.explain(
            token: token.copied, keys: keys.ffi, now: now.ffi)
        guard caller.ask else { return Explanation(explanation, caller: nil) }
        return Explanation(explanation) { caller.refusal(of: $0, by: ffi) }
    }

    /// Applies a demand and what only the caller knows to the core's verdict.
    func conclude(
        _ verdict: TokenVerdict, demand: Demand? = nil, now: Moment = .now
    ) throws(VerificationError) -> VerifiedToken {
        switch verdict {
        case .accepted(let token):
            let token = VerifiedToken(token)
            if let refusal = caller.refusalByTenant(of: token, by: ffi) { throw refusal }
            try demand?.check(token, now: now)
            if let refusal = caller.refusalByRevocation(of: token) { throw refusal }
            return token
        case .refused(let refusal):
            throw VerificationError(refusal)
        }
    }
}
