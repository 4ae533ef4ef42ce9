package dev.verijot

import dev.verijot.internal.CallerChecks
import dev.verijot.internal.Checked
import dev.verijot.internal.CoreProfile
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import java.time.Duration
import java.time.Instant

/**
 * Verifies access tokens of RFC 9068, whose `typ` is `at+jwt`: an ID token is none. Make it once: it is
 * immutable, and threads can share it.
 *
 * ```
 * val accessTokens = AccessTokenVerifier(issuer = "https://issuer.example", audience = "https://api.example")
 * val token = accessTokens.verify(raw, keys)
 * ```
 */
public class AccessTokenVerifier private constructor(
    private val profile: CoreProfile,
    caller: CallerChecks?,
) : AutoCloseable {
    /** The same as an ordinary verifier, for a [JwksClient] and a [Guard]. It expects no step-up. */
    public val verifier: Verifier = Verifier.of(profile.verifier(StepUp.NONE.document), caller)

    /**
     * Makes a verifier for a policy.
     *
     * @param clientIds the accepted values of `client_id`; null to accept any.
     * @throws InvalidPolicyException if the policy sets what the kind of token decides, such as `types`.
     */
    @JvmOverloads
    public constructor(
        policy: Policy,
        clientIds: Collection<String>? = null,
    ) : this(CoreProfile(NAME, settings(policy, clientIds), policy.tokenCache, policy.caller), policy.caller)

    /** Makes a verifier for the access tokens of one issuer for one audience; null accepts any. */
    @JvmOverloads
    public constructor(
        issuer: String?,
        audience: String?,
        configure: Policy.Builder.() -> Unit = {},
    ) : this(Policy.of(issuer, audience, configure))

    /**
     * Verifies an access token.
     *
     * @throws VerificationException if the token is refused.
     * @throws InvalidPolicyException if the step-up makes no sense.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        keys: JwkSet,
        stepUp: StepUp = StepUp.NONE,
        now: Instant = Instant.now(),
    ): AccessToken = AccessToken(profile.verify(token, keys, stepUp.document, now))

    /**
     * Verifies an access token with the keys of a client, whose own verifier is not used.
     *
     * @param now the time to verify at; null for the client's clock.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        client: JwksClient,
        stepUp: StepUp = StepUp.NONE,
        now: Instant? = null,
    ): AccessToken = AccessToken(profile.verify(token, client, stepUp.document, now))

    /** Verifies an access token and returns the outcome of each check. Safe to log. */
    @JvmOverloads
    public fun explain(
        token: String,
        keys: JwkSet,
        stepUp: StepUp = StepUp.NONE,
        now: Instant = Instant.now(),
    ): Explanation = profile.explain(token, keys, stepUp.document, now)

    /** Frees the memory outside the heap when the last running verification ends. */
    override fun close() {
        verifier.close()
        profile.close()
    }

    public companion object {
        /**
         * Reads a verifier from its document, the same JSON in every language, with
         * `"profile": "access-token"`.
         *
         * @throws InvalidPolicyException if the document is not valid; the message names the member at fault.
         */
        @JvmStatic
        public fun fromJson(document: String): AccessTokenVerifier =
            AccessTokenVerifier(CoreProfile(NAME, unicode(document)), null)

        private fun settings(
            policy: Policy,
            clientIds: Collection<String>?,
        ): String {
            val read = Json.decodeFromString(JsonObject.serializer(), policy.toJson())
            val members = mapOf("profile" to quoted(NAME)) + read.mapValues { it.value.toString() }
            return jsonObject(if (clientIds == null) members else members + ("client_ids" to array(clientIds)))
        }
    }
}

/**
 * How recent and how strong the login behind an access token must be (RFC 9470). A second, different value of the same
 * kind is an [InvalidPolicyException], and so is one beside a document.
 */
public class StepUp private constructor(
    private val members: Map<String, String>,
    private val written: String? = null,
) {
    internal val document: String get() = written ?: jsonObject(members)

    /** `acr` must be one of these. */
    public fun acr(vararg contexts: String): StepUp = with("acr", array(contexts.asList()))

    /** The user must have logged in at most this long ago. */
    public fun maxAuthenticationAge(age: Duration): StepUp = with("max_authentication_age", seconds(age))

    private fun with(
        member: String,
        json: String,
    ): StepUp {
        if (written != null) throw InvalidPolicyException("a step-up that was read from its document is complete")
        return StepUp(members.toMutableMap().apply { setOnce(member, json) })
    }

    public companion object {
        /** Expects nothing. */
        @JvmField
        public val NONE: StepUp = StepUp(emptyMap())

        /** Reads a step-up from its document, the same JSON in every language, when a token is verified. */
        @JvmStatic
        public fun fromJson(document: String): StepUp = StepUp(emptyMap(), unicode(document))
    }
}

/** A verified access token. [toString] shows nothing of it. */
public class AccessToken internal constructor(
    private val verified: Checked,
) {
    /** The verified token, with all its claims. */
    public val token: VerifiedToken get() = verified.token

    /** The claims that were checked, each as it was signed. */
    public val checked: JsonObject get() = verified.claims

    /** `sub` */
    public val subject: String get() = checked.text("sub").orEmpty()

    /** `client_id` */
    public val clientId: String get() = checked.text("client_id").orEmpty()

    /** `jti` */
    public val id: String get() = checked.text("jti").orEmpty()

    /** `acr` */
    public val authenticationContext: String? get() = checked.text("acr")

    /** `amr` */
    public val authenticationMethods: List<String> get() = checked.texts("amr")

    override fun toString(): String = "AccessToken"
}

private const val NAME = "access-token"
