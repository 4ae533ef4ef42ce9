package dev.verijot

import dev.verijot.internal.Admission
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.moment

/**
 * Remembers tokens that may be presented once, such as logout tokens, for as long as they would be accepted
 * again. It knows one process; threads can share it. When it is full, tokens are refused with
 * `replay_unavailable` (503).
 *
 * @param capacity the maximum number of tokens at a time.
 * @throws IllegalArgumentException if it is negative.
 */
public class ReplayWindow(
    capacity: Int,
) {
    private val core: dev.verijot.ffi.ReplayWindow

    init {
        require(capacity >= 0) { "the maximum is negative" }
        NativeLibrary.isDirect
        core = dev.verijot.ffi.ReplayWindow(capacity.toUInt())
    }

    internal val admission: Admission get() = Admission { replay, now -> core.admit(replay, now.moment()) }
}
