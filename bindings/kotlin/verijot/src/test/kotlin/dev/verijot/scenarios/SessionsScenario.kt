package dev.verijot.scenarios

import dev.verijot.AccessTokenException
import dev.verijot.IssuedTokens
import dev.verijot.RefreshSettings
import dev.verijot.RefreshUnavailableException
import dev.verijot.TokenSession
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import java.io.IOException
import java.net.URI
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration
import java.util.concurrent.Future

/** Plays one scenario of sessions: a client, a scripted token endpoint and a scripted service. */
class SessionsScenario(
    private val mode: Mode,
) : StepScenario() {
    private val clock = ScenarioClock()
    private val script = SessionsScript()
    private val server = ScenarioServer(script::answer)
    private val keeper = ScenarioKeeper("${server.origin}/token")
    private val started = HashMap<String, List<Started>>()
    private var lastNumber = 0
    private lateinit var session: TokenSession

    /** A started request, and the number that the server knows it by. */
    private class Started(
        val number: String,
        val outcome: Future<Outcome>,
    )

    /** A status or a code, and the whole seconds until the next refresh. */
    private data class Outcome(
        val status: Int?,
        val error: String?,
        val retryAfter: Long?,
    )

    /** The expected outcome of a request, and the tokens that are sent for it. */
    private class Expected(
        val outcome: Outcome,
        val sent: List<String>,
    )

    fun play(scenario: JsonObject) =
        scenario.members {
            script.origin = server.origin
            description()
            session = mode.session(keeper, settings(take("settings") ?: JsonObject(emptyMap())))
            val steps = take("steps") as? JsonArray ?: fail("no steps")
            playSteps(steps)
            if (started.isNotEmpty()) fail("a request was not joined")
        }

    override fun close() {
        server.close()
        super.close()
    }

    override fun act(step: JsonElement): Unit =
        step.members {
            number("at")?.let(clock::set)
            val action = names().singleOrNull() ?: fail("not one action")
            val value = take(action)!!
            when (action) {
                "sign_in" -> mode.signIn(session, value.members { tokens() })
                "resume" -> value.members { session.resume(tokens(), seconds("age") ?: fail("no age")) }
                "sign_out" -> value.mustBeTrue { session.signOut() }
                "endpoint" -> script.setEndpoint(value)
                "api" -> script.setApi(value)
                "storage" -> keeper.storage = Storage.of(value.text())
                "request" -> request(value)
                "join" -> value.members { check(started.remove(text("as")) ?: fail("nothing to join"), expected()) }
                "release" -> value.mustBeTrue { server.release() }
                "refreshes" -> eventually(action, value) { JsonPrimitive(refreshes().size) }
                "refresh_token_sent" -> eventually(action, value) { JsonPrimitive(refreshTokenSent()) }
                "stored" -> eventually(action, value) { keeper.stored ?: JsonNull }
                "asleep" -> clock.sleep(value.jsonPrimitive.content.toDouble())
                "health" -> value.jsonObject.forEach { (name, right) -> eventually(name, right) { health(name) } }
                else -> fail("unknown action $action")
            }
        }

    private fun request(source: JsonElement) =
        source.members {
            val url = text("url") ?: "${server.origin}/api"
            val name = text("as")
            val sending =
                (1..(whole("times") ?: 1)).map {
                    val number = "${++lastNumber}"
                    Started(number, threads.submit<Outcome> { outcome(url, number) })
                }
            val expected = expected()
            if (name == null) {
                check(sending, expected)
            } else {
                awaitStart(sending.map { it.outcome }) { server.held }
                started[name] = sending
            }
        }

    private fun outcome(
        url: String,
        number: String,
    ): Outcome =
        try {
            val request = HttpRequest.newBuilder(URI.create(url)).header("X-Request", number)
            val status =
                mode.execute(session, url) { authorization ->
                    val authorized = request.copy().header("Authorization", authorization).build()
                    HTTP.send(authorized, BodyHandlers.discarding()).statusCode()
                }
            Outcome(status, null, null)
        } catch (unavailable: RefreshUnavailableException) {
            Outcome(null, "unavailable", unavailable.retryAfter.plusNanos(999_999_999).seconds)
        } catch (refusal: AccessTokenException) {
            Outcome(null, refusal.code, null)
        } catch (_: IOException) {
            Outcome(null, "no_answer", null)
        }

    private fun Members.expected(): Expected {
        val outcome = Outcome(whole("status"), text("error"), whole("retry_after")?.toLong())
        if ((outcome.status == null) == (outcome.error == null)) fail("expect either a status or an error")
        return Expected(outcome, texts("sent") ?: fail("sent is missing"))
    }

    private fun check(
        sending: List<Started>,
        expected: Expected,
    ) {
        for (request in sending) {
            val actual = request.outcome.get()
            val retryAfter = expected.outcome.retryAfter ?: actual.retryAfter
            if (actual != expected.outcome.copy(retryAfter = retryAfter)) fail("$actual instead of ${expected.outcome}")
            val seen = server.requests.filter { it.headers["x-request"] == request.number }.map { it.token() }
            if (seen != expected.sent) fail("sent $seen instead of ${expected.sent}")
        }
    }

    private fun refreshes() = server.requests.filter { it.path == "/token" }

    private fun refreshTokenSent(): String? =
        refreshes().lastOrNull()?.body?.split('&')?.firstNotNullOfOrNull {
            it.removePrefix("refresh_token=").takeIf { token -> token != it }
        }

    private fun health(name: String): JsonElement {
        val health = session.health()
        return when (name) {
            "signed_in" -> JsonPrimitive(health.isSignedIn)
            "is_valid" -> JsonPrimitive(health.isValid)
            "is_refreshing" -> JsonPrimitive(health.isRefreshing)
            "failures" -> JsonPrimitive(health.failures)
            else -> fail("unknown member $name of health")
        }
    }

    private fun settings(source: JsonElement): RefreshSettings =
        source.members {
            val builder = RefreshSettings.builder().clock(clock)
            seconds("skew")?.let(builder::skew)
            seconds("unauthorized_rest")?.let(builder::unauthorizedRest)
            seconds("shortest_rest")?.let(builder::shortestRest)
            seconds("longest_rest")?.let(builder::longestRest)
            seconds("refresh_timeout")?.let(builder::refreshTimeout)
            builder.build()
        }

    override fun isCalm(): Boolean {
        val refreshing = if (session.health().isRefreshing) 1 else 0
        return maxOf(refreshing, session.tokens.underWay) <= server.held
    }
}

private fun Members.tokens(): IssuedTokens {
    val expiresIn = take("expires_in")?.takeIf { it != JsonNull }?.jsonPrimitive?.long
    return IssuedTokens(
        text("access") ?: fail("no access token"),
        text("refresh"),
        expiresIn?.let(Duration::ofSeconds),
    )
}

private fun JsonElement.mustBeTrue(action: () -> Unit) = if (this == JsonPrimitive(true)) action() else fail("$this")
