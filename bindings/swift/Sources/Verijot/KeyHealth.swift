internal import VerijotBindings

/// How the keys of a ``JwksClient`` are doing, for a health endpoint.
public struct KeyHealth: Sendable {
    /// Keys that tokens are verified with; none where all are too old.
    public let usableKeys: Int
    /// Keys of the set that are not used.
    public let skippedKeys: Int
    /// How long ago the issuer confirmed the set.
    public let age: Duration?
    /// The SHA-256 of the set's octets, 64 lower-case hexadecimal digits.
    public let sha256: String?
    /// Whether the set came from elsewhere and no fetch has confirmed it since.
    public let isSeed: Bool
    /// Whether the set is within its lifetime.
    public let isFresh: Bool
    /// Fetches that failed since the last one that succeeded.
    public let failures: Int
    /// The last of them: what failed, a colon, and more about it for people.
    public let lastFailure: String?
    /// Whether a fetch is under way.
    public let isFetching: Bool
    /// The kids that ``JwksClient/purge(_:)`` has withdrawn here, in order.
    public let purged: [String]
    /// The fetches that were started, by what caused them.
    public let fetches: KeyFetches

    init(_ health: CacheHealth) {
        usableKeys = Int(clamping: health.usableKeys)
        skippedKeys = Int(clamping: health.skippedKeys)
        age = health.age.map(Duration.init(wholeNanoseconds:))
        sha256 = health.sha256
        isSeed = health.isSeed
        isFresh = health.isFresh
        failures = Int(clamping: health.failures)
        lastFailure = health.lastFailure
        isFetching = health.isFetching
        purged = health.purged
        fetches = KeyFetches(health.fetches)
    }
}

/// How many fetches a client has started.
public struct KeyFetches: Sendable {
    /// Because there were no keys, or they were due.
    public let due: UInt64
    /// Because of a `kid` that the held set does not have.
    public let unknownKey: UInt64
    /// Because a token was refused that another set might accept, such as for a bad signature.
    public let refusedToken: UInt64
    /// Because of ``JwksClient/refreshNow()``.
    public let requested: UInt64

    init(_ fetches: CacheFetches) {
        due = fetches.due
        unknownKey = fetches.unknownKey
        refusedToken = fetches.refusedToken
        requested = fetches.requested
    }
}
