package dev.verijot.internal

import dev.verijot.ffi.Moment
import java.time.DateTimeException
import java.time.Duration
import java.time.Instant

internal fun Instant.moment() = Moment(epochSecond, nano.toUInt())

/** Dates beyond what java.time has, a thousand million years from now, are its first or last one. */
internal fun Moment.instant(): Instant =
    try {
        Instant.ofEpochSecond(seconds, nanoseconds.toLong())
    } catch (_: DateTimeException) {
        if (seconds < 0) Instant.MIN else Instant.MAX
    }

/** Nanoseconds of a span that is not negative; more than 292 years are as many. */
internal fun Duration.nanoseconds(): ULong =
    try {
        toNanos().toULong()
    } catch (_: ArithmeticException) {
        Long.MAX_VALUE.toULong()
    }

internal fun duration(nanoseconds: ULong): Duration =
    Duration.ofNanos(nanoseconds.coerceAtMost(Long.MAX_VALUE.toULong()).toLong())
