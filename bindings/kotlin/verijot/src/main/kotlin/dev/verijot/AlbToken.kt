package dev.verijot

import dev.verijot.ffi.AlbFacts
import dev.verijot.internal.instant
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import java.time.Instant

/** What a load balancer says of a user, verified. */
public class AlbToken internal constructor(
    private val facts: AlbFacts,
) {
    /** The ARN of the load balancer that signed it. */
    public val signer: String get() = facts.signer

    /** The client as which the user signed in. */
    public val client: String get() = facts.client

    /** The issuer at which the user signed in. */
    public val issuer: String get() = facts.issuer

    /** `sub` */
    public val subject: String? get() = facts.subject

    /** The header's `exp`. */
    public val expiresAt: Instant get() = facts.expiresAt.instant()

    /** The header's `kid`. */
    public val keyId: String? get() = facts.signature.keyId

    /** The algorithm's name. */
    public val algorithm: String get() = facts.signature.algorithm

    /** The header, parsed on first use. */
    public val header: JsonObject by lazy(LazyThreadSafetyMode.PUBLICATION) { parsed(facts.signature.header) }

    /** The payload, the user's claims, exactly as it was signed: one JSON object. */
    public val payload: String get() = facts.payload

    /** The claims, parsed from the payload on first use. */
    public val claims: JsonObject by lazy(LazyThreadSafetyMode.PUBLICATION) { parsed(facts.payload) }

    override fun toString(): String = "AlbToken"
}

private fun parsed(text: String): JsonObject = Json.decodeFromString(JsonObject.serializer(), text)
