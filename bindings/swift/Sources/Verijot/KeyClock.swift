import Foundation

/// What a client goes by. One of your own makes every behaviour repeatable.
public protocol KeyClock: Sendable {
    /// The time that claims are judged at.
    var now: Moment { get }
    /// Time since any fixed point, which never goes back. Keys age by it, so it should go on while
    /// the device sleeps: a key that was withdrawn meanwhile would otherwise live that much longer.
    var sinceStart: Duration { get }
}

/// The system's clocks.
public struct SystemClock: KeyClock {
    private let start = ContinuousClock.now

    /// Counts from now on.
    public init() {}

    /// The time of day.
    public var now: Moment { .now }

    /// By `ContinuousClock`, which goes on while the device sleeps.
    public var sinceStart: Duration { start.duration(to: .now) }
}
