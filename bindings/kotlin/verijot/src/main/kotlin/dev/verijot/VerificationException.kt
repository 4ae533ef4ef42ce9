package dev.verijot

import java.time.Duration

/**
 * A token is refused. Each code has a subclass. [code] never changes for a given cause and is the same in
 * every language.
 *
 * Safe to log: it contains no token, signature or key, and no claim's value except those that the policy
 * compares (`iss`, `aud` and dates).
 */
public open class VerificationException internal constructor(
    refusal: Refusal,
) : RuntimeException(refusal.message) {
    /** The stable code. */
    public val code: String = refusal.code

    /** What is wrong and what to do, human-readable. */
    override val message: String = refusal.message

    /** The claim at fault, if it is one. */
    public val claim: String? = refusal.claim

    /** What would have been accepted, if it is not secret. */
    public val expected: String? = refusal.expected

    /** What the token has instead, if it is not secret. */
    public val actual: String? = refusal.actual

    /** The HTTP status for a resource server: 401, 403 or 503. */
    public val httpStatus: Int = refusal.httpStatus

    /** The value of the WWW-Authenticate header, if the response has one (RFC 6750 §3). */
    public val wwwAuthenticate: String? = refusal.wwwAuthenticate

    /** How long the client should wait, in whole seconds, for status 503. */
    public val retryAfter: Duration? = refusal.retryAfter

    override fun toString(): String = "${javaClass.name}: $code: $message"

    internal fun toRefusal() =
        dev.verijot.ffi.Refusal(
            code = code,
            message = message,
            claim = claim,
            expected = expected,
            actual = actual,
            httpStatus = httpStatus.toUShort(),
            wwwAuthenticate = wwwAuthenticate,
            retryAfter = retryAfter?.seconds?.toULong(),
        )

    internal companion object {
        fun of(refusal: dev.verijot.ffi.Refusal): VerificationException = of(Refusal(refusal))

        fun of(refusal: Refusal): VerificationException = exceptionFor(refusal)
    }
}
