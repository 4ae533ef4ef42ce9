package dev.verijot

import dev.verijot.ffi.BearerToken
import dev.verijot.internal.NativeLibrary

/** The Authorization header in (RFC 6750). */
public object Bearer {
    /**
     * The token in the value of an Authorization header.
     *
     * @param authorization the header's value; null for a request without one.
     * @throws MissingTokenException if there is none, or one of another scheme.
     * @throws MalformedAuthorizationException if it is not `Bearer` and one token.
     */
    @JvmStatic
    public fun token(authorization: String?): String {
        NativeLibrary.isDirect
        // A lone surrogate becomes a question mark, which no token has.
        val value = authorization?.toByteArray(Charsets.UTF_8)?.toString(Charsets.UTF_8)
        return when (val found = dev.verijot.ffi.bearerToken(value)) {
            is BearerToken.Found -> found.token
            is BearerToken.Refused -> throw VerificationException.of(found.refusal)
        }
    }
}
