package dev.verijot.internal

import dev.verijot.Clock
import dev.verijot.ffi.Clocks
import java.time.Instant

/** The caller's clocks. The monotonic one counts from the start of the client, because its fixed point may be later. */
internal class ClientClock(
    private val clock: Clock,
) {
    private val start = clock.monotonicNanos()

    @Volatile
    private var latest: Clocks = clocks()

    fun now(): Instant = clock.now()

    fun monotonic(): Long = maxOf(0, clock.monotonicNanos() - start)

    fun clocks(): Clocks = Clocks(monotonic().toULong(), now().moment()).also { latest = it }

    /** The same, or the latest reading if the clock fails: the end of a fetch or a refresh is reported in any case. */
    fun clocksAtEnd(): Clocks =
        try {
            clocks()
        } catch (_: Exception) {
            latest
        }
}
