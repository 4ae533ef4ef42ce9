import Foundation
internal import VerijotBindings

/// Verifies the tokens that AWS Application Load Balancers put into the header `x-amzn-oidc-data`.
/// They look like JWTs and are none: this verifier refuses every JWT, and a ``Verifier`` refuses
/// every such token. Make it once and share it: it is immutable.
public struct AlbVerifier: Sendable {
    private let ffi: VerijotBindings.AlbVerifier

    /// Reads a verifier from its document, the same JSON in every language: `signers`, the ARNs of
    /// the load balancers; `clients` and `issuers`, as which and at which users sign in, or null to
    /// waive the check; and perhaps `leeway`. ``Preset/loadBalancer`` is one.
    ///
    /// - Throws: `invalid_policy` if the document is not valid.
    public init(json: String) throws(SetupError) {
        ffi = try SetupError.calling { try .fromDocument(document: json.capped) }
    }

    /// Verifies a token.
    ///
    /// - Throws: the first check that fails. A header parameter is named like a claim.
    public func verify(
        _ token: some EncodedToken, keys: JwkSet, now: Moment = .now
    ) throws(VerificationError) -> AlbToken {
        try conclude(ffi.verify(token: token.copied, keys: keys.ffi, now: now.ffi))
    }

    /// Verifies a token with the key of its `kid`, which a client fetches. The client's own verifier
    /// and its `revoked` are not used. Make the client with ``Preset/client(options:)``, or for a URL with `{kid}` in it
    /// and ``CacheSettings/certificates``.
    ///
    /// - Throws: the first check that fails; `keys_unavailable` (503) if the key could not be
    ///   fetched.
    public func verify(
        _ token: some EncodedToken, client: JwksClient, now: Moment? = nil
    ) async throws(VerificationError) -> AlbToken {
        try conclude(await client.verdict(token, now, of: ffi))
    }

    private func conclude(_ verdict: AlbVerdict) throws(VerificationError) -> AlbToken {
        switch verdict {
        case .accepted(let token): return AlbToken(token)
        case .refused(let refusal): throw VerificationError(refusal)
        }
    }
}

/// What a load balancer says of a user, verified. Its description shows no claim.
public struct AlbToken: Sendable, CustomStringConvertible, CustomReflectable {
    private let facts: AlbFacts

    init(_ facts: AlbFacts) {
        self.facts = facts
    }

    /// The header and the key.
    public var header: Header { Header(facts.signature) }
    /// The ARN of the load balancer that signed it.
    public var signer: String { facts.signer }
    /// The client as which the user signed in.
    public var client: String { facts.client }
    /// The issuer at which the user signed in.
    public var issuer: String { facts.issuer }
    /// `sub`
    public var subject: String? { facts.subject }
    /// The header's `exp`.
    public var expiresAtExactly: Moment { Moment(facts.expiresAt) }
    /// The payload, the user's claims, exactly as it was signed: one JSON object in UTF-8.
    public var payload: Data { Data(facts.payload.utf8) }

    /// Decodes the claims as your own type. See ``VerifiedToken/claims(as:)``.
    ///
    /// - Throws: `missing_claim` or `invalid_claim` if the claims do not match the type.
    public func claims<Claims: Decodable>(as type: Claims.Type) throws(VerificationError) -> Claims
    {
        try decodeClaims(type, from: payload)
    }

    /// Only the type.
    public var description: String { "AlbToken" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
