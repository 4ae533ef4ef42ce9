package dev.verijot

import dev.verijot.ffi.TokenVerdict
import java.time.Duration

/** Accepted or refused. */
public sealed interface Verdict {
    /** The verified token; null if it is refused. */
    public val token: VerifiedToken?

    /** Why the token is refused; null if it is accepted. */
    public val refusal: Refusal?

    /**
     * Returns the verified token.
     *
     * @throws VerificationException if the token is refused.
     */
    public fun orThrow(): VerifiedToken

    /** The token passed every check. */
    public class Accepted internal constructor(
        override val token: VerifiedToken,
    ) : Verdict {
        override val refusal: Nothing? get() = null

        override fun orThrow(): VerifiedToken = token

        override fun toString(): String = "accepted"
    }

    /** The token failed a check. */
    public class Refused internal constructor(
        override val refusal: Refusal,
    ) : Verdict {
        override val token: Nothing? get() = null

        override fun orThrow(): Nothing = throw refusal.toException()

        override fun toString(): String = "refused: $refusal"
    }

    public companion object {
        internal fun of(verdict: TokenVerdict): Verdict =
            when (verdict) {
                is TokenVerdict.Accepted -> Accepted(VerifiedToken(verdict.token))
                is TokenVerdict.Refused -> Refused(Refusal(verdict.refusal))
            }
    }
}

/**
 * Why a token is refused. Safe to log: it contains no token, signature or key, and no claim's value except
 * those that the policy compares (`iss`, `aud` and dates).
 */
public class Refusal internal constructor(
    private val refusal: dev.verijot.ffi.Refusal,
) {
    /** The stable code, the same in every language. */
    public val code: String get() = refusal.code

    /** What is wrong and what to do, human-readable. */
    public val message: String get() = refusal.message

    /** The claim at fault, if it is one. */
    public val claim: String? get() = refusal.claim

    /** What would have been accepted, if it is not secret. */
    public val expected: String? get() = refusal.expected

    /** What the token has instead, if it is not secret. */
    public val actual: String? get() = refusal.actual

    /** The HTTP status for a resource server: 401, 403 or 503. */
    public val httpStatus: Int get() = refusal.httpStatus.toInt()

    /** The value of the WWW-Authenticate header, if the response has one (RFC 6750 §3). */
    public val wwwAuthenticate: String? get() = refusal.wwwAuthenticate

    /** How long the client should wait, in whole seconds, for status 503. */
    public val retryAfter: Duration? get() = refusal.retryAfter?.let { Duration.ofSeconds(it.toLong()) }

    /** Returns an exception for this refusal. */
    public fun toException(): VerificationException = VerificationException.of(this)

    override fun equals(other: Any?): Boolean = other is Refusal && refusal == other.refusal

    override fun hashCode(): Int = refusal.hashCode()

    override fun toString(): String = "$code: $message"
}
