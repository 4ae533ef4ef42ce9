import Foundation
internal import VerijotBindings

/// A token that may be believed. What it says can be had from it and is never printed.
public struct VerifiedToken: Sendable, CustomStringConvertible, CustomReflectable {
    private let token: Token

    init(_ token: Token) {
        self.token = token
    }

    /// The header and the key.
    public var header: Header { Header(token.signature) }
    /// The algorithm that the signature was verified with.
    public var algorithm: Algorithm { header.algorithm }
    /// The `kid` of the header or, where that has none, of the key.
    public var keyID: String? { token.signature.keyId }
    /// `iss`
    public var issuer: String? { token.issuer }
    /// `sub`
    public var subject: String? { token.subject }
    /// `jti`
    public var id: String? { token.id }
    /// Each string in `aud`.
    public var audience: [String] { token.audience }
    /// `exp`, as the last date that is not after it.
    public var expiresAt: Date? { expiresAtExactly?.dateNotAfter }
    /// `nbf`, as the first date that is not before it.
    public var notBefore: Date? { notBeforeExactly?.dateNotBefore }
    /// `iat`, as the last date that is not after it.
    public var issuedAt: Date? { issuedAtExactly?.dateNotAfter }
    /// `exp`
    public var expiresAtExactly: Moment? { token.expiresAt.map(Moment.init) }
    /// `nbf`
    public var notBeforeExactly: Moment? { token.notBefore.map(Moment.init) }
    /// `iat`
    public var issuedAtExactly: Moment? { token.issuedAt.map(Moment.init) }
    /// The payload, octet for octet as it was signed: one JSON object in UTF-8.
    public var payload: Data { Data(token.payload.utf8) }
    var payloadText: String { token.payload }

    /// The scopes in `scope` or, without that, in `scp`. To look for one ask ``hasScope(_:)``, which
    /// compares as OAuth does; Swift's own `==` is laxer.
    public var scopes: [String] { token.scopes }

    /// Whether the scope is granted, octet for octet.
    public func hasScope(_ scope: String) -> Bool {
        scopes.containsExactly(scope)
    }

    /// The roles at a path: an array of strings, or one string. A claim of another type grants
    /// nothing. To look for one ask ``hasRole(_:at:)``.
    public func roles(at path: ClaimPath) -> [String] {
        VerijotBindings.roles(payload: token.payload, path: path.names)
    }

    /// Whether the role is granted, octet for octet.
    public func hasRole(_ role: String, at path: ClaimPath) -> Bool {
        roles(at: path).containsExactly(role)
    }

    /// Demands scopes that the policy did not demand, for one route for example.
    ///
    /// - Throws: A ``VerificationError``, `insufficient_scope` with status 403, unless all of them
    ///   are granted; a ``SetupError``, `invalid_demand`, if there is none or one is blank.
    public func requireScopes(_ scopes: String...) throws {
        try Demand([.allScopes(scopes: scopes)]).check(self)
    }

    /// Demands one of several scopes.
    ///
    /// - Throws: as ``requireScopes(_:)`` does.
    public func requireAnyScope(_ scopes: String...) throws {
        try Demand([.anyScope(scopes: scopes)]).check(self)
    }

    /// Demands roles that the policy did not demand.
    ///
    /// - Throws: as ``requireScopes(_:)`` does.
    public func requireRoles(_ roles: String..., at path: ClaimPath) throws {
        try Demand([.allRoles(path: path.names, roles: roles)]).check(self)
    }

    /// Demands one of several roles.
    ///
    /// - Throws: as ``requireScopes(_:)`` does.
    public func requireAnyRole(_ roles: String..., at path: ClaimPath) throws {
        try Demand([.anyRole(path: path.names, roles: roles)]).check(self)
    }

    /// The claims as a type of yours. A `Date` in it is read from seconds since 1970, as in `exp`.
    ///
    /// Foundation's decoder takes names for the same that Swift's `==` does.
    ///
    /// - Throws: `missing_claim` or `invalid_claim` with the outermost claim at fault where the
    ///   claims do not fit the type. No claim's value is in the error.
    public func claims<Claims: Decodable>(as type: Claims.Type) throws(VerificationError) -> Claims
    {
        try decodeClaims(type, from: payload)
    }

    /// The algorithm alone.
    public var description: String { "VerifiedToken(\(algorithm))" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A JWS whose signature has been verified. Its payload can be anything, claims are not checked.
public struct VerifiedJWS: Sendable, CustomStringConvertible, CustomReflectable {
    /// The header and the key.
    public let header: Header
    /// The payload, octet for octet as it was signed.
    public let payload: Data

    /// The algorithm alone.
    public var description: String { "VerifiedJWS(\(header.algorithm))" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Moment {
    init(_ moment: VerijotBindings.Moment) {
        self.init(seconds: moment.seconds, nanoseconds: moment.nanoseconds)
    }

    var handedOver: VerijotBindings.Moment {
        VerijotBindings.Moment(seconds: seconds, nanoseconds: nanoseconds)
    }
}
