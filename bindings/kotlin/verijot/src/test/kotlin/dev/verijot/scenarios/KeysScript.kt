package dev.verijot.scenarios

import dev.verijot.scenarios.ScenarioServer.Answer
import dev.verijot.scenarios.ScenarioServer.Request
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import java.util.Base64

/** The responses of the issuer in a scenario. */
class KeysScript(
    private val fixtures: JsonObject,
) {
    /** Replaces `{origin}`. */
    var origin = ""

    @Volatile
    private var keys: (Request) -> Answer = { Answer(200, emptyMap(), jwks(emptyList()), null, false) }

    /** Responses for single paths. */
    @Volatile
    private var responses: Map<String, (Request) -> Answer> = emptyMap()

    @Volatile
    private var metadata: () -> Answer = { metadataOf(JsonObject(emptyMap())) }

    fun answer(request: Request): Answer =
        if (request.isForMetadata()) metadata() else (responses[request.path] ?: keys)(request)

    fun setKeys(source: JsonElement) =
        source.members {
            val path = text("path")
            val body = body() ?: jwks(texts("keys").orEmpty(), whole("more_keys") ?: 0, whole("pad_octets") ?: 0)
            val status = whole("status") ?: 200
            val headers = textMap("headers").mapValues { located(it.value) }
            val tag = text("etag")
            val isUnmodified = flag("not_modified")
            val fault = fault()
            val hold = flag("hold")
            val answer = { request: Request ->
                val isKnown = isUnmodified || (tag != null && request.headers["if-none-match"] == tag)
                val octets = if (isKnown) ByteArray(0) else body
                Answer(
                    if (isKnown) 304 else status,
                    headers + listOfNotNull(tag?.let { "ETag" to it }),
                    octets,
                    fault,
                    hold,
                )
            }
            if (path == null) keys = answer else responses += path to answer
        }

    fun setMetadata(source: JsonElement) {
        val answer = metadataOf(source)
        metadata = { answer }
    }

    /** A set of keys from the fixtures. */
    fun jwks(
        names: List<String>,
        more: Int = 0,
        octets: Int = 0,
    ): ByteArray {
        val known = fixtures.getValue("keys").jsonObject
        val others =
            (1..more).map { number ->
                JsonObject(known.getValue("d").jsonObject + ("kid" to JsonPrimitive("more-$number")))
            }
        val keys = names.map { known[it] ?: fail("no key $it") } + others
        return JsonObject(mapOf("keys" to JsonArray(keys))).toString().padEnd(octets).toByteArray()
    }

    fun located(text: String) = text.replace("{origin}", origin)

    private fun metadataOf(source: JsonElement): Answer =
        source.members {
            val document =
                JsonObject(
                    mapOf(
                        "issuer" to JsonPrimitive(located(text("issuer") ?: "{origin}")),
                        "jwks_uri" to JsonPrimitive(located(text("jwks_uri") ?: "{origin}/keys")),
                    ),
                )
            Answer(
                whole("status") ?: 200,
                textMap("headers").mapValues { located(it.value) },
                (text("body") ?: document.toString()).toByteArray(),
                fault(),
                flag("hold"),
            )
        }

    private fun Members.body(): ByteArray? =
        text("body")?.toByteArray() ?: text("body_base64")?.let { Base64.getDecoder().decode(it) }
}

fun Request.isForMetadata() = "/.well-known/" in path && !path.endsWith("/jwks.json")
