extension Duration {
    /// Whole nanoseconds, rounded down; zero if negative, at most 584 years.
    var wholeNanoseconds: UInt64 {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        let (whole, isTooLong) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isOver) = whole.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000)
        return isTooLong || isOver ? .max : sum
    }

    /// At most a year: a longer sleep of Swift's can end at once.
    var toSleep: Duration { min(self, .seconds(365 * 86_400)) }

    /// Makes a duration from any number of nanoseconds.
    init(wholeNanoseconds: UInt64) {
        let (seconds, rest) = wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        self = .seconds(Int64(seconds)) + .nanoseconds(Int64(rest))
    }
}
