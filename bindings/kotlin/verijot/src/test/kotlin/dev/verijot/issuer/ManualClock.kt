package dev.verijot.issuer

import dev.verijot.Clock
import java.time.Duration
import java.time.Instant
import java.util.concurrent.atomic.AtomicLong

/** A clock that goes on when it is told to. */
class ManualClock : Clock {
    private val start = Instant.now()
    private val elapsed = AtomicLong()

    override fun now(): Instant = start.plusNanos(elapsed.get())

    override fun monotonicNanos(): Long = elapsed.get()

    fun advance(span: Duration) {
        elapsed.addAndGet(span.toNanos())
    }
}
