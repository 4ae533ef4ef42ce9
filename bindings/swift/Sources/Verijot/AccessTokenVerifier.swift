/// Verifies access tokens of RFC 9068, whose `typ` is `at+jwt`: an ID token is none. Make it once and
/// share it: it is immutable.
///
/// ```swift
/// let policy = Policy(issuer: "https://issuer.example", audience: "https://api.example")
/// let token = try AccessTokenVerifier(policy).verify(raw, keys: keys)
/// ```
public struct AccessTokenVerifier: Sendable {
    /// The same as an ordinary verifier, for a ``JwksClient`` and a ``Guard``. It expects no
    /// step-up.
    public let verifier: Verifier
    private let profile: Profile

    /// Makes a verifier for a policy.
    ///
    /// - Parameters:
    ///   - policy: The rules that tokens must satisfy.
    ///   - clientIDs: The accepted values of `client_id`; nil accepts any.
    ///   - tokenCache: The maximum number of cached accepted tokens.
    ///   - revoked: Checks last whether the token has been revoked.
    ///   - knownTenants: Says whether a tenant is known, for each token that an issuer template
    ///     accepts, before `revoked`.
    /// - Throws: `invalid_policy` if the policy makes no sense, or sets what the kind of token
    ///   decides, such as `types`.
    public init(
        _ policy: Policy, clientIDs: [String]? = nil, tokenCache: Int = 0,
        revoked: RevocationCheck? = nil, knownTenants: TenantCheck? = nil
    ) throws(SetupError) {
        let names: [(String, String?)] = [
            ("profile", JSONValue(Self.name).text), ("client_ids", jsonTexts(clientIDs)),
        ]
        let document = jsonObject(names.given + (try policy.documentMembers()))
        try self.init(
            json: document, tokenCache: tokenCache, revoked: revoked, knownTenants: knownTenants)
    }

    /// Reads a verifier from its document, the same JSON in every language, with
    /// `"profile": "access-token"`. The other parameters are those of
    /// ``init(_:clientIDs:tokenCache:revoked:knownTenants:)``.
    ///
    /// - Throws: `invalid_policy` if the document is not valid.
    public init(
        json: String, tokenCache: Int = 0, revoked: RevocationCheck? = nil,
        knownTenants: TenantCheck? = nil
    ) throws(SetupError) {
        let caller = CallerChecks(knownTenants: knownTenants, revoked: revoked)
        profile = try Profile(Self.name, document: json, tokenCache: tokenCache, caller)
        verifier = try profile.verifier(nothingExpected)
    }

    /// Verifies an access token.
    ///
    /// - Throws: A ``VerificationError``, the first check that fails; a ``SetupError``,
    ///   `invalid_policy`, if the step-up makes no sense.
    public func verify(
        _ token: some EncodedToken, keys: JwkSet, stepUp: StepUp = StepUp(), now: Moment = .now
    ) throws -> AccessToken {
        AccessToken(try profile.verify(token, keys: keys, stepUp.document, now: now))
    }

    /// Verifies an access token with the keys of a client, whose own verifier is
    /// not used, but whose ``JwksClient/Options/revoked`` is.
    ///
    /// - Throws: like ``verify(_:keys:stepUp:now:)``.
    public func verify(
        _ token: some EncodedToken, client: JwksClient, stepUp: StepUp = StepUp(),
        now: Moment? = nil
    ) async throws -> AccessToken {
        AccessToken(
            try await profile.verify(token, client: client, stepUp.document, now: now))
    }

    /// Verifies an access token and returns the outcome of every check. Safe to log.
    ///
    /// - Throws: `invalid_policy` if the step-up makes no sense.
    public func explain(
        _ token: some EncodedToken, keys: JwkSet, stepUp: StepUp = StepUp(), now: Moment = .now
    ) throws(SetupError) -> Explanation {
        try profile.explain(token, keys: keys, stepUp.document, now: now)
    }

    private static let name = "access-token"
}

/// How recent and how strong the login behind an access token must be (RFC 9470).
public struct StepUp: Sendable {
    /// `acr` must be one of these; nil for any, and an empty array is invalid.
    public var acr: [String]?
    /// The user must have logged in at most this long ago.
    public var maxAuthenticationAge: Duration?
    private var written: String?

    /// Makes a step-up; without parameters it expects nothing.
    public init(acr: [String]? = nil, maxAuthenticationAge: Duration? = nil) {
        self.acr = acr
        self.maxAuthenticationAge = maxAuthenticationAge
    }

    /// Makes a step-up from its document, the same JSON in every language. It is read when a token
    /// is verified. It is complete: a property that is set beside it is `invalid_policy` then.
    public init(json: String) {
        written = json
    }

    var document: String {
        get throws(SetupError) {
            let members: [(String, String?)] = [
                ("acr", jsonTexts(acr)),
                ("max_authentication_age", try maxAuthenticationAge.seconds),
            ]
            guard let written else { return jsonObject(members.given) }
            guard members.given.isEmpty else { throw isComplete("step-up") }
            return written
        }
    }
}

/// A verified access token. Its description shows nothing of it.
public struct AccessToken: Sendable, CustomStringConvertible, CustomReflectable {
    private let checked: Checked

    init(_ checked: Checked) {
        self.checked = checked
    }

    /// The verified token, with all its claims.
    public var token: VerifiedToken { checked.token }
    /// The claims that were checked, each as it was signed: one JSON object.
    public var checkedJSON: String { checked.json }
    /// `sub`
    public var subject: String { checked.text("sub") ?? "" }
    /// `client_id`
    public var clientID: String { checked.text("client_id") ?? "" }
    /// `jti`
    public var id: String { checked.text("jti") ?? "" }
    /// `acr`
    public var authenticationContext: String? { checked.text("acr") }
    /// `amr`
    public var authenticationMethods: [String] { checked.texts("amr") }

    /// Only the type.
    public var description: String { "AccessToken" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
