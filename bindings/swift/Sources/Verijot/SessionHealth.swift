internal import VerijotBindings

/// The state of a ``TokenSession``'s tokens.
public struct SessionHealth: Sendable {
    /// Whether there are tokens; if not, the user has to sign in.
    public let isSignedIn: Bool
    /// Whether the access token has not expired.
    public let isValid: Bool
    /// How long it is still valid, if known.
    public let expiresIn: Duration?
    /// How many refreshes in a row have failed.
    public let failures: Int
    /// Why the latest of them failed, human-readable.
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
