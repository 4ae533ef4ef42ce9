import Foundation

/// What a client goes by. One of your own makes every behaviour repeatable.
///
/// Keys age by the larger of what both say has passed, so that sleep and restored snapshots count.
public protocol KeyClock: Sendable {
    /// The time of day; claims are judged at it.
    var now: Moment { get }
    /// Time since any fixed point, which never goes back, and goes on while the device sleeps where
    /// it can.
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
