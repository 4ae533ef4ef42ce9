package dev.verijot.example

import com.sun.net.httpserver.HttpServer
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import java.net.InetAddress
import java.net.InetSocketAddress
import java.security.KeyPairGenerator
import java.security.Signature
import java.util.Base64

/** An issuer on this machine with one Ed25519 key. */
class TokenIssuer : AutoCloseable {
    private val pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair()
    private val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
    val url = "http://127.0.0.1:${server.address.port}"

    init {
        // The encoding ends with the key itself (RFC 8410).
        val x =
            encoded(
                pair.public.encoded
                    .takeLast(32)
                    .toByteArray(),
            )
        answer("/keys", """{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"$x"}]}""")
        answer("/.well-known/openid-configuration", """{"issuer":"$url","jwks_uri":"$url/keys"}""")
        server.start()
    }

    /** Makes a token that is valid for a minute, with these additional claims. */
    fun token(
        claims: String,
        keyId: String = "k1",
    ): String {
        val expiry = JsonPrimitive(System.currentTimeMillis() / 1000 + 60)
        val defaults = mapOf("iss" to JsonPrimitive(url), "aud" to JsonPrimitive(AUDIENCE), "exp" to expiry)
        val payload = JsonObject(defaults + Json.decodeFromString<JsonObject>(claims)).toString()
        val header = """{"alg":"EdDSA","kid":"$keyId"}"""
        val input = listOf(header, payload).joinToString(".") { encoded(it.toByteArray()) }
        val signature = Signature.getInstance("Ed25519")
        signature.initSign(pair.private)
        signature.update(input.toByteArray())
        return "$input.${encoded(signature.sign())}"
    }

    override fun close() = server.stop(0)

    private fun answer(
        path: String,
        body: String,
    ) = server.createContext(path) { exchange ->
        exchange.sendResponseHeaders(200, body.length.toLong())
        exchange.responseBody.use { it.write(body.toByteArray()) }
    }

    companion object {
        const val AUDIENCE = "https://api.example"

        private fun encoded(octets: ByteArray) = Base64.getUrlEncoder().withoutPadding().encodeToString(octets)
    }
}
