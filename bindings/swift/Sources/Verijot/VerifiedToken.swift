import Foundation
internal import VerijotBindings

/// A verified token. Its description shows only the algorithm.
public struct VerifiedToken: Sendable, CustomStringConvertible, CustomReflectable {
    private let token: Token

    init(_ token: Token) {
        self.token = token
    }

    /// The header and the key.
    public var header: Header { Header(token.signature) }
    /// The algorithm that the signature was verified with.
    public var algorithm: Algorithm { header.algorithm }
    /// The `kid` of the header or, if that has none, of the key.
    public var keyID: String? { token.signature.keyId }
    /// `iss`
    public var issuer: String? { token.issuer }
    /// `sub`
    public var subject: String? { token.subject }
    /// `jti`
    public var id: String? { token.id }
    /// The strings in `aud`.
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
    /// The payload exactly as it was signed: one JSON object in UTF-8.
    public var payload: Data { Data(token.payload.utf8) }
    var payloadText: String { token.payload }

    /// The scopes in `scope` or, if that is missing, in `scp`. To look for one, use
    /// ``hasScope(_:)``, which compares octets as OAuth does; Swift's `==` is laxer.
    public var scopes: [String] { token.scopes }

    /// Returns whether the token grants the scope, compared by octets.
    public func hasScope(_ scope: String) -> Bool {
        scopes.containsExactly(scope)
    }

    /// Returns the roles at a path: an array of strings, or one string. A claim of another type
    /// grants nothing. To look for one, use ``hasRole(_:at:)``.
    public func roles(at path: ClaimPath) -> [String] {
        VerijotBindings.roles(payload: token.payload, path: path.names)
    }

    /// Returns whether the token grants the role, compared by octets.
    public func hasRole(_ role: String, at path: ClaimPath) -> Bool {
        roles(at: path).containsExactly(role)
    }

    /// Refuses a token that does not grant all of these scopes, for one route for example.
    ///
    /// - Throws: A ``VerificationError``, `insufficient_scope` with status 403, if one is missing;
    ///   a ``SetupError``, `invalid_demand`, if the list is empty or a name is blank.
    public func requireScopes(_ scopes: String...) throws {
        try Demand([.allScopes(scopes: scopes)]).check(self)
    }

    /// Refuses a token that grants none of these scopes.
    ///
    /// - Throws: like ``requireScopes(_:)``.
    public func requireAnyScope(_ scopes: String...) throws {
        try Demand([.anyScope(scopes: scopes)]).check(self)
    }

    /// Refuses a token that does not grant all of these roles.
    ///
    /// - Throws: like ``requireScopes(_:)``.
    public func requireRoles(_ roles: String..., at path: ClaimPath) throws {
        try Demand([.allRoles(path: path.names, roles: roles)]).check(self)
    }

    /// Refuses a token that grants none of these roles.
    ///
    /// - Throws: like ``requireScopes(_:)``.
    public func requireAnyRole(_ roles: String..., at path: ClaimPath) throws {
        try Demand([.anyRole(path: path.names, roles: roles)]).check(self)
    }

    /// Decodes the claims as your own type. A `Date` in it is read from seconds since 1970, as in
    /// `exp`.
    ///
    /// Foundation's decoder compares names like Swift's `==`.
    ///
    /// - Throws: `missing_claim` or `invalid_claim` with the outermost claim at fault, if the
    ///   claims do not match the type. The error contains no claim's value.
    public func claims<Claims: Decodable>(as type: Claims.Type) throws(VerificationError) -> Claims
    {
        try decodeClaims(type, from: payload)
    }

    /// Only the algorithm.
    public var description: String { "VerifiedToken(\(algorithm))" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A JWS with a verified signature. Its payload can be anything and is not checked.
public struct VerifiedJWS: Sendable, CustomStringConvertible, CustomReflectable {
    /// The header and the key.
    public let header: Header
    /// The payload exactly as it was signed.
    public let payload: Data

    /// Only the algorithm.
    public var description: String { "VerifiedJWS(\(header.algorithm))" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Moment {
    init(_ moment: VerijotBindings.Moment) {
        self.init(seconds: moment.seconds, nanoseconds: moment.nanoseconds)
    }

    var ffi: VerijotBindings.Moment {
        VerijotBindings.Moment(seconds: seconds, nanoseconds: nanoseconds)
    }
}
