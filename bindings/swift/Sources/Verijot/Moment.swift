import Foundation

/// A point in time, exact to the nanosecond.
///
/// Verification uses these. A `Date` is a floating-point number, which today is exact to some
/// hundred nanoseconds.
public struct Moment: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down; negative before that.
    public let seconds: Int64
    /// Nanoseconds after the whole second, below 1,000,000,000.
    public let nanoseconds: UInt32

    /// Makes a point in time. Nanoseconds beyond a second count as its last one.
    public init(seconds: Int64, nanoseconds: UInt32 = 0) {
        self.seconds = seconds
        self.nanoseconds = min(nanoseconds, 999_999_999)
    }

    /// Makes the last nanosecond that is not after the date. NaN counts as the end of time, when
    /// everything has expired.
    public init(_ date: Date) {
        let sinceReference = date.timeIntervalSinceReferenceDate
        let whole = sinceReference.rounded(.down)
        guard let seconds = Int64(exactly: whole) else {
            self = sinceReference < 0 ? .distantPast : .distantFuture
            return
        }
        let (since1970, isTooLarge) = seconds.addingReportingOverflow(Self.referenceDate)
        guard !isTooLarge else {
            self = .distantFuture
            return
        }
        let nanoseconds = UInt32(((sinceReference - whole) * Self.perSecond).rounded(.down))
        self.init(seconds: since1970, nanoseconds: nanoseconds)
    }

    /// The time by the system's clock.
    public static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Moment(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
    }

    /// The last date that is not after this, for expiry.
    public var dateNotAfter: Date {
        var interval = nearestInterval
        while Self.isAfter(self, interval) { interval = interval.nextDown }
        return Date(timeIntervalSinceReferenceDate: interval)
    }

    /// The first date that is not before this, for a start.
    public var dateNotBefore: Date {
        let last = dateNotAfter
        guard Moment(last) != self else { return last }
        return Date(timeIntervalSinceReferenceDate: last.timeIntervalSinceReferenceDate.nextUp)
    }

    /// Whether one is before the other.
    public static func < (one: Moment, other: Moment) -> Bool {
        (one.seconds, one.nanoseconds) < (other.seconds, other.nanoseconds)
    }

    private var nearestInterval: Double {
        Double(seconds) - Double(Self.referenceDate) + Double(nanoseconds) / Self.perSecond
    }

    private static func isAfter(_ moment: Moment, _ interval: Double) -> Bool {
        let whole = interval.rounded(.down)
        guard let seconds = Int64(exactly: whole) else { return interval > 0 }
        let (since1970, isTooLarge) = seconds.addingReportingOverflow(referenceDate)
        guard !isTooLarge, since1970 == moment.seconds else {
            return isTooLarge || since1970 > moment.seconds
        }
        return (interval - whole) * perSecond > Double(moment.nanoseconds)
    }

    static let distantPast = Moment(seconds: .min)
    static let distantFuture = Moment(seconds: .max, nanoseconds: 999_999_999)

    /// 2001-01-01T00:00:00Z, which `Date` counts from.
    private static let referenceDate: Int64 = 978_307_200
    private static let perSecond = 1_000_000_000.0
}
