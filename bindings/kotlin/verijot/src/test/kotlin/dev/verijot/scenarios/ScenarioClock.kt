package dev.verijot.scenarios

import dev.verijot.Clock
import java.time.Instant

/** The clocks of one scenario, which only its steps move. */
class ScenarioClock : Clock {
    private class Reading(
        val wall: Long,
        val asleep: Long,
    )

    @Volatile
    private var reading = Reading(0, 0)

    override fun now(): Instant = START.plusNanos(reading.wall)

    /** Never zero, like the monotonic clock of a running process. */
    override fun monotonicNanos(): Long = reading.run { 1000 * SECOND + wall - asleep }

    fun set(seconds: Double) {
        val wall = (seconds * SECOND).toLong()
        if (wall < reading.wall) fail("the clock cannot go back to $seconds")
        reading = Reading(wall, reading.asleep)
    }

    fun sleep(seconds: Double) {
        val span = (seconds * SECOND).toLong()
        reading = reading.run { Reading(wall + span, asleep + span) }
    }

    private companion object {
        const val SECOND = 1_000_000_000L
        val START: Instant = Instant.ofEpochSecond(1_800_000_000)
    }
}
