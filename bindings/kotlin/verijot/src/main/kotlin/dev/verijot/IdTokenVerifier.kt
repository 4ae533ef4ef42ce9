package dev.verijot

import dev.verijot.internal.CoreProfile
import java.time.Instant

/**
 * Verifies ID tokens of OpenID Connect: what an issuer says to a client about the login of a user. Make it
 * once: it is immutable, and threads can share it.
 *
 * ```
 * val idTokens = IdTokenVerifier("https://issuer.example", "client-id")
 * val user = idTokens.verify(raw, keys, Login.withNonce(nonce)).subject
 * ```
 */
public class IdTokenVerifier private constructor(
    private val profile: CoreProfile,
) : AutoCloseable {
    /**
     * Makes a verifier for the ID tokens that an issuer makes for one client, which is the only audience and
     * the only authorized party.
     *
     * @throws InvalidPolicyException if the settings make no sense.
     */
    @JvmOverloads
    public constructor(
        issuer: String,
        clientId: String,
        configure: Builder.() -> Unit = {},
    ) : this(Builder().apply(configure).profile(issuer, clientId))

    /**
     * Verifies the ID token of a login.
     *
     * @throws VerificationException if the token is refused.
     * @throws InvalidPolicyException if the login makes no sense, for example if the nonce is empty.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        keys: JwkSet,
        login: Login,
        now: Instant = Instant.now(),
    ): IdToken = IdToken(profile.verify(token, keys, login.document, now))

    /**
     * Verifies the ID token of a login with the keys of a client, whose own verifier is not used.
     *
     * @param now the time to verify at; null for the client's clock.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        client: JwksClient,
        login: Login,
        now: Instant? = null,
    ): IdToken = IdToken(profile.verify(token, client, login.document, now))

    /** Verifies an ID token and returns the outcome of each check. Safe to log. */
    @JvmOverloads
    public fun explain(
        token: String,
        keys: JwkSet,
        login: Login,
        now: Instant = Instant.now(),
    ): Explanation = profile.explain(token, keys, login.document, now)

    /** Frees the memory outside the heap when the last running verification ends. */
    override fun close() {
        profile.close()
    }

    /** Sets what differs from the strict defaults. */
    public class Builder internal constructor() : ProfileBuilder() {
        /** Accepts tokens that are for these too. A token for anyone else is refused. */
        public fun trustedAudiences(vararg names: String) {
            set("trusted_audiences", array(names.asList()))
        }

        /** Accepts these as `azp` instead of the client, such as an app whose tokens are for its server. */
        public fun authorizedParties(vararg names: String) {
            set("authorized_parties", array(names.asList()))
        }

        /** Waives the check of `azp`, if it is there. */
        public fun anyAuthorizedParty() {
            set("authorized_parties", "null")
        }

        internal fun profile(
            issuer: String,
            clientId: String,
        ): CoreProfile = build(NAME, mapOf("issuer" to issuer, "client_id" to clientId))
    }

    public companion object {
        /**
         * Reads a verifier from its document, the same JSON in every language, with `"profile": "id-token"`.
         *
         * @throws InvalidPolicyException if the document is not valid; the message names the member at fault.
         */
        @JvmStatic
        public fun fromJson(document: String): IdTokenVerifier = IdTokenVerifier(CoreProfile(NAME, unicode(document)))
    }
}

private const val NAME = "id-token"
