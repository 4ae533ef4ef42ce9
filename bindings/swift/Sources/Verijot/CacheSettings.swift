internal import VerijotBindings

/// How a ``JwksClient`` caches keys. The defaults are in parentheses; a value below the minimum
/// counts as the minimum.
public struct CacheSettings: Sendable {
    /// The lifetime of a set if the response does not state one (10 minutes).
    public var freshFor: Duration?
    /// The minimum lifetime that a response can set (1 minute; at least 1 second).
    public var shortestFresh: Duration?
    /// The maximum lifetime that a response can set (24 hours).
    public var longestFresh: Duration?
    /// How long after its lifetime a set is still used while it is fetched again in the background
    /// (10 minutes; at most the set's lifetime, ``staleFor`` and the response's
    /// `stale-while-revalidate`). After that, requests wait for the fetch, and use the old set only
    /// if the fetch fails.
    public var revalidateFor: Duration?
    /// How long after its lifetime a set is still used while the issuer cannot be reached (24
    /// hours; at most the response's `stale-if-error`). Zero if the response has `no-store`,
    /// `no-cache` or `must-revalidate`.
    public var staleFor: Duration?
    /// Uses a set for ``revalidateFor`` and ``staleFor`` even if the response forbids it, for an
    /// issuer whose framework sends such headers by default.
    public var staleDespiteHeaders = false
    /// The time in which unknown kids and bad signatures may cause two fetches, evenly spread
    /// (30 seconds; at least 2 seconds).
    public var unknownWindow: Duration?
    /// The wait after a failed fetch, doubled with each failure in a row (1 second; at least
    /// 100 milliseconds).
    public var shortestRest: Duration?
    /// The maximum of that wait (60 seconds; at least ``shortestRest``).
    public var longestRest: Duration?
    /// After how long a fetch counts as failed (5 seconds; at least 100 milliseconds).
    public var fetchTimeout: Duration?
    /// The maximum number of octets of a fetched set (262144).
    public var maxOctets: Int?
    /// The maximum number of keys of a fetched set, usable or not (100).
    public var maxKeys: Int?
    /// The only values that the `use` of a key may have, such as `jwt-svid` (missing or `sig`).
    public var purposes: [String]?
    /// The algorithms of keys that are published as an object of `kid` and certificate or public
    /// key in PEM, in place of a JWK Set. If the URL has `{kid}` in it, each key is fetched by
    /// itself.
    public var certificates: [Algorithm]?
    /// Whether a set without any key revokes all keys, as that of SPIFFE. Otherwise it counts as a
    /// failed fetch.
    public var emptySetRevokes = false

    /// Makes settings with all defaults.
    public init() {}

    var ffi: CacheNumbers {
        CacheNumbers(
            freshFor: freshFor?.wholeNanoseconds, shortestFresh: shortestFresh?.wholeNanoseconds,
            longestFresh: longestFresh?.wholeNanoseconds,
            revalidateFor: revalidateFor?.wholeNanoseconds, staleFor: staleFor?.wholeNanoseconds,
            unknownWindow: unknownWindow?.wholeNanoseconds,
            shortestRest: shortestRest?.wholeNanoseconds,
            longestRest: longestRest?.wholeNanoseconds,
            fetchTimeout: fetchTimeout?.wholeNanoseconds, staleDespiteHeaders: staleDespiteHeaders,
            emptySetRevokes: emptySetRevokes)
    }

    /// Sets what other limits say about sets and these settings do not.
    mutating func add(_ limits: JwkSetLimits) {
        maxOctets = maxOctets ?? limits.maxOctets.map { Int(clamping: $0) }
        maxKeys = maxKeys ?? limits.maxKeys.map { Int(clamping: $0) }
        purposes = purposes ?? limits.purposes
        certificates = certificates ?? limits.certificates?.map(Algorithm.init)
    }

    /// A negative maximum counts as zero.
    var limits: JwkSetLimits {
        JwkSetLimits(
            symmetricKeys: false, maxOctets: maxOctets.map { UInt64(clamping: $0) },
            maxKeys: maxKeys.map { UInt64(clamping: $0) }, purposes: purposes,
            certificates: certificates?.map(\.rawValue))
    }
}
