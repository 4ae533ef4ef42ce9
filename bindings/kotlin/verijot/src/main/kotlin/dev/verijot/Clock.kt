package dev.verijot

import dev.verijot.internal.BootClock
import java.time.Instant

/**
 * The clocks of a client. Keys age by the clock that shows more time passed, so that sleep and restored
 * snapshots count.
 */
public interface Clock {
    /** Returns the time of day, which claims are verified at. */
    public fun now(): Instant

    /**
     * Returns nanoseconds since any fixed point. It must never go back, and should count time asleep.
     */
    public fun monotonicNanos(): Long

    /**
     * The system's clocks. The monotonic one is `SystemClock.elapsedRealtimeNanos` on Android, which
     * counts time asleep, and [java.lang.System.nanoTime] elsewhere.
     */
    public companion object System : Clock {
        private val start = BootClock.nanos()

        override fun now(): Instant = Instant.now()

        override fun monotonicNanos(): Long = BootClock.nanos() - start
    }
}
