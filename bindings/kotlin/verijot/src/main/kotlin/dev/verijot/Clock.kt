package dev.verijot

import dev.verijot.internal.BootClock
import java.time.Instant

/**
 * What a client goes by. Keys age by the larger of what both clocks say has passed, so that sleep and
 * restored snapshots count.
 */
public interface Clock {
    /** The time of day; claims are judged at it. */
    public fun now(): Instant

    /**
     * Nanoseconds since any fixed point, which never go back. Prefer a clock that counts through
     * sleep.
     */
    public fun monotonicNanos(): Long

    /**
     * The machine's clocks. The monotonic one is Android's `SystemClock.elapsedRealtimeNanos`, which
     * counts through sleep, and elsewhere [java.lang.System.nanoTime].
     */
    public companion object System : Clock {
        private val start = BootClock.nanos()

        override fun now(): Instant = Instant.now()

        override fun monotonicNanos(): Long = BootClock.nanos() - start
    }
}
