import Foundation
internal import VerijotBindings

/// A set of keys for another process or a later one, or from a deployed file.
public struct KeySnapshot: Sendable, Codable, CustomStringConvertible {
    /// The set as the issuer gave it.
    public let jwks: String
    /// Its SHA-256, as 64 hexadecimal digits; a set that does not match is refused. Nil skips the
    /// check.
    public let sha256: String?
    /// When the issuer gave or confirmed it, in seconds since 1970.
    public let fetchedAt: Int64

    /// Makes a snapshot.
    public init(jwks: String, fetchedAt: Int64, sha256: String? = nil) {
        self.jwks = jwks
        self.sha256 = sha256
        self.fetchedAt = fetchedAt
    }

    init(_ snapshot: SetSnapshot, now: Moment) {
        let age = Int64(clamping: snapshot.age / 1_000_000_000)
        let (fetchedAt, isTooEarly) = now.seconds.subtractingReportingOverflow(age)
        self.init(
            jwks: snapshot.jwks, fetchedAt: isTooEarly ? .min : fetchedAt, sha256: snapshot.sha256)
    }

    /// The age in nanoseconds; zero for a set from the future, if another machine's clock is ahead.
    func age(now: Moment) -> UInt64 {
        let (age, isTooLong) = now.seconds.subtractingReportingOverflow(fetchedAt)
        guard !isTooLong else { return now.seconds < 0 ? 0 : .max }
        return Duration.seconds(max(age, 0)).wholeNanoseconds
    }

    /// The hash.
    public var description: String { "KeySnapshot(\(sha256 ?? "no hash"))" }

    private enum CodingKeys: String, CodingKey {
        case jwks
        case sha256
        case fetchedAt = "fetched_at"
    }
}
