/// Verifies Security Event Tokens (RFC 8417), such as those of the Shared Signals Framework.
/// Make it once and share it: it is immutable.
///
/// ```swift
/// let seen = ReplayWindow(capacity: 10_000)
/// let events = try SecurityEventVerifier(issuer: "https://issuer.example", audience: "https://receiver.example")
/// let token = try events.verify(raw, keys: keys, window: seen)
/// ```
public struct SecurityEventVerifier: Sendable {
    private let profile: Profile

    /// Makes a verifier for the tokens that an issuer makes for one receiver.
    ///
    /// - Parameters:
    ///   - issuer: What `iss` must be.
    ///   - audience: The receiver, which must be in `aud`.
    ///   - sharedSignals: Requires what the Shared Signals Framework requires.
    ///   - allowMissingType: Accepts tokens without `typ`, of older transmitters.
    ///   - rememberFor: How long a token without `exp` is remembered.
    ///   - configure: Sets what else tokens must satisfy, such as `algorithms`. What the kind of
    ///     token decides cannot be set.
    ///   - tokenCache: The maximum number of cached accepted tokens.
    ///   - revoked: Checks whether the token has been revoked, after all other checks, and before
    ///     it is remembered.
    /// - Throws: `invalid_policy` if the settings make no sense.
    public init(
        issuer: String, audience: String,
        sharedSignals: Bool = false, allowMissingType: Bool = false,
        rememberFor: Duration? = nil,
        configure: (inout Policy) -> Void = { _ in },
        tokenCache: Int = 0, revoked: RevocationCheck? = nil
    ) throws(SetupError) {
        let names: [(String, String?)] = [
            ("issuer", JSONValue(issuer).text), ("audience", JSONValue(audience).text),
            ("shared_signals", sharedSignals ? "true" : nil),
            ("allow_missing_type", allowMissingType ? "true" : nil),
            ("remember_for", try rememberFor.seconds),
        ]
        profile = try Profile(
            Self.name, names: names.given, tokenCache: tokenCache, CallerChecks(revoked: revoked),
            configure: configure)
    }

    /// Reads a verifier from its document, the same JSON in every language, with
    /// `"profile": "security-event"`. The other parameters are those of the other initializer.
    ///
    /// - Throws: `invalid_policy` if the document is not valid.
    public init(
        json: String, tokenCache: Int = 0, revoked: RevocationCheck? = nil
    ) throws(SetupError) {
        profile = try Profile(
            Self.name, document: json, tokenCache: tokenCache, CallerChecks(revoked: revoked))
    }

    /// Verifies an event, and refuses one that the window knows with `replayed`.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails.
    public func verify(
        _ token: some EncodedToken, keys: JwkSet, window: ReplayWindow, now: Moment = .now
    ) throws -> SecurityEvent {
        SecurityEvent(
            try profile.verify(token, keys: keys, nothingExpected, now: now, window: window))
    }

    /// Verifies an event with the keys of a client, whose own verifier is
    /// not used, but whose ``JwksClient/Options/revoked`` is.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails.
    public func verify(
        _ token: some EncodedToken, client: JwksClient, window: ReplayWindow, now: Moment? = nil
    ) async throws -> SecurityEvent {
        SecurityEvent(
            try await profile.verify(
                token, client: client, nothingExpected, now: now, window: window))
    }

    /// Verifies an event, and refuses one that a store of yours knows with `replayed`.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails; `replay_unavailable` (503) if
    ///   the store does not answer.
    public func verify(
        _ token: some EncodedToken, keys: JwkSet, store: some ReplayStore, now: Moment = .now
    ) async throws -> SecurityEvent {
        SecurityEvent(
            try await profile.verify(token, keys: keys, nothingExpected, now: now, store: store))
    }

    /// Verifies an event with the keys of a client, and asks a store of yours.
    ///
    /// - Throws: like ``verify(_:keys:store:now:)``.
    public func verify(
        _ token: some EncodedToken, client: JwksClient, store: some ReplayStore,
        now: Moment? = nil
    ) async throws -> SecurityEvent {
        SecurityEvent(
            try await profile.verify(
                token, client: client, nothingExpected, now: now, store: store))
    }

    /// Verifies an event that may have been presented before.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails.
    public func verifyWithoutReplayCheck(
        _ token: some EncodedToken, keys: JwkSet, now: Moment = .now
    ) throws -> SecurityEvent {
        SecurityEvent(try profile.verify(token, keys: keys, nothingExpected, now: now))
    }

    /// Verifies an event and returns the outcome of every check but that of a window. Safe to log.
    public func explain(
        _ token: some EncodedToken, keys: JwkSet, now: Moment = .now
    ) throws(SetupError) -> Explanation {
        try profile.explain(token, keys: keys, nothingExpected, now: now)
    }

    private static let name = "security-event"
}

/// A verified Security Event Token. Its description shows nothing of it.
public struct SecurityEvent: Sendable, CustomStringConvertible, CustomReflectable {
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
    /// `jti`
    public var id: String { checked.text("jti") ?? "" }
    /// `txn`: what other tokens and logs call the same transaction.
    public var transaction: String? { checked.text("txn") }
    /// The URIs of the events.
    public var events: [String] { checked.member("events")?.members?.map(\.name) ?? [] }

    /// Returns what the token says about an event: one JSON object.
    public func event(_ uri: String) -> String? {
        checked.member("events")?.members?.first { $0.name.isExactly(uri) }?.value.text
    }

    /// Only the type.
    public var description: String { "SecurityEvent" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
