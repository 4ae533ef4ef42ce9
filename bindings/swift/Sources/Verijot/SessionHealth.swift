internal import VerijotBindings

/// How the tokens of a ``TokenSession`` are doing.
public struct SessionHealth: Sendable {
    /// Whether there are tokens; otherwise somebody has to sign in.
    public let isSignedIn: Bool
    /// Whether the access token has not expired.
    public let isValid: Bool
    /// For how long it is valid, if that is known.
    public let expiresIn: Duration?
    /// Refreshes that failed since the last one that succeeded.
    public let failures: Int
    /// The last of them: what failed, and perhaps a colon and more about it.
    public let lastFailure: String?
    /// Whether a refresh is under way.
    public let isRefreshing: Bool

    init(_ health: VerijotBindings.SessionHealth) {
        isSignedIn = health.isSignedIn
        isValid = health.isValid
        expiresIn = health.expiresIn.map(Duration.init(wholeNanoseconds:))
        failures = Int(clamping: health.failures)
        lastFailure = health.lastFailure
        isRefreshing = health.isRefreshing
    }
}
