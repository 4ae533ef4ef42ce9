import Foundation
internal import VerijotBindings

/// The clocks of a client. Use your own to make tests repeatable.
///
/// Keys age by the clock that shows more time passed, so that sleep and restored snapshots count.
public protocol KeyClock: Sendable {
    /// The time of day, which claims are verified at.
    var now: Moment { get }
    /// The time since any fixed point. It must never go back, and should count time asleep.
    var sinceStart: Duration { get }
}

/// The caller's clocks; the monotonic one counts from the start of the client, because its fixed point may
/// be later.
struct ClientClock: Sendable {
    private let clock: any KeyClock
    private let start: Duration

    init(_ clock: any KeyClock) {
        self.clock = clock
        start = clock.sinceStart
    }

    var clocks: Clocks {
        Clocks(monotonic: (clock.sinceStart - start).wholeNanoseconds, wall: clock.now.ffi)
    }
}

/// The system's clocks.
public struct SystemClock: KeyClock {
    private let start = ContinuousClock.now

    /// Makes a clock that counts from now.
    public init() {}

    /// The time of day.
    public var now: Moment { .now }

    /// The time by `ContinuousClock`, which counts time asleep.
    public var sinceStart: Duration { start.duration(to: .now) }
}
