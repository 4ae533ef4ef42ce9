package dev.verijot

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** What a verifier of a provider's tokens is made of: one document, and where the keys are. */
public class Preset internal constructor(
    private val json: String,
) {
    private val members = Json.parseToJsonElement(json).jsonObject

    /** The policy of a [Verifier]; null if the tokens are not for one. */
    public val policy: Policy? = document("policy")?.let(Policy::fromJson)

    /**
     * The document for [IdTokenVerifier.fromJson] or [AccessTokenVerifier.fromJson], which says in `profile`
     * for which; null if the tokens are for neither.
     */
    public val profile: String? get() = document("profile")

    /** The document for [AlbVerifier.fromJson]; null if the tokens are not of AWS load balancers. */
    public val loadBalancer: String? get() = document("load_balancer")

    /** Where the keys are. */
    public val keySource: PresetKeys = PresetKeys.of(members.getValue("key_source").jsonObject)

    /**
     * Makes a client for the provider's keys, and for the tokens of [policy]. Without a policy it only fetches
     * keys, for the verifier of [profile] or [loadBalancer]: by itself it accepts no token.
     *
     * @param settings how keys are fetched and cached; what the preset says about keys is added.
     * @throws InvalidKeySourceException if the caller has the keys, or if they may not be fetched from where
     *   they are.
     */
    @JvmOverloads
    public fun client(settings: CacheSettings = CacheSettings.DEFAULT): JwksClient {
        val verifier = policy?.let { Verifier(it) } ?: Verifier(ONLY_KEYS, ONLY_KEYS)
        return client(verifier, settings)
    }

    /**
     * Makes a client for the provider's keys with another verifier. An [IdTokenVerifier] or
     * [AccessTokenVerifier] of [profile] takes the client's keys, and does not use its verifier.
     *
     * @throws InvalidKeySourceException as the other `client`.
     */
    @JvmOverloads
    public fun client(
        verifier: Verifier,
        settings: CacheSettings = CacheSettings.DEFAULT,
    ): JwksClient {
        val reading = settings.reading(keySource.purposes, keySource.algorithms)
        val url = keySource.jwksUrl ?: keySource.certificatesUrl
        return when {
            url != null -> JwksClient(url, verifier, reading)
            keySource.issuer != null -> JwksClient.ofIssuer(keySource.issuer, verifier, reading)
            else -> throw InvalidKeySourceException("you have the keys: ${keySource.ofCaller}")
        }
    }

    /** Returns the whole as one JSON object, the same in every language. */
    public fun toJson(): String = json

    override fun toString(): String = json

    private fun document(name: String) = members[name]?.toString()
}

/**
 * Where a provider's keys are: one of [issuer], [jwksUrl], [certificatesUrl] and [ofCaller].
 *
 * @property issuer the issuer whose metadata names the place.
 * @property jwksUrl the URL of a JWK Set.
 * @property certificatesUrl the URL of an object of `kid` and certificate, or with `{kid}` of each key.
 * @property algorithms the algorithms of keys at [certificatesUrl]; otherwise null.
 * @property purposes the only values that the `use` of a key may have; null for keys for signatures.
 * @property ofCaller which keys the caller has, human-readable.
 */
public class PresetKeys private constructor(
    public val issuer: String?,
    public val jwksUrl: String?,
    public val certificatesUrl: String?,
    public val algorithms: List<String>?,
    public val purposes: List<String>?,
    public val ofCaller: String?,
) {
    internal companion object {
        fun of(source: JsonObject): PresetKeys {
            fun text(name: String) = source[name]?.jsonPrimitive?.contentOrNull

            fun texts(name: String) = source[name]?.jsonArray?.map { it.jsonPrimitive.content }
            return PresetKeys(
                text("issuer"),
                text("jwks_url"),
                text("certificates_url"),
                texts("algorithms"),
                texts("purposes"),
                text("of_caller"),
            )
        }
    }
}

/** Stands where an issuer has its name: no token is accepted, and a refusal says why. */
private const val ONLY_KEYS = "none: this client only fetches keys, for the verifier of the preset"
