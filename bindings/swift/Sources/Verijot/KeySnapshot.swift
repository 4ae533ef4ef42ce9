import Foundation
internal import VerijotBindings

/// A set of keys on its way to another process or a later one, or from a file that was deployed
/// along.
public struct KeySnapshot: Sendable, Codable, CustomStringConvertible {
    /// The set as the issuer gave it.
    public let jwks: String
    /// Its SHA-256, 64 hexadecimal digits; where it is known, a set that is another is refused.
    public let sha256: String?
    /// When the issuer gave or confirmed it, in seconds since 1970.
    public let fetchedAt: Int64

    /// A set from elsewhere.
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

    /// In nanoseconds; none for a set from the future, which another machine's clock has made.
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
