package dev.verijot

import dev.verijot.ffi.RefusalCause
import dev.verijot.ffi.refusal
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.duration
import java.time.Duration

/** Whether a token has been revoked. */
public enum class Revocation {
    /** It has not been revoked. */
    CLEAR,

    /** It has been revoked: the token is refused with `revoked` (401). */
    REVOKED,

    /** Unknown: the token is refused with `revocation_unavailable` (503). */
    UNAVAILABLE,
}

/**
 * Checks whether a token has been revoked. It runs last, only for tokens that passed all other checks, in
 * a thread of its own. An exception, or no answer in time, counts as [Revocation.UNAVAILABLE]. While a thousand calls
 * that were given up still run, nobody is asked.
 */
public fun interface RevocationCheck {
    /** Returns whether the token has been revoked. */
    @Throws(Exception::class)
    public fun check(token: VerifiedToken): Revocation?
}

/** Keeps this verdict if the token is clear, and refuses it otherwise. Null counts as unavailable. */
internal fun Verdict.unlessRevoked(revocation: Revocation?): Verdict =
    when (revocation) {
        Revocation.CLEAR -> this
        Revocation.REVOKED -> refused(RefusalCause.Revoked)
        Revocation.UNAVAILABLE, null -> refused(RefusalCause.RevocationUnavailable(null))
    }

/** How long a revocation check may take by default; the core's number. */
internal fun defaultRevocationTimeout(): Duration {
    NativeLibrary.isDirect
    return duration(dev.verijot.ffi.revocationTimeout())
}

private fun refused(cause: RefusalCause): Verdict = Verdict.Refused(Refusal(refusal(cause)))
