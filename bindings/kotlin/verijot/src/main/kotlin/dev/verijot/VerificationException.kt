package dev.verijot

import java.time.Duration

/**
 * A token is refused. Every refusal is of a class below this one, and [code] says which it is: it
 * never changes for a given cause and is the same in every language.
 *
 * It holds no token, signature or key, and no claim's value but those that the policy itself asks
 * about (`iss`, `aud` and dates); it can be logged.
 */
public open class VerificationException internal constructor(
    refusal: Refusal,
) : RuntimeException(refusal.toString()) {
    /** The stable code. */
    public val code: String = refusal.code

    /** One sentence that says what is wrong and what to do, for people. */
    public val detail: String = refusal.detail

    /** The claim at fault, where it is one. */
    public val claim: String? = refusal.claim

    /** What would have been accepted, where saying so is harmless. */
    public val expected: String? = refusal.expected

    /** What the token has instead, where saying so is harmless. */
    public val actual: String? = refusal.actual

    /** The status that a resource server answers with: 401, 403 or 503. */
    public val httpStatus: Int = refusal.httpStatus

    /** The value of the WWW-Authenticate header, for the answers that have one (RFC 6750). */
    public val wwwAuthenticate: String? = refusal.wwwAuthenticate

    /** How long the client should wait, in whole seconds, for the answers with status 503. */
    public val retryAfter: Duration? = refusal.retryAfter

    internal fun toRefusal() =
        dev.verijot.ffi.Refusal(
            code = code,
            detail = detail,
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
