/// Verifies logout tokens of OpenID Connect: an issuer's notice to a client that a user was logged out.
/// Make it once and share it: it is immutable.
///
/// ```swift
/// let seen = ReplayWindow(capacity: 10_000)
/// let logoutTokens = try LogoutTokenVerifier(issuer: "https://issuer.example", clientID: "client-id")
/// let token = try logoutTokens.verify(raw, keys: keys, window: seen)
/// ```
public struct LogoutTokenVerifier: Sendable {
    private let profile: Profile

    /// Makes a verifier for the tokens that an issuer makes for one receiver.
    ///
    /// - Parameters:
    ///   - issuer: What `iss` must be.
    ///   - clientID: The receiver, which must be in `aud`.
    ///   - trustedAudiences: Further audiences that a token may have.
    ///   - strictType: Accepts only tokens whose `typ` is `logout+jwt`.
    ///   - allowMissingExpiry: Accepts tokens without `exp`, of older issuers.
    ///   - configure: Sets what else tokens must satisfy, such as `algorithms`. What the kind of
    ///     token decides cannot be set.
    ///   - tokenCache: The maximum number of cached accepted tokens.
    ///   - revoked: Checks whether the token has been revoked, after all other checks, and before
    ///     it is remembered.
    /// - Throws: `invalid_policy` if the settings make no sense.
    public init(
        issuer: String, clientID: String,
        trustedAudiences: [String]? = nil, strictType: Bool = false,
        allowMissingExpiry: Bool = false,
        configure: (inout Policy) -> Void = { _ in },
        tokenCache: Int = 0, revoked: RevocationCheck? = nil
    ) throws(SetupError) {
        let names: [(String, String?)] = [
            ("issuer", JSONValue(issuer).text), ("client_id", JSONValue(clientID).text),
            ("trusted_audiences", jsonTexts(trustedAudiences)),
            ("strict_type", strictType ? "true" : nil),
            ("allow_missing_expiry", allowMissingExpiry ? "true" : nil),
        ]
        profile = try Profile(
            Self.name, names: names.given, tokenCache: tokenCache, CallerChecks(revoked: revoked),
            configure: configure)
    }

    /// Reads a verifier from its document, the same JSON in every language, with
    /// `"profile": "logout-token"`. The other parameters are those of the other initializer.
    ///
    /// - Throws: `invalid_policy` if the document is not valid.
    public init(
        json: String, tokenCache: Int = 0, revoked: RevocationCheck? = nil
    ) throws(SetupError) {
        profile = try Profile(
            Self.name, document: json, tokenCache: tokenCache, CallerChecks(revoked: revoked))
    }

    /// Verifies a logout token, and refuses one that the window knows with `replayed`.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails.
    public func verify(
        _ token: some EncodedToken, keys: JwkSet, window: ReplayWindow, now: Moment = .now
    ) throws -> LogoutToken {
        LogoutToken(
            try profile.verify(token, keys: keys, nothingExpected, now: now, window: window))
    }

    /// Verifies a logout token with the keys of a client, whose own verifier is
    /// not used, but whose ``JwksClient/Options/revoked`` is.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails.
    public func verify(
        _ token: some EncodedToken, client: JwksClient, window: ReplayWindow, now: Moment? = nil
    ) async throws -> LogoutToken {
        LogoutToken(
            try await profile.verify(
                token, client: client, nothingExpected, now: now, window: window))
    }

    /// Verifies a logout token, and refuses one that a store of yours knows with `replayed`.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails; `replay_unavailable` (503) if
    ///   the store does not answer.
    public func verify(
        _ token: some EncodedToken, keys: JwkSet, store: some ReplayStore, now: Moment = .now
    ) async throws -> LogoutToken {
        LogoutToken(
            try await profile.verify(token, keys: keys, nothingExpected, now: now, store: store))
    }

    /// Verifies a logout token with the keys of a client, and asks a store of yours.
    ///
    /// - Throws: like ``verify(_:keys:store:now:)``.
    public func verify(
        _ token: some EncodedToken, client: JwksClient, store: some ReplayStore,
        now: Moment? = nil
    ) async throws -> LogoutToken {
        LogoutToken(
            try await profile.verify(
                token, client: client, nothingExpected, now: now, store: store))
    }

    /// Verifies a logout token that may have been presented before.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails.
    public func verifyWithoutReplayCheck(
        _ token: some EncodedToken, keys: JwkSet, now: Moment = .now
    ) throws -> LogoutToken {
        LogoutToken(try profile.verify(token, keys: keys, nothingExpected, now: now))
    }

    /// Verifies a logout token and returns the outcome of every check but that of a window. Safe to log.
    public func explain(
        _ token: some EncodedToken, keys: JwkSet, now: Moment = .now
    ) throws(SetupError) -> Explanation {
        try profile.explain(token, keys: keys, nothingExpected, now: now)
    }

    private static let name = "logout-token"
}

/// A verified logout token. Its description shows nothing of it.
public struct LogoutToken: Sendable, CustomStringConvertible, CustomReflectable {
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
    /// `sid`: the session that has ended. Without one, all sessions of ``subject``.
    public var session: String? { checked.text("sid") }
    /// `sub`
    public var subject: String? { checked.text("sub") }

    /// Only the type.
    public var description: String { "LogoutToken" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
