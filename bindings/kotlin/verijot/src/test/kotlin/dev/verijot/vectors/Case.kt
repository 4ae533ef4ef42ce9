package dev.verijot.vectors

import dev.verijot.Policy
import dev.verijot.Revocation
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import java.io.IOException
import java.math.BigDecimal
import java.time.Duration
import java.time.Instant

/** One test vector. An unknown member fails it. */
class Case(
    private val source: JsonObject,
) {
    val id: String = source.text("id")
    val requires: List<String> = source["requires"].texts()
    val isJws: Boolean =
        when (val mode = source["mode"]?.jsonPrimitive?.content ?: "jwt") {
            "jwt" -> false
            "jws" -> true
            else -> throw UnusableCaseException("unknown mode $mode")
        }
    val now: Instant get() = BigDecimal(source.text("now")).let { Instant.EPOCH + duration(it) }
    val expected: JsonObject = known(source.getValue("expect").jsonObject, "valid", "error", "claim")
    val profile: JsonObject? = source["profile"]?.jsonObject
    val expectations: String? = source["expectations"]?.toString()
    val replayWindow: String? = source["replay_window"]?.jsonPrimitive?.content
    private val policyDocument = source["policy"]?.jsonObject ?: profile ?: NOTHING
    private val limits = policyDocument["limits"]?.jsonObject ?: NOTHING
    val jwksOptions: List<String> =
        source["jwks_options"].texts().onEach {
            if (it !in JWKS_OPTIONS) throw UnusableCaseException("unknown option $it")
        }
    val allowsSymmetricKeys: Boolean = policyDocument["symmetric_keys"]?.jsonPrimitive?.boolean ?: false
    val jwksOctets: Int? = limits["jwks_octets"]?.let(::limit)
    val jwksKeys: Int? = limits["jwks_keys"]?.let(::limit)

    /** The algorithms of a map of certificates. */
    val certificates: List<String>? = source["jwks_certificates"]?.texts()
    val loadBalancer: String? = source["alb"]?.toString()
    val purposes: List<String>? = source["jwks_purposes"]?.texts()

    init {
        known(source, *CASE)
    }

    /** The set as JSON, or null if the keys cannot be fetched. */
    val jwks: String?
        get() {
            if (("jwks" in source) == ("jwks_text" in source)) {
                throw UnusableCaseException("not exactly one of jwks and jwks_text")
            }
            val set = source["jwks"] ?: return source.text("jwks_text")
            return set.takeUnless { it is JsonNull }?.toString()
        }

    /** The unusable keys with the reasons; null if the vector does not say. */
    val skipped: List<Pair<Int, String>>?
        get() =
            source["skipped_keys"]?.jsonArray?.map {
                val key = known(it.jsonObject, "index", "kid", "reason")
                key.getValue("index").jsonPrimitive.int to key.text("reason")
            }

    /** The token, in the form that a caller has it in. */
    val token: Given
        get() {
            val name = TOKENS.singleOrNull { it in source } ?: throw UnusableCaseException("not exactly one token")
            val value = source.getValue(name)
            return when (name) {
                "token" -> {
                    Given.Text(value.jsonPrimitive.content)
                }

                "token_hex" -> {
                    Given.Octets(value.jsonPrimitive.content.hexToByteArray())
                }

                "authorization" -> {
                    Given.Authorization(value.takeUnless { it is JsonNull }?.jsonPrimitive?.content)
                }

                else -> {
                    val parts = known(value.jsonObject, "prefix", "unit", "times", "suffix")
                    val repeated = parts.text("unit").repeat(parts.getValue("times").jsonPrimitive.int)
                    Given.Text(parts.text("prefix") + repeated + parts.text("suffix"))
                }
            }
        }

    fun policy(): Policy {
        val policy = Policy.builder(JsonObject(policyDocument - setOf("known_tenants", "revocation")).toString())
        policyDocument["known_tenants"]?.jsonArray?.map { it.jsonPrimitive.content }?.let { known ->
            policy.knownTenants { it in known }
        }
        when (val revocation = policyDocument["revocation"]?.jsonPrimitive?.content) {
            null -> Unit
            "clear" -> policy.revoked { Revocation.CLEAR }
            "revoked" -> policy.revoked { Revocation.REVOKED }
            "unavailable" -> policy.revoked { throw IOException("no connection") }
            else -> throw UnusableCaseException("unknown answer $revocation")
        }
        return policy.build()
    }

    override fun toString(): String = id

    /** A token, in the form that a caller has it in. */
    sealed interface Given {
        class Text(
            val text: String,
        ) : Given

        class Octets(
            val octets: ByteArray,
        ) : Given

        class Authorization(
            val header: String?,
        ) : Given
    }
}

/** The vector itself is invalid. */
class UnusableCaseException(
    message: String,
) : RuntimeException(message)

fun known(
    members: JsonObject,
    vararg names: String,
): JsonObject {
    val unknown = members.keys - names.toSet()
    if (unknown.isNotEmpty()) throw UnusableCaseException("unknown members $unknown")
    return members
}

fun JsonObject.text(name: String): String {
    val value = getValue(name) as JsonPrimitive
    return if (value.isString) value.content else throw UnusableCaseException("$name is not a string")
}

private fun JsonElement?.texts(): List<String> = (this as JsonArray?).orEmpty().map { it.jsonPrimitive.content }

/** Nothing is larger than the maximum of an Int. */
private fun limit(number: JsonElement): Int = minOf(number.jsonPrimitive.long, Int.MAX_VALUE.toLong()).toInt()

private fun duration(seconds: BigDecimal): Duration {
    val whole = seconds.toBigInteger().toLong()
    return Duration.ofSeconds(whole, seconds.subtract(BigDecimal(whole)).movePointRight(9).toLong())
}

private val NOTHING = JsonObject(emptyMap())

private val TOKENS = arrayOf("token", "token_hex", "token_repeat", "authorization")

private val CASE =
    TOKENS +
        arrayOf("id", "title", "why", "refs", "cves", "requires", "jwks", "jwks_text", "mode", "policy", "now") +
        arrayOf("expect", "skipped_keys", "jwks_options", "profile", "expectations", "replay_window") +
        arrayOf("jwks_certificates", "jwks_purposes", "alb")

private val JWKS_OPTIONS = arrayOf("padded_base64", "short_coordinates", "single_key")
