internal import VerijotBindings

/// What a request's token must grant, besides being valid. Combine demands with ``and(_:)``.
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
    /// - Throws: `insufficient_scope`, status 403; `invalid_claim` if a claim that the demand reads
    ///   has the wrong type.
    public func check(_ token: VerifiedToken) throws(VerificationError) {
        if let refusal = checkDemand(document: document, payload: token.payloadText) {
            throw VerificationError(refusal)
        }
    }

    /// The demand as a JSON document.
    public var json: String { document }
    /// The JSON document.
    public var description: String { document }
}
