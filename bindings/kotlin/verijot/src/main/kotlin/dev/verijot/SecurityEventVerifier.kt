package dev.verijot

import dev.verijot.internal.Checked
import dev.verijot.internal.CoreProfile
import kotlinx.serialization.json.JsonObject
import java.time.Duration

/**
 * Verifies Security Event Tokens (RFC 8417), such as those of the Shared Signals Framework. Make it once: it is immutable, and threads can share it.
 *
 * ```
 * val seen = ReplayWindow(10_000)
 * val events = SecurityEventVerifier("https://issuer.example", "https://receiver.example")
 * val token = events.verify(raw, keys, seen)
 * ```
 */
public class SecurityEventVerifier private constructor(
    profile: CoreProfile,
) : SingleUseVerifier<SecurityEvent>(profile, ::SecurityEvent) {
    /**
     * Makes a verifier for the tokens that an issuer makes for one receiver.
     *
     * @throws InvalidPolicyException if the settings make no sense.
     */
    @JvmOverloads
    public constructor(
        issuer: String,
        audience: String,
        configure: Builder.() -> Unit = {},
    ) : this(Builder().apply(configure).profile(issuer, audience))

    /** Sets what differs from the strict defaults. */
    public class Builder internal constructor() : ProfileBuilder() {
        /** Requires what the Shared Signals Framework requires. */
        public fun sharedSignals() {
            set("shared_signals", "true")
        }

        /** Accepts tokens without `typ`, of older transmitters. */
        public fun allowMissingType() {
            set("allow_missing_type", "true")
        }

        /** How long a token without `exp` is remembered. */
        public fun rememberFor(time: Duration) {
            set("remember_for", seconds(time))
        }

        internal fun profile(
            issuer: String,
            audience: String,
        ): CoreProfile = build(NAME, mapOf("issuer" to issuer, "audience" to audience))
    }

    public companion object {
        /**
         * Reads a verifier from its document, the same JSON in every language, with
         * `"profile": "security-event"`.
         *
         * @throws InvalidPolicyException if the document is not valid; the message names the member at fault.
         */
        @JvmStatic
        public fun fromJson(document: String): SecurityEventVerifier =
            SecurityEventVerifier(CoreProfile(NAME, unicode(document)))
    }
}

/** A verified Security Event Token. [toString] shows nothing of it. */
public class SecurityEvent internal constructor(
    private val verified: Checked,
) {
    /** The verified token, with all its claims. */
    public val token: VerifiedToken get() = verified.token

    /** The claims that were checked, each as it was signed. */
    public val checked: JsonObject get() = verified.claims

    /** `iss` */
    public val issuer: String get() = checked.text("iss").orEmpty()

    /** `jti` */
    public val id: String get() = checked.text("jti").orEmpty()

    /** `events`: what happened, by the URIs of the events. */
    public val events: JsonObject get() = checked["events"] as? JsonObject ?: JsonObject(emptyMap())

    /** `txn`: what other tokens and logs call the same transaction. */
    public val transaction: String? get() = checked.text("txn")

    override fun toString(): String = "SecurityEvent"
}

private const val NAME = "security-event"
