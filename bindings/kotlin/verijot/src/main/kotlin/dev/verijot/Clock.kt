package dev.verijot

import java.time.Instant

/** What a client goes by. */
public interface Clock {
    /** The time that claims are judged at. */
    public fun now(): Instant

    /** Nanoseconds since any fixed point, which never go back; what the age of keys is counted in. */
    public fun monotonicNanos(): Long

    /** The machine's clocks. */
    public companion object System : Clock {
        private val start = java.lang.System.nanoTime()

        override fun now(): Instant = Instant.now()

        override fun monotonicNanos(): Long = java.lang.System.nanoTime() - start
    }
}
