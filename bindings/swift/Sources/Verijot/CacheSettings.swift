internal import VerijotBindings

/// The times that a ``JwksClient`` keeps its keys by.
public struct CacheSettings: Sendable {
    /// How long keys are fresh where the response says nothing.
    public var freshFor = Duration.seconds(600)
    /// The least that a response can say.
    public var shortestFresh = Duration.seconds(60)
    /// The most that a response can say.
    public var longestFresh = Duration.seconds(86_400)
    /// How long keys are still used once they are no longer fresh, while the issuer is down.
    public var staleFor = Duration.seconds(86_400)
    /// In which span tokens with unknown kids may cause two fetches.
    public var unknownWindow = Duration.seconds(30)
    /// The rest after a first failed fetch, doubled with each further one. At least a millisecond.
    public var shortestRest = Duration.seconds(1)
    /// The longest such rest. At least a millisecond.
    public var longestRest = Duration.seconds(60)
    /// After how long a fetch counts as failed.
    public var fetchTimeout = Duration.seconds(5)

    /// The usual times.
    public init() {}

    /// Without any rest, those who wait for keys would have the issuer asked without end.
    var handedOver: CacheNumbers {
        CacheNumbers(
            freshFor: freshFor.wholeNanoseconds, shortestFresh: shortestFresh.wholeNanoseconds,
            longestFresh: longestFresh.wholeNanoseconds, staleFor: staleFor.wholeNanoseconds,
            unknownWindow: unknownWindow.wholeNanoseconds,
            shortestRest: max(shortestRest, .milliseconds(1)).wholeNanoseconds,
            longestRest: max(longestRest, .milliseconds(1)).wholeNanoseconds,
            fetchTimeout: fetchTimeout.wholeNanoseconds)
    }
}
