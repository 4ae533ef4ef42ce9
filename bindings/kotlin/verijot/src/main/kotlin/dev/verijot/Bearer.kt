package dev.verijot

import dev.verijot.ffi.BearerToken
import dev.verijot.internal.NativeLibrary

/** Reads the Authorization header (RFC 6750 §2.1). */
public object Bearer {
    /**
     * Returns the token in the value of an Authorization header, not yet verified.
     *
     * @param authorization the header's value; null for a request without the header.
     * @throws MissingTokenException if there is no token, or the scheme is not `Bearer`.
     * @throws MalformedAuthorizationException if the value is not `Bearer <token>`.
     */
    @JvmStatic
    public fun token(authorization: String?): String {
        NativeLibrary.isDirect
        // A lone surrogate becomes a question mark, which no token contains.
        val value = authorization?.toByteArray(Charsets.UTF_8)?.toString(Charsets.UTF_8)
        return when (val found = dev.verijot.ffi.bearerToken(value)) {
            is BearerToken.Found -> found.token
            is BearerToken.Refused -> throw VerificationException.of(found.refusal)
        }
    }
}
