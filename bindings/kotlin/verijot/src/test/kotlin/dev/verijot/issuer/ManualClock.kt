package dev.verijot.issuer

import dev.verijot.Clock
import java.time.Duration
import java.time.Instant
import java.util.concurrent.atomic.AtomicLong

/** A clock that moves only when a test advances it. */
class ManualClock : Clock {
    private val start = Instant.now()
    private val elapsed = AtomicLong()

    override fun now(): Instant = start.plusNanos(elapsed.get())

    override fun monotonicNanos(): Long = elapsed.get()

    fun advance(duration: Duration) {
        elapsed.addAndGet(duration.toNanos())
    }
}
