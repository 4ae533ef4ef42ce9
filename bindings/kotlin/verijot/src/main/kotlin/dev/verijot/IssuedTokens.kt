package dev.verijot

import dev.verijot.ffi.TokenFacts
import dev.verijot.internal.nanoseconds
import java.time.Duration

/**
 * An access token, and perhaps a refresh token, as a token endpoint gives them (RFC 6749 §5.1).
 * [toString] shows neither.
 *
 * @property accessToken the access token.
 * @property refreshToken the refresh token, or whatever else [TokenKeeper.refresh] needs to get new
 *   tokens; null if there will be none.
 * @property expiresIn the access token's whole life; without it the token is used until it is refused.
 * @throws MalformedAuthorizationException if the access token cannot be sent as a bearer token
 *   (RFC 6750 §2.1).
 * @throws IllegalArgumentException if its life is negative.
 */
public class IssuedTokens
    @JvmOverloads
    constructor(
        public val accessToken: String,
        public val refreshToken: String? = null,
        public val expiresIn: Duration? = null,
    ) {
        internal val authorization = "Bearer $accessToken"

        init {
            Bearer.token(authorization)
            require(expiresIn?.isNegative != true) { "a span of time is negative" }
        }

        /** An answer without a refresh token leaves the old one in use (RFC 6749 §6). */
        internal fun orRefreshTokenOf(old: IssuedTokens): IssuedTokens =
            if (refreshToken != null) this else IssuedTokens(accessToken, old.refreshToken, expiresIn)

        /** All that is to be known of them but the tokens themselves. */
        internal fun facts(age: Duration): TokenFacts =
            TokenFacts(expiresIn?.nanoseconds(), age.nanoseconds(), refreshToken != null)

        override fun toString(): String =
            "IssuedTokens(${if (refreshToken == null) "without" else "with"} a refresh token, expiresIn=$expiresIn)"
    }
