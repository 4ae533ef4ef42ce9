internal import VerijotBindings

/// Lets requests in that carry a good token which grants what is demanded, and knows the whole
/// answer to every other one. It fits every framework: header values in, a token or an answer out.
public struct Guard: Sendable {
    /// The header whose values are to be handed over, in lower case.
    public let headerName: String
    private let demand: Demand?
    private let place: TokenPlace
    private let isOptional: Bool
    private let realm: String?

    /// A guard.
    ///
    /// - Parameters:
    ///   - demand: What the token must grant; nil for a good token.
    ///   - place: Where the token is.
    ///   - isOptional: Whether a request without any such header or cookie is let in. It cannot go
    ///     with a demand.
    ///   - realm: The protected space, for challenges.
    /// - Throws: `invalid_demand` if it is optional and demands something, or if there can be no
    ///   such place.
    public init(
        _ demand: Demand? = nil, place: TokenPlace = .authorization, isOptional: Bool = false,
        realm: String? = nil
    ) throws(SetupError) {
        self.demand = demand
        self.place = place
        self.isOptional = isOptional
        self.realm = realm
        let rules = Self.rules(demand, place, isOptional, realm)
        headerName = try SetupError.calling { try guardedHeader(rules: rules) }
    }

    /// The token in the values of every line of the header, not yet verified; nil only if the guard
    /// is optional and the request has none.
    ///
    /// - Throws: `missing_token`, or `malformed_authorization` if there is not exactly one.
    public func token(in values: [String]) throws(VerificationError) -> String? {
        switch guardedToken(rules: rules, values: values.map(\.handedOver)) {
        case .found(let token): return token
        case .nobody: return nil
        case .refused(let refusal): throw VerificationError(refusal)
        }
    }

    /// The verified token of a request whose header ``headerName`` has these values; nil only if
    /// the guard is optional and the request has none.
    ///
    /// - Throws: why the request is refused; ``answer(to:)`` says with what.
    public func admit(
        _ values: [String], client: JwksClient
    ) async throws(VerificationError) -> VerifiedToken? {
        guard let raw = try token(in: values) else { return nil }
        return try await client.verify(raw, demand: demand)
    }

    /// The same as a value.
    public func decide(_ values: [String], client: JwksClient) async -> Admission {
        do {
            return .admitted(try await admit(values, client: client))
        } catch {
            return .refused(answer(to: error), error)
        }
    }

    /// Refuses a token that does not grant what is demanded.
    ///
    /// - Throws: `insufficient_scope`, status 403.
    public func check(_ token: VerifiedToken) throws(VerificationError) {
        try demand?.check(token)
    }

    /// The whole answer to a request that is refused.
    public func answer(to error: VerificationError) -> Answer {
        Answer(guardAnswer(rules: rules, refusal: error.handedOver))
    }

    private var rules: GuardRules { Self.rules(demand, place, isOptional, realm) }

    private static func rules(
        _ demand: Demand?, _ place: TokenPlace, _ isOptional: Bool, _ realm: String?
    ) -> GuardRules {
        GuardRules(
            demand: demand?.document, place: place.handedOver, optional: isOptional, realm: realm)
    }
}

/// Where a request carries its token: exactly one, in exactly one such header or cookie.
public enum TokenPlace: Sendable, Hashable {
    /// In the Authorization header, with the scheme `Bearer`.
    case authorization
    /// Alone in a header of this name.
    case header(String)
    /// In a cookie of this name.
    case cookie(String)

    var handedOver: VerijotBindings.TokenPlace {
        switch self {
        case .authorization: .authorization
        case .header(let name): .header(name: name)
        case .cookie(let name): .cookie(name: name)
        }
    }
}

/// What a guard has decided.
public enum Admission: Sendable {
    /// The request is let in; without a token only if the guard is optional.
    case admitted(VerifiedToken?)
    /// The request is refused: what to answer, and why.
    case refused(Answer, VerificationError)
}

/// The whole answer to a request that is refused.
public struct Answer: Sendable, Hashable {
    /// 401, 403 or 503.
    public let status: Int
    /// Each header once, with its value: Content-Type and Cache-Control among them.
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
    var handedOver: Refusal {
        Refusal(
            code: code.rawValue, detail: detail, claim: claim, expected: expected, actual: actual,
            httpStatus: UInt16(clamping: httpStatus), wwwAuthenticate: wwwAuthenticate,
            retryAfter: retryAfter.map { UInt64(clamping: $0) })
    }
}
