package dev.verijot

import dev.verijot.ffi.TokenVerdict
import java.time.Duration

/** Accepted or refused. */
public sealed interface Verdict {
    /** The token that may be believed; null if it is refused. */
    public val token: VerifiedToken?

    /** Why the token is refused; null if it is accepted. */
    public val refusal: Refusal?

    /**
     * The token that may be believed.
     *
     * @throws VerificationException if it is refused.
     */
    public fun orThrow(): VerifiedToken

    /** Every check has been passed. */
    public class Accepted internal constructor(
        override val token: VerifiedToken,
    ) : Verdict {
        override val refusal: Nothing? get() = null

        override fun orThrow(): VerifiedToken = token

        override fun toString(): String = "accepted"
    }

    /** One check has failed. */
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

        internal fun of(
            verdict: TokenVerdict,
            revocation: RevocationCheck?,
        ): Verdict = of(verdict).unlessRevoked(revocation)
    }
}

/**
 * Why a token is refused. It holds no token, signature or key, and no claim's value but those that
 * the policy itself asks about (`iss`, `aud` and dates); it can be logged.
 */
public class Refusal internal constructor(
    private val refusal: dev.verijot.ffi.Refusal,
) {
    /** The stable code, the same in every language. */
    public val code: String get() = refusal.code

    /** One sentence that says what is wrong and what to do, for people. */
    public val detail: String get() = refusal.detail

    /** The claim at fault, where it is one. */
    public val claim: String? get() = refusal.claim

    /** What would have been accepted, where saying so is harmless. */
    public val expected: String? get() = refusal.expected

    /** What the token has instead, where saying so is harmless. */
    public val actual: String? get() = refusal.actual

    /** The status that a resource server answers with: 401, 403 or 503. */
    public val httpStatus: Int get() = refusal.httpStatus.toInt()

    /** The value of the WWW-Authenticate header, for the answers that have one (RFC 6750). */
    public val wwwAuthenticate: String? get() = refusal.wwwAuthenticate

    /** How long the client should wait, in whole seconds, for the answers with status 503. */
    public val retryAfter: Duration? get() = refusal.retryAfter?.let { Duration.ofSeconds(it.toLong()) }

    /** The same as an exception. */
    public fun toException(): VerificationException = VerificationException.of(this)

    override fun equals(other: Any?): Boolean = other is Refusal && refusal == other.refusal

    override fun hashCode(): Int = refusal.hashCode()

    override fun toString(): String = "$code: $detail"
}
