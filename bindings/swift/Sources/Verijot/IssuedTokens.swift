internal import VerijotBindings

/// An access token, and perhaps a refresh token, from a token endpoint (RFC 6749 §5.1). Its
/// description shows neither.
public struct IssuedTokens: Sendable, CustomStringConvertible, CustomReflectable {
    /// The access token.
    public let accessToken: String
    /// The refresh token, or what else ``TokenKeeper/refresh(_:)`` needs to get new tokens; nil if
    /// the tokens cannot be refreshed.
    public let refreshToken: String?
    /// The access token's lifetime; nil if the token is used until it is refused.
    public let expiresIn: Duration?

    /// Makes tokens from those of a token endpoint.
    ///
    /// - Throws: `malformed_authorization` if the access token cannot be sent as a bearer token
    ///   (RFC 6750 §2.1).
    public init(
        accessToken: String, refreshToken: String? = nil, expiresIn: Duration? = nil
    ) throws(VerificationError) {
        _ = try Bearer.token(in: Self.authorization(accessToken))
        self.init(checked: accessToken, refreshToken, expiresIn)
    }

    private init(checked accessToken: String, _ refreshToken: String?, _ expiresIn: Duration?) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expiresIn = expiresIn
    }

    /// A description without the tokens.
    public var description: String {
        let refreshable = refreshToken == nil ? "without" : "with"
        let lifetime = expiresIn.map { "\($0)" } ?? "unknown"
        return "IssuedTokens(\(refreshable) a refresh token, lifetime: \(lifetime))"
    }

    /// A mirror without the tokens, for `dump` and debuggers.
    public var customMirror: Mirror { Mirror(self, children: ["expiresIn": expiresIn as Any]) }

    var authorization: String { Self.authorization(accessToken) }

    /// Keeps the old refresh token if the endpoint sent no new one (RFC 6749 §6).
    func orRefreshToken(of old: IssuedTokens) -> IssuedTokens {
        Self(checked: accessToken, refreshToken ?? old.refreshToken, expiresIn)
    }

    /// What the core needs to know about the tokens, without the tokens.
    func facts(age: Duration, isStored: Bool) -> TokenFacts {
        TokenFacts(
            expiresIn: expiresIn?.wholeNanoseconds, age: age.wholeNanoseconds,
            isRefreshable: refreshToken != nil, isStored: isStored)
    }

    private static func authorization(_ accessToken: String) -> String { "Bearer \(accessToken)" }
}
