package dev.verijot.scenarios

import dev.verijot.scenarios.ScenarioServer.Answer
import dev.verijot.scenarios.ScenarioServer.Request
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import java.util.Base64

/** The responses of the token endpoint and of the service in a scenario. */
class SessionsScript {
    /** Replaces `{origin}`. */
    var origin = ""

    @Volatile
    private var endpoint = Answer(200, emptyMap(), "{}".toByteArray(), null, false)

    @Volatile
    private var accepted = emptyList<String>()

    @Volatile
    private var status = 200

    fun answer(request: Request): Answer =
        when (request.path) {
            "/token" -> endpoint
            "/api" -> plain(if (request.token() in accepted) status else 401)
            else -> plain(404)
        }

    fun setEndpoint(source: JsonElement) =
        source.members {
            val document = MEMBERS.mapNotNull { (name, member) -> take(name)?.let { member to it } }
            val body = text("body")?.toByteArray() ?: text("body_base64")?.let { Base64.getDecoder().decode(it) }
            endpoint =
                Answer(
                    whole("status") ?: 200,
                    textMap("headers").mapValues { it.value.replace("{origin}", origin) },
                    body ?: JsonObject(document.toMap()).toString().toByteArray(),
                    fault(),
                    flag("hold"),
                )
        }

    fun setApi(source: JsonElement) =
        source.members {
            accepted = texts("accepts") ?: fail("accepts is missing")
            status = whole("status") ?: 200
        }

    private fun plain(status: Int) = Answer(status, emptyMap(), ByteArray(0), null, false)
}

/** The bearer token of a request. */
fun Request.token(): String = headers["authorization"].orEmpty().removePrefix("Bearer ")

/** Members of a response of the endpoint, and their names in RFC 6749. */
private val MEMBERS =
    mapOf(
        "access" to "access_token",
        "refresh" to "refresh_token",
        "expires_in" to "expires_in",
        "error" to "error",
    )
