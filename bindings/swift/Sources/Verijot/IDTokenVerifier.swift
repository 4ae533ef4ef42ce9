/// Verifies ID tokens of OpenID Connect: what an issuer says to a client about the login of a user.
/// Make it once and share it: it is immutable.
///
/// ```swift
/// let idTokens = try IDTokenVerifier(issuer: "https://issuer.example", clientID: "client-id")
/// let user = try idTokens.verify(raw, keys: keys, login: .withNonce(nonce)).subject
/// ```
public struct IDTokenVerifier: Sendable {
    private let profile: Profile

    /// Makes a verifier for the ID tokens that an issuer makes for one client.
    ///
    /// - Parameters:
    ///   - issuer: What `iss` must be.
    ///   - clientID: The client, which is the only audience.
    ///   - trustedAudiences: Further audiences that a token may have.
    ///   - authorizedParties: Values of which `azp` must have one, if it is there; by default the
    ///     client.
    ///   - configure: Sets what else tokens must satisfy, such as `algorithms`. What the kind of
    ///     token decides cannot be set.
    ///   - tokenCache: The maximum number of cached accepted tokens.
    ///   - revoked: Checks whether the token has been revoked, after all other checks.
    /// - Throws: `invalid_policy` if the settings make no sense.
    public init(
        issuer: String, clientID: String, trustedAudiences: [String]? = nil,
        authorizedParties: AuthorizedParties = .client,
        configure: (inout Policy) -> Void = { _ in },
        tokenCache: Int = 0, revoked: RevocationCheck? = nil
    ) throws(SetupError) {
        let names: [(String, String?)] = [
            ("issuer", JSONValue(issuer).text), ("client_id", JSONValue(clientID).text),
            ("trusted_audiences", jsonTexts(trustedAudiences)),
            ("authorized_parties", authorizedParties.json),
        ]
        profile = try Profile(
            Self.name, names: names.given, tokenCache: tokenCache, CallerChecks(revoked: revoked),
            configure: configure)
    }

    /// Reads a verifier from its document, the same JSON in every language, with
    /// `"profile": "id-token"`. The other parameters are those of the other initializer.
    ///
    /// - Throws: `invalid_policy` if the document is not valid.
    public init(
        json: String, tokenCache: Int = 0, revoked: RevocationCheck? = nil
    ) throws(SetupError) {
        profile = try Profile(
            Self.name, document: json, tokenCache: tokenCache, CallerChecks(revoked: revoked))
    }

    /// Verifies the ID token of a login.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails; a ``SetupError``,
    ///   `invalid_policy`, if the login makes no sense, for example if the nonce is empty.
    public func verify(
        _ token: some EncodedToken, keys: JwkSet, login: Login, now: Moment = .now
    ) throws -> IDToken {
        IDToken(try profile.verify(token, keys: keys, login.document, now: now))
    }

    /// Verifies the ID token of a login with the keys of a client, whose own verifier is
    /// not used, but whose ``JwksClient/Options/revoked`` is.
    ///
    /// - Throws: like ``verify(_:keys:login:now:)``.
    public func verify(
        _ token: some EncodedToken, client: JwksClient, login: Login, now: Moment? = nil
    ) async throws -> IDToken {
        IDToken(try await profile.verify(token, client: client, login.document, now: now))
    }

    /// Verifies an ID token and returns the outcome of every check. Safe to log.
    ///
    /// - Throws: `invalid_policy` if the login makes no sense.
    public func explain(
        _ token: some EncodedToken, keys: JwkSet, login: Login, now: Moment = .now
    ) throws(SetupError) -> Explanation {
        try profile.explain(token, keys: keys, login.document, now: now)
    }

    private static let name = "id-token"
}

/// What `azp` of an ID token must be, if it is there.
public enum AuthorizedParties: Sendable {
    /// The client itself.
    case client
    /// One of these, such as an app whose tokens are for its server.
    case oneOf([String])
    /// Anything.
    case any

    fileprivate var json: String? {
        switch self {
        case .client: nil
        case .oneOf(let names): jsonTexts(names)
        case .any: "null"
        }
    }
}

/// An ID token that was verified for a login. Its description shows nothing of it.
public struct IDToken: Sendable, CustomStringConvertible, CustomReflectable {
    private let checked: Checked

    init(_ checked: Checked) {
        self.checked = checked
    }

    /// The verified token, with all its claims.
    public var token: VerifiedToken { checked.token }
    /// The claims that were checked, each as it was signed: one JSON object.
    public var checkedJSON: String { checked.json }
    /// `iss`
    public var issuer: String { checked.text("iss") ?? "" }
    /// `sub`: the user, unique for the issuer.
    public var subject: String { checked.text("sub") ?? "" }
    /// `sid`: the session at the issuer.
    public var session: String? { checked.text("sid") }
    /// `acr`
    public var authenticationContext: String? { checked.text("acr") }
    /// `amr`
    public var authenticationMethods: [String] { checked.texts("amr") }
    /// `azp`
    public var authorizedParty: String? { checked.text("azp") }

    /// Only the type.
    public var description: String { "IDToken" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
