package dev.verijot.scenarios

import dev.verijot.IssuedTokens
import dev.verijot.MalformedAuthorizationException
import dev.verijot.RefreshFailedException
import dev.verijot.TokenKeeper
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.longOrNull
import java.io.IOException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration

/** Whether tokens can be stored. */
enum class Storage {
    WRITABLE,
    READ_ONLY,
    BROKEN,
    ;

    companion object {
        fun of(name: String) = entries.find { it.name.lowercase() == name } ?: fail("unknown storage $name")
    }
}

/** The application in a scenario: calls the token endpoint, and stores tokens in memory. */
class ScenarioKeeper(
    private val endpoint: String,
) : TokenKeeper {
    @Volatile
    var storage = Storage.WRITABLE

    /** The tokens that were stored last. */
    @Volatile
    var stored: JsonElement? = null

    override fun refresh(refreshToken: String): IssuedTokens {
        val form = "grant_type=refresh_token&refresh_token=$refreshToken"
        val request = HttpRequest.newBuilder(URI.create(endpoint)).POST(BodyPublishers.ofString(form)).build()
        val answer = HTTP.send(request, BodyHandlers.ofByteArray())
        val tokens = if (answer.statusCode() == 200) tokens(answer.body()) else null
        return tokens ?: throw RefreshFailedException.ofResponse(answer.statusCode(), answer.body())
    }

    override fun store(tokens: IssuedTokens) {
        if (storage == Storage.BROKEN) throw IOException("broken")
        val members = mapOf("access" to tokens.accessToken, "refresh" to tokens.refreshToken)
        stored = JsonObject(members.mapValues { JsonPrimitive(it.value) }.filterValues { it != JsonNull })
    }

    override fun canStore() = storage != Storage.READ_ONLY

    private fun tokens(body: ByteArray): IssuedTokens? =
        try {
            val document = Json.parseToJsonElement(body.decodeToString()) as? JsonObject
            val access = document?.textOf("access_token")
            val life = (document?.get("expires_in") as? JsonPrimitive)?.longOrNull
            access?.let { IssuedTokens(it, document.textOf("refresh_token"), life?.let(Duration::ofSeconds)) }
        } catch (_: SerializationException) {
            null
        } catch (_: MalformedAuthorizationException) {
            null
        }
}

private fun JsonObject.textOf(name: String): String? = (get(name) as? JsonPrimitive)?.takeIf { it.isString }?.content

/** Does not follow redirects. */
val HTTP: HttpClient = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()
