internal import VerijotBindings

/// What a request's token must grant, besides being valid, and how its user must have signed in.
/// Combine demands with ``and(_:)``.
///
/// ```swift
/// let demand = try Demand.allScopes("notes:read").and(.anyRole("editor", "admin", at: "roles"))
/// ```
public struct Demand: Sendable, CustomStringConvertible {
    let document: String

    /// Demands all of these scopes, in `scope` or, if that is missing, in `scp`.
    ///
    /// - Throws: `invalid_demand` if the list is empty or a name is blank.
    public static func allScopes(_ scopes: String...) throws(SetupError) -> Self {
        try Self([.allScopes(scopes: scopes)])
    }

    /// Demands at least one of these scopes.
    ///
    /// - Throws: `invalid_demand` if the list is empty or a name is blank.
    public static func anyScope(_ scopes: String...) throws(SetupError) -> Self {
        try Self([.anyScope(scopes: scopes)])
    }

    /// Demands all of these roles in a claim.
    ///
    /// - Throws: `invalid_demand` if the list is empty, a name is blank or the path is empty.
    public static func allRoles(
        _ roles: String..., at path: ClaimPath
    ) throws(SetupError) -> Self {
        try Self([.allRoles(path: path.names, roles: roles)])
    }

    /// Demands at least one of these roles in a claim.
    ///
    /// - Throws: `invalid_demand` if the list is empty, a name is blank or the path is empty.
    public static func anyRole(_ roles: String..., at path: ClaimPath) throws(SetupError) -> Self {
        try Self([.anyRole(path: path.names, roles: roles)])
    }

    /// Demands that the user signed in with one of these authentication context classes, in `acr`;
    /// best first. Otherwise the challenge asks for them (RFC 9470).
    ///
    /// - Throws: `invalid_demand` if the list is empty or a value is not visible ASCII.
    public static func acrValues(_ values: String...) throws(SetupError) -> Self {
        try Self([.acrValues(values: values)])
    }

    /// Demands that the user signed in at most this long ago, in `auth_time`. Otherwise the challenge
    /// asks for it (RFC 9470).
    ///
    /// - Throws: `invalid_demand` unless it is whole seconds, at least one.
    public static func maxAuthenticationAge(_ age: Duration) throws(SetupError) -> Self {
        try Self([.maxAuthenticationAge(nanoseconds: age.wholeNanoseconds)])
    }

    /// Reads a demand from its JSON document, the same in every language.
    ///
    /// - Throws: `invalid_demand` if it is not the document of a demand.
    public init(json: String) throws(SetupError) {
        try self.init([.document(json: json)])
    }

    init(_ parts: [DemandPart]) throws(SetupError) {
        document = try SetupError.calling { try demand(parts: parts) }
    }

    /// Returns a demand for both.
    public func and(_ other: Self) throws(SetupError) -> Self {
        try Self([.document(json: document), .document(json: other.document)])
    }

    /// Refuses a token that does not grant everything that is demanded.
    ///
    /// - Parameter now: The time by which the token was verified.
    /// - Throws: `insufficient_scope`, status 403; `insufficient_authentication` if the user must sign
    ///   in again; `invalid_claim` if a claim that the demand reads has the wrong type.
    public func check(
        _ token: VerifiedToken, now: Moment = .now
    ) throws(VerificationError) {
        let payload = token.payloadText
        if let refusal = checkDemand(document: document, payload: payload, now: now.ffi) {
            throw VerificationError(refusal)
        }
    }

    /// The demand as a JSON document.
    public var json: String { document }
    /// The JSON document.
    public var description: String { document }
}
