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
    /// Whether the set is as young as it should be.
    public let isFresh: Bool
    /// Fetches that failed since the last one that succeeded.
    public let failures: Int
    /// The last of them: what failed, a colon, and more about it for people.
    public let lastFailure: String?
    /// Whether a fetch is under way.
    public let isFetching: Bool

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
    }
}
