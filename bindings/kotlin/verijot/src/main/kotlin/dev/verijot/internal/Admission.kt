package dev.verijot.internal

import dev.verijot.ffi.Refusal
import dev.verijot.ffi.ReplayFacts
import java.time.Instant

/** Remembers a token that may be presented once, or returns why it is refused. */
internal fun interface Admission {
    fun refusal(
        replay: ReplayFacts,
        now: Instant,
    ): Refusal?
}
