import Foundation
import Verijot

/// The clocks of one scenario, which only its steps move.
final class ScenarioClock: KeyClock, Sendable {
    private struct Reading {
        var wall = Duration.zero
        var asleep = Duration.zero
    }

    private let reading = Shared(Reading())

    var now: Moment {
        let (seconds, attoseconds) = reading.value.wall.components
        return Moment(
            seconds: 1_800_000_000 + seconds, nanoseconds: UInt32(attoseconds / 1_000_000_000))
    }

    /// Never zero, like the monotonic clock of a running process.
    var sinceStart: Duration {
        let reading = reading.value
        return .seconds(1000) + reading.wall - reading.asleep
    }

    func set(_ wall: Duration) throws {
        var reading = reading.value
        guard wall >= reading.wall else { throw Mismatch("the clock cannot go back to \(wall)") }
        reading.wall = wall
        self.reading.value = reading
    }

    func sleep(_ duration: Duration) {
        var reading = reading.value
        reading.wall += duration
        reading.asleep += duration
        self.reading.value = reading
    }
}
