package dev.verijot

import dev.verijot.internal.Checked
import dev.verijot.internal.CoreProfile
import kotlinx.serialization.json.JsonObject

/**
 * Verifies logout tokens of OpenID Connect: an issuer's notice to a client that a user was logged out. Make it once: it is immutable, and threads can share it.
 *
 * ```
 * val seen = ReplayWindow(10_000)
 * val logoutTokens = LogoutTokenVerifier("https://issuer.example", "client-id")
 * val token = logoutTokens.verify(raw, keys, seen)
 * ```
 */
public class LogoutTokenVerifier private constructor(
    profile: CoreProfile,
) : SingleUseVerifier<LogoutToken>(profile, ::LogoutToken) {
    /**
     * Makes a verifier for the tokens that an issuer makes for one receiver.
     *
     * @throws InvalidPolicyException if the settings make no sense.
     */
    @JvmOverloads
    public constructor(
        issuer: String,
        clientId: String,
        configure: Builder.() -> Unit = {},
    ) : this(Builder().apply(configure).profile(issuer, clientId))

    /** Sets what differs from the strict defaults. */
    public class Builder internal constructor() : ProfileBuilder() {
        /** Accepts tokens that are for these too. A token for anyone else is refused. */
        public fun trustedAudiences(vararg names: String) {
            set("trusted_audiences", array(names.asList()))
        }

        /** Accepts only tokens whose `typ` is `logout+jwt`. */
        public fun strictType() {
            set("strict_type", "true")
        }

        /** Accepts tokens without `exp`, of older issuers. */
        public fun allowMissingExpiry() {
            set("allow_missing_expiry", "true")
        }

        internal fun profile(
            issuer: String,
            clientId: String,
        ): CoreProfile = build(NAME, mapOf("issuer" to issuer, "client_id" to clientId))
    }

    public companion object {
        /**
         * Reads a verifier from its document, the same JSON in every language, with
         * `"profile": "logout-token"`.
         *
         * @throws InvalidPolicyException if the document is not valid; the message names the member at fault.
         */
        @JvmStatic
        public fun fromJson(document: String): LogoutTokenVerifier =
            LogoutTokenVerifier(CoreProfile(NAME, unicode(document)))
    }
}

/** A verified logout token. [toString] shows nothing of it. */
public class LogoutToken internal constructor(
    private val verified: Checked,
) {
    /** The verified token, with all its claims. */
    public val token: VerifiedToken get() = verified.token

    /** The claims that were checked, each as it was signed. */
    public val checked: JsonObject get() = verified.claims

    /** `iss` */
    public val issuer: String get() = checked.text("iss").orEmpty()

    /** `sid`: the session that has ended. Without one, all sessions of [subject]. */
    public val session: String? get() = checked.text("sid")

    /** `sub` */
    public val subject: String? get() = checked.text("sub")

    override fun toString(): String = "LogoutToken"
}

private const val NAME = "logout-token"
