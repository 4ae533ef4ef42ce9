package dev.verijot

import dev.verijot.internal.Checked
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull

/** An ID token that was verified for a login. [toString] shows nothing of it. */
public class IdToken internal constructor(
    private val verified: Checked,
) {
    /** The verified token, with all its claims. */
    public val token: VerifiedToken get() = verified.token

    /** The claims that were checked, each as it was signed. */
    public val checked: JsonObject get() = verified.claims

    /** `iss` */
    public val issuer: String get() = checked.text("iss").orEmpty()

    /** `sub`: the user, unique for the issuer. */
    public val subject: String get() = checked.text("sub").orEmpty()

    /** `sid`: the session at the issuer. */
    public val session: String? get() = checked.text("sid")

    /** `acr` */
    public val authenticationContext: String? get() = checked.text("acr")

    /** `amr` */
    public val authenticationMethods: List<String> get() = checked.texts("amr")

    /** `azp` */
    public val authorizedParty: String? get() = checked.text("azp")

    override fun toString(): String = "IdToken"
}

internal fun JsonObject.text(name: String): String? = (this[name] as? JsonPrimitive)?.contentOrNull

internal fun JsonObject.texts(name: String): List<String> =
    (this[name] as? JsonArray).orEmpty().mapNotNull { (it as? JsonPrimitive)?.contentOrNull }
