internal import VerijotBindings

/// The state of a ``JwksClient``'s keys, for a health endpoint.
public struct KeyHealth: Sendable {
    /// How many keys tokens are verified with; zero if all are too old.
    public let usableKeys: Int
    /// How many keys of the set are not used.
    public let skippedKeys: Int
    /// How long ago the issuer confirmed the set.
    public let age: Duration?
    /// The SHA-256 of the set's octets, as 64 lower-case hexadecimal digits.
    public let sha256: String?
    /// Whether the set was seeded and no fetch has confirmed it since.
    public let isSeed: Bool
    /// Whether the set is within its lifetime.
    public let isFresh: Bool
    /// How many fetches in a row have failed.
    public let failures: Int
    /// Why the latest of them failed, human-readable.
    public let lastFailure: String?
    /// Whether a fetch is under way.
    public let isFetching: Bool
    /// Every `kid` that ``JwksClient/purge(_:)`` has withdrawn, sorted.
    public let purged: [String]
    /// How many fetches were started, by cause.
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

    /// That of static keys.
    init(_ keys: JwkSet) {
        usableKeys = keys.keys.count
        skippedKeys = keys.skipped.count
        age = nil
        sha256 = nil
        isSeed = false
        isFresh = true
        failures = 0
        lastFailure = nil
        isFetching = false
        purged = []
        fetches = KeyFetches(CacheFetches(due: 0, unknownKey: 0, refusedToken: 0, requested: 0))
    }
}

/// How many fetches a client has started, by cause.
public struct KeyFetches: Sendable {
    /// There were no keys, or they were due.
    public let due: UInt64
    /// A token had a `kid` that the cached set does not have.
    public let unknownKey: UInt64
    /// A token was refused that another set might accept, such as for a bad signature.
    public let refusedToken: UInt64
    /// ``JwksClient/refreshNow()`` was called.
    public let requested: UInt64

    init(_ fetches: CacheFetches) {
        due = fetches.due
        unknownKey = fetches.unknownKey
        refusedToken = fetches.refusedToken
        requested = fetches.requested
    }
}
