package dev.verijot.issuer

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import java.math.BigInteger
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.time.Instant
import java.util.Base64

/** A P-256 key that signs tokens for ES256. */
class Signer(
    val keyId: String,
) {
    private val pair =
        KeyPairGenerator
            .getInstance("EC")
            .apply {
                initialize(ECGenParameterSpec("secp256r1"))
            }.generateKeyPair()

    val jwk: String
        get() {
            val point = (pair.public as ECPublicKey).w
            val (x, y) = listOf(point.affineX, point.affineY).map { BASE64URL.encodeToString(it.octets()) }
            return buildJsonObject {
                put("kty", "EC")
                put("crv", "P-256")
                put("x", x)
                put("y", y)
                put("kid", keyId)
            }.toString()
        }

    val pem: String
        get() {
            val encoded = Base64.getMimeEncoder(64, "\n".toByteArray()).encodeToString(pair.public.encoded)
            return "-----BEGIN PUBLIC KEY-----\n$encoded\n-----END PUBLIC KEY-----\n"
        }

    /** A token with default claims, and those of [claims] in place of them or added to them. */
    fun token(
        claims: String = "{}",
        now: Instant = Instant.now(),
    ): String {
        val defaults =
            mapOf(
                "iss" to JsonPrimitive(ISSUER),
                "aud" to JsonPrimitive(AUDIENCE),
                "sub" to JsonPrimitive("alice"),
                "exp" to JsonPrimitive(now.epochSecond + 600),
                "iat" to JsonPrimitive(now.epochSecond),
            )
        return sign(JsonObject(defaults + Json.decodeFromString<JsonObject>(claims)).toString())
    }

    /** The token of an AWS load balancer: who signed it and until when is in the header, and it is padded. */
    fun loadBalancerToken(arn: String): String {
        val header =
            buildJsonObject {
                put("alg", "ES256")
                put("kid", keyId)
                put("signer", arn)
                put("iss", ISSUER)
                put("client", "client-id")
                put("exp", Instant.now().epochSecond + 120)
            }
        return signed(header, """{"sub":"alice","iss":"$ISSUER"}""", Base64.getUrlEncoder())
    }

    fun sign(payload: String): String {
        val header = buildJsonObject { put("alg", "ES256").also { put("kid", keyId) } }
        return signed(header, payload, BASE64URL)
    }

    private fun signed(
        header: JsonObject,
        payload: String,
        encoder: Base64.Encoder,
    ): String {
        val input = listOf("$header", payload).joinToString(".") { encoder.encodeToString(it.toByteArray()) }
        val signature = Signature.getInstance("SHA256withECDSAinP1363Format")
        signature.initSign(pair.private)
        signature.update(input.toByteArray())
        return "$input.${encoder.encodeToString(signature.sign())}"
    }

    companion object {
        const val ISSUER = "https://issuer.example"
        const val AUDIENCE = "https://api.example"

        fun jwks(vararg signers: Signer) = signers.joinToString(",", """{"keys":[""", "]}") { it.jwk }

        private val BASE64URL = Base64.getUrlEncoder().withoutPadding()

        private fun BigInteger.octets() =
            toByteArray().let { octets -> ByteArray(maxOf(0, 32 - octets.size)) + octets.takeLast(32) }
    }
}
