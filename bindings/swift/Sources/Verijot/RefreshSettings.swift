internal import VerijotBindings

/// When a ``TokenSession`` refreshes its tokens. What is smaller than a floor counts as the floor.
public struct RefreshSettings: Sendable {
    /// How long before its end an access token is refreshed, but not before four fifths of its life
    /// have gone by (60 seconds).
    public var skew: Duration?
    /// How long a token that came from a refresh is not refreshed again because of a 401
    /// (30 seconds).
    public var unauthorizedRest: Duration?
    /// The rest after a first failed refresh, doubled with each one that follows, and the least
    /// between two refreshes that succeed (1 second; at least 100 milliseconds).
    public var shortestRest: Duration?
    /// The longest such rest (60 seconds; at least ``shortestRest``).
    public var longestRest: Duration?
    /// After how long a refresh counts as failed (30 seconds; at least 100 milliseconds). This should
    /// be more than the request itself may take.
    public var refreshTimeout: Duration?

    /// The core's numbers, which are those in parentheses.
    public init() {}

    var handedOver: RefreshNumbers {
        RefreshNumbers(
            skew: skew?.wholeNanoseconds, unauthorizedRest: unauthorizedRest?.wholeNanoseconds,
            shortestRest: shortestRest?.wholeNanoseconds,
            longestRest: longestRest?.wholeNanoseconds,
            refreshTimeout: refreshTimeout?.wholeNanoseconds)
    }
}
