package dev.verijot

import dev.verijot.ffi.TokenFacts
import dev.verijot.internal.nanoseconds
import java.time.Duration

/**
 * An access token, and perhaps a refresh token, from a token endpoint (RFC 6749 §5.1). [toString] shows
 * neither.
 *
 * @property accessToken the access token.
 * @property refreshToken the refresh token, or what else [TokenKeeper.refresh] needs to get new tokens;
 *   null if the tokens cannot be refreshed.
 * @property expiresIn the access token's lifetime; null if the token is used until it is refused.
 * @throws MalformedAuthorizationException if the access token cannot be sent as a bearer token
 *   (RFC 6750 §2.1).
 * @throws IllegalArgumentException if the lifetime is negative.
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
            require(expiresIn?.isNegative != true) { "the lifetime is negative" }
        }

        /** Keeps the old refresh token if the endpoint sent no new one (RFC 6749 §6). */
        internal fun orRefreshTokenOf(old: IssuedTokens): IssuedTokens =
            if (refreshToken != null) this else IssuedTokens(accessToken, old.refreshToken, expiresIn)

        /** What the core needs to know about the tokens, without the tokens. */
        internal fun facts(
            age: Duration,
            isStored: Boolean,
        ): TokenFacts = TokenFacts(expiresIn?.nanoseconds(), age.nanoseconds(), refreshToken != null, isStored)

        override fun toString(): String =
            "IssuedTokens(${if (refreshToken == null) "without" else "with"} a refresh token, expiresIn=$expiresIn)"
    }
