internal import VerijotBindings

/// When a ``TokenSession`` refreshes its tokens. The defaults are in parentheses; a value below the
/// minimum counts as the minimum.
public struct RefreshSettings: Sendable {
    /// How long before it expires an access token is refreshed, but not before four fifths of its
    /// lifetime have passed (60 seconds).
    public var skew: Duration?
    /// How long a refreshed token is not refreshed again because of a 401 (30 seconds).
    public var unauthorizedRest: Duration?
    /// The wait after a failed refresh, doubled with each failure in a row, and the minimum time
    /// between two successful refreshes (1 second; at least 100 milliseconds).
    public var shortestRest: Duration?
    /// The maximum of that wait (60 seconds; at least ``shortestRest``).
    public var longestRest: Duration?
    /// After how long a refresh counts as failed (30 seconds; at least 100 milliseconds). It should
    /// be longer than the timeout of the request itself.
    public var refreshTimeout: Duration?

    /// Makes settings with all defaults.
    public init() {}

    var ffi: RefreshNumbers {
        RefreshNumbers(
            skew: skew?.wholeNanoseconds, unauthorizedRest: unauthorizedRest?.wholeNanoseconds,
            shortestRest: shortestRest?.wholeNanoseconds,
            longestRest: longestRest?.wholeNanoseconds,
            refreshTimeout: refreshTimeout?.wholeNanoseconds)
    }
}
