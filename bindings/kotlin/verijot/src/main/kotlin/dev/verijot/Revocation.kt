package dev.verijot

import dev.verijot.ffi.RefusalCause
import dev.verijot.ffi.refusal

/** What is known of a token's revocation. */
public enum class Revocation {
    /** It has not been revoked. */
    CLEAR,

    /** It has been revoked: the token is refused with `revoked` (401). */
    REVOKED,

    /** Nobody knows: the token is refused with `revocation_unavailable` (503). */
    UNAVAILABLE,
}

/**
 * Says whether a token has been revoked. It is asked last, about tokens that have passed all other
 * checks, in the thread that verifies. An exception stands for [Revocation.UNAVAILABLE].
 */
public fun interface RevocationCheck {
    /** What is known of the token. */
    @Throws(Exception::class)
    public fun check(token: VerifiedToken): Revocation?
}

/** Both checks, the second only about tokens that the first has found clear. */
internal fun RevocationCheck?.then(second: RevocationCheck): RevocationCheck {
    val first = this ?: return second
    return RevocationCheck { token ->
        val answer = first.check(token)
        if (answer == Revocation.CLEAR) second.check(token) else answer
    }
}

internal fun Verdict.unlessRevoked(check: RevocationCheck?): Verdict =
    if (this !is Verdict.Accepted || check == null) this else unless(answerOf(check, token))

/** The same verdict if a token is clear, a refusal otherwise. Null is no answer. */
internal fun Verdict.unless(revocation: Revocation?): Verdict =
    when (revocation) {
        Revocation.CLEAR -> this
        Revocation.REVOKED -> refused(RefusalCause.Revoked)
        Revocation.UNAVAILABLE, null -> refused(RefusalCause.RevocationUnavailable(null))
    }

private fun answerOf(
    check: RevocationCheck,
    token: VerifiedToken,
): Revocation? =
    try {
        check.check(token)
    } catch (_: InterruptedException) {
        Thread.currentThread().interrupt()
        null
    } catch (_: Exception) {
        null
    }

internal fun refused(cause: RefusalCause): Verdict = Verdict.Refused(Refusal(refusal(cause)))
