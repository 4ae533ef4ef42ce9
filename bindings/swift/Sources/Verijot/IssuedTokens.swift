internal import VerijotBindings

/// An access token, and perhaps a refresh token, as a token endpoint gives them (RFC 6749 §5.1). Its
/// description shows neither.
public struct IssuedTokens: Sendable, CustomStringConvertible, CustomReflectable {
    /// The access token.
    public let accessToken: String
    /// The refresh token, or whatever else ``TokenKeeper/refresh(_:)`` needs to get new tokens; nil if
    /// there will be none.
    public let refreshToken: String?
    /// The access token's whole life; without it the token is used until it is refused.
    public let expiresIn: Duration?

    /// Tokens of a token endpoint.
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

    /// What they are, without the tokens themselves.
    public var description: String {
        let refreshable = refreshToken == nil ? "without" : "with"
        let life = expiresIn.map { "\($0)" } ?? "unknown"
        return "IssuedTokens(\(refreshable) a refresh token, life: \(life))"
    }

    /// Without the tokens, for `dump` and debuggers.
    public var customMirror: Mirror { Mirror(self, children: ["expiresIn": expiresIn as Any]) }

    var authorization: String { Self.authorization(accessToken) }

    /// An answer without a refresh token leaves the old one in use (RFC 6749 §6).
    func orRefreshToken(of old: IssuedTokens) -> IssuedTokens {
        Self(checked: accessToken, refreshToken ?? old.refreshToken, expiresIn)
    }

    /// All that is to be known of them but the tokens themselves.
    func facts(age: Duration) -> TokenFacts {
        TokenFacts(
            expiresIn: expiresIn?.wholeNanoseconds, age: age.wholeNanoseconds,
            isRefreshable: refreshToken != nil)
    }

    private static func authorization(_ accessToken: String) -> String { "Bearer \(accessToken)" }
}
