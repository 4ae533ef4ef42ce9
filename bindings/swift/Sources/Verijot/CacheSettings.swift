internal import VerijotBindings

/// The times that a ``JwksClient`` keeps its keys by. What is smaller than a floor counts as the
/// floor.
public struct CacheSettings: Sendable {
    /// The lifetime of a set where the response says nothing (10 minutes).
    public var freshFor: Duration?
    /// The least lifetime that a response can give (1 minute; at least 1 second).
    public var shortestFresh: Duration?
    /// The greatest lifetime that a response can give (24 hours).
    public var longestFresh: Duration?
    /// How long after its lifetime a set is still used while it is fetched again in the background
    /// (10 minutes; never more than the set's lifetime, ``staleFor`` and what the response says in
    /// `stale-while-revalidate`). After that, requests wait for the fetch, and use the old set only
    /// if the fetch fails.
    public var revalidateFor: Duration?
    /// How long after its lifetime a set is still used while the issuer cannot be reached (24 hours;
    /// never more than the response says in `stale-if-error`). Zero where the response says
    /// `no-store`, `no-cache` or `must-revalidate`.
    public var staleFor: Duration?
    /// Uses a set for ``revalidateFor`` and ``staleFor`` even where the response forbids it, for an
    /// issuer whose framework sends such headers without meaning them.
    public var staleDespiteHeaders = false
    /// The span in which unknown kids and bad signatures may cause two fetches, evenly spread
    /// (30 seconds; at least 2 seconds).
    public var unknownWindow: Duration?
    /// The rest after a first failed fetch, doubled with each one that follows (1 second; at least
    /// 100 milliseconds).
    public var shortestRest: Duration?
    /// The longest such rest (60 seconds; at least ``shortestRest``).
    public var longestRest: Duration?
    /// After how long a fetch counts as failed (5 seconds; at least 100 milliseconds).
    public var fetchTimeout: Duration?
    /// How many octets a fetched set may have (262144).
    public var maxOctets: Int?
    /// How many keys a fetched set may have, usable or not (100).
    public var maxKeys: Int?

    /// The core's numbers, which are those in parentheses.
    public init() {}

    var handedOver: CacheNumbers {
        CacheNumbers(
            freshFor: freshFor?.wholeNanoseconds, shortestFresh: shortestFresh?.wholeNanoseconds,
            longestFresh: longestFresh?.wholeNanoseconds,
            revalidateFor: revalidateFor?.wholeNanoseconds, staleFor: staleFor?.wholeNanoseconds,
            unknownWindow: unknownWindow?.wholeNanoseconds,
            shortestRest: shortestRest?.wholeNanoseconds,
            longestRest: longestRest?.wholeNanoseconds,
            fetchTimeout: fetchTimeout?.wholeNanoseconds, staleDespiteHeaders: staleDespiteHeaders)
    }

    /// A limit below zero lets nothing in.
    var limits: JwkSetLimits {
        JwkSetLimits(
            symmetricKeys: false, octets: maxOctets.map { UInt64(clamping: $0) },
            keys: maxKeys.map { UInt64(clamping: $0) })
    }
}
