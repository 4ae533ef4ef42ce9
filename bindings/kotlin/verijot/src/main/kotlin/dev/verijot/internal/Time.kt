package dev.verijot.internal

import dev.verijot.ffi.Moment
import java.time.DateTimeException
import java.time.Duration
import java.time.Instant

internal fun Instant.moment() = Moment(epochSecond, nano.toUInt())

/** Converts a date; one outside of java.time's range becomes its first or last instant. */
internal fun Moment.instant(): Instant =
    try {
        Instant.ofEpochSecond(seconds, nanoseconds.toLong())
    } catch (_: DateTimeException) {
        if (seconds < 0) Instant.MIN else Instant.MAX
    }

/** Returns a non-negative duration in nanoseconds, at most 292 years. */
internal fun Duration.nanoseconds(): ULong =
    try {
        toNanos().toULong()
    } catch (_: ArithmeticException) {
        Long.MAX_VALUE.toULong()
    }

internal fun duration(nanoseconds: ULong): Duration =
    Duration.ofNanos(nanoseconds.coerceAtMost(Long.MAX_VALUE.toULong()).toLong())
