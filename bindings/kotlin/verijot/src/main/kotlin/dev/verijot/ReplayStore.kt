package dev.verijot

import dev.verijot.ffi.RefusalCause
import dev.verijot.ffi.ReplayFacts
import dev.verijot.ffi.refusal
import dev.verijot.internal.Admission
import dev.verijot.internal.Answers
import dev.verijot.internal.instant
import java.time.Duration
import java.time.Instant

/**
 * Remembers tokens that may be presented once for several processes, such as in a database; a [ReplayWindow]
 * knows only one. It is asked last, about a token that has passed every other check, in a thread of its own. An
 * exception, or no answer within 2 seconds, refuses the token with `replay_unavailable` (503). So it is at once while
 * a thousand calls that were given up still run.
 */
public fun interface ReplayStore {
    /**
     * Inserts the key, and keeps it through [Replay.until]. Of several concurrent calls for the same key exactly
     * one returns true.
     *
     * @return true if the key was not there before; false if it was, which refuses the token with `replayed`.
     */
    @Throws(Exception::class)
    public fun admit(replay: Replay): Boolean
}

/** What a store remembers of a token, and for how long. */
public class Replay internal constructor(
    facts: ReplayFacts,
) {
    private val octets = facts.key

    /** 32 octets: the same for the same token, and for no other. A copy. */
    public val key: ByteArray get() = octets.copyOf()

    /** The last moment at which the token would be accepted; until then, and then too, it must be remembered. */
    public val until: Instant = facts.until.instant()

    override fun toString(): String = "Replay(until=$until)"
}

internal fun ReplayStore.admission(
    answers: Answers,
    timeout: Duration = defaultRevocationTimeout(),
) = Admission { facts, _ ->
    when (answers.within(timeout) { admit(Replay(facts)) }) {
        true -> null
        false -> refusal(RefusalCause.Replayed)
        null -> refusal(RefusalCause.ReplayUnavailable)
    }
}
