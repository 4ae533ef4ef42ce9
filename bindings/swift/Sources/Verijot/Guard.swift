internal import VerijotBindings

/// Admits requests with a valid token that grants what is demanded, and makes the whole response to
/// all others. It works with any framework: header values in, a token or a response out.
public struct Guard: Sendable {
    /// The name of the header whose values to pass, in lower case.
    public let headerName: String
    private let demand: Demand?
    private let place: TokenPlace
    private let isOptional: Bool
    private let realm: String?
    private let resourceMetadata: String?

    /// Makes a guard.
    ///
    /// - Parameters:
    ///   - demand: What the token must grant; nil if any valid token will do.
    ///   - place: Where requests carry the token.
    ///   - isOptional: Whether to admit requests without any such header or cookie. Not possible
    ///     together with a demand.
    ///   - realm: The protected space, for challenges.
    ///   - resourceMetadata: The URL of the protected resource's metadata, for challenges (RFC 9728
    ///     §5.1); see ``resourceMetadataURL(for:)``.
    /// - Throws: `invalid_demand` if the guard is optional and has a demand, or if the place or the
    ///   URL is not usable.
    public init(
        _ demand: Demand? = nil, place: TokenPlace = .authorization, isOptional: Bool = false,
        realm: String? = nil, resourceMetadata: String? = nil
    ) throws(SetupError) {
        self.demand = demand
        self.place = place
        self.isOptional = isOptional
        self.realm = realm
        self.resourceMetadata = resourceMetadata
        let rules = Self.rules(demand, place, isOptional, realm, resourceMetadata)
        headerName = try SetupError.calling { try guardedHeader(rules: rules) }
    }

    /// Returns the token in the values of every line of the header, not yet verified; nil only if
    /// the guard is optional and the request has none.
    ///
    /// - Throws: `missing_token`, or `malformed_authorization` if there is not exactly one token.
    public func token(in values: [String]) throws(VerificationError) -> String? {
        switch guardedToken(rules: rules, values: values.map(\.capped)) {
        case .found(let token): return token
        case .missing: return nil
        case .refused(let refusal): throw VerificationError(refusal)
        }
    }

    /// Verifies the token of a request whose header ``headerName`` has these values. Returns nil
    /// only if the guard is optional and the request has no token.
    ///
    /// - Throws: why the request is refused; ``answer(to:)`` makes the response.
    public func admit(
        _ values: [String], client: JwksClient
    ) async throws(VerificationError) -> VerifiedToken? {
        guard let raw = try token(in: values) else { return nil }
        return try await client.verify(raw, demand: demand)
    }

    /// Does the same as ``admit(_:client:)``, but returns the outcome as a value.
    public func decide(_ values: [String], client: JwksClient) async -> Admission {
        do {
            return .admitted(try await admit(values, client: client))
        } catch {
            return .refused(answer(to: error), error)
        }
    }

    /// Refuses a verified token that does not grant what is demanded.
    ///
    /// - Parameter now: The time by which the token was verified.
    /// - Throws: `insufficient_scope`, status 403; `insufficient_authentication` if the user must sign
    ///   in again.
    public func check(
        _ token: VerifiedToken, now: Moment = .now
    ) throws(VerificationError) {
        try demand?.check(token, now: now)
    }

    /// Makes the whole response to a refused request.
    public func answer(to error: VerificationError) -> Answer {
        Answer(guardAnswer(rules: rules, refusal: error.ffi))
    }

    /// Returns the URL where to serve the metadata of a protected resource (RFC 9728 §3.1):
    /// `/.well-known/oauth-protected-resource` comes between the host and the path of the resource.
    ///
    /// - Throws: `invalid_demand` if the resource is not an absolute URL with https, or with http on
    ///   this machine.
    public static func resourceMetadataURL(for resource: String) throws(SetupError) -> String {
        try SetupError.calling { try resourceMetadataUrl(resource: resource) }
    }

    private var rules: GuardRules {
        Self.rules(demand, place, isOptional, realm, resourceMetadata)
    }

    private static func rules(
        _ demand: Demand?, _ place: TokenPlace, _ isOptional: Bool, _ realm: String?,
        _ resourceMetadata: String?
    ) -> GuardRules {
        GuardRules(
            demand: demand?.document, place: place.ffi, optional: isOptional, realm: realm,
            resourceMetadata: resourceMetadata)
    }
}

/// Where requests carry their token. There must be exactly one such header or cookie.
public enum TokenPlace: Sendable, Hashable {
    /// In the Authorization header, with the scheme `Bearer`.
    case authorization
    /// In a header of this name, without a scheme.
    case header(String)
    /// In a cookie of this name.
    case cookie(String)

    var ffi: VerijotBindings.TokenPlace {
        switch self {
        case .authorization: .authorization
        case .header(let name): .header(name: name)
        case .cookie(let name): .cookie(name: name)
        }
    }
}

/// A guard's decision.
public enum Admission: Sendable {
    /// The request is admitted; without a token only if the guard is optional.
    case admitted(VerifiedToken?)
    /// The request is refused: the response, and why.
    case refused(Answer, VerificationError)
}

/// The whole response to a refused request.
public struct Answer: Sendable, Hashable {
    /// 401, 403 or 503.
    public let status: Int
    /// All headers, including Content-Type and Cache-Control.
    public let headers: [String: String]
    /// JSON that names the code: `{"detail":"expired"}`.
    public let body: String
    /// The code to close a WebSocket with.
    public let webSocketCloseCode: Int

    init(_ answer: VerijotBindings.Answer) {
        status = Int(answer.status)
        let pairs = answer.headers.map { ($0.name, $0.value) }
        headers = Dictionary(pairs) { first, _ in first }
        body = answer.body
        webSocketCloseCode = Int(answer.websocketCloseCode)
    }
}

extension VerificationError {
    var ffi: Refusal {
        Refusal(
            code: code.rawValue, message: message, claim: claim, expected: expected, actual: actual,
            httpStatus: UInt16(clamping: httpStatus), wwwAuthenticate: wwwAuthenticate,
            retryAfter: retryAfter.map { UInt64(clamping: $0) })
    }
}
