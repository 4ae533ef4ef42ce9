package dev.verijot.scenarios

import dev.verijot.CacheSettings
import dev.verijot.Demand
import dev.verijot.Guard
import dev.verijot.InvalidDemandException
import dev.verijot.JwksClient
import dev.verijot.Policy
import dev.verijot.Revocation
import dev.verijot.TokenPlace
import dev.verijot.VerificationException
import dev.verijot.VerifiedToken
import dev.verijot.Verifier
import dev.verijot.coroutines.admit
import dev.verijot.coroutines.suspending
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.net.Socket
import java.net.URI
import java.time.Duration

/** Plays one scenario of guards: one request to a route, and the whole response. */
class GuardScenario(
    private val fixtures: JsonObject,
    private val mode: Mode,
) : AutoCloseable {
    @Volatile
    private var route: (ScenarioServer.Request) -> ScenarioServer.Answer = { answer(500) }
    private val server = ScenarioServer { if (it.path == "/subject") route(it) else keys() }
    private var unavailableFor: Duration? = null

    fun play(scenario: JsonObject) =
        scenario.members {
            description()
            val setupError = text("setup_error")
            val problem = setup(take("guard") ?: fail("no guard"))
            val headers = take("headers")?.jsonArray.orEmpty().map { it.jsonArray.map(JsonElement::text) }
            val expected = take("answer")
            if (problem != setupError) fail("setup: $problem instead of $setupError")
            if ((setupError == null) != (expected != null)) fail("either answer or setup_error")
            expected?.let { compare(it, get(headers.map { (name, value) -> name to filled(value) })) }
        }

    override fun close() = server.close()

    /** Sets the guard up. Returns the code of the setup error, if there is one. */
    private fun setup(guard: JsonElement): String? =
        guard.members {
            val place = take("place") ?: fail("no place")
            val isOptional = flag("optional")
            val demands = documents(take("demand"))
            val realm = text("realm")
            val metadata = text("resource_metadata")
            val checks = texts("revocation").orEmpty()
            checks.firstOrNull { it !in CHECKS }?.let { fail("unknown check $it") }
            unavailableFor = seconds("keys_unavailable_for")
            try {
                val demand = demands.map { Demand.fromJson(it.toString()) }.reduceOrNull(Demand::and)
                serve(Guard(demand, place(place), isOptional, realm, metadata), checks)
                null
            } catch (problem: InvalidDemandException) {
                problem.code
            }
        }

    private fun documents(demand: JsonElement?): List<JsonElement> =
        when {
            demand == null -> emptyList()
            demand is JsonArray && demand.isNotEmpty() -> demand
            else -> listOf(demand)
        }

    private fun place(source: JsonElement): TokenPlace {
        if (source is JsonPrimitive) {
            if (source.text() != "authorization") fail("unknown place $source")
            return TokenPlace.AUTHORIZATION
        }
        return source.members {
            val (header, cookie) = text("header") to text("cookie")
            when {
                header != null && cookie == null -> TokenPlace.header(header)
                cookie != null && header == null -> TokenPlace.cookie(cookie)
                else -> fail("unknown place $source")
            }
        }
    }

    private fun serve(
        guard: Guard,
        checks: List<String>,
    ) {
        val admit = admission(guard, checks)
        route = { request ->
            try {
                val values = request.lines.filter { it.first.equals(guard.headerName, true) }.map { it.second }
                answer(200, subjectOf(admit(values)?.subject).toString())
            } catch (refused: VerificationException) {
                val answer = guard.answer(refused)
                answer(answer.status, answer.body, answer.headers)
            }
        }
    }

    private fun admission(
        guard: Guard,
        checks: List<String>,
    ): (List<String>) -> VerifiedToken? {
        if (mode == Mode.BLOCKING) {
            val client = client(checks)
            return { values -> guard.admit(values, client) }
        }
        val client =
            client(emptyList()).suspending(TIMEOUT) {
                val answers = checks.map { if (it == "slow") awaitCancellation() else revocation(it) }
                answers.firstOrNull { it != Revocation.CLEAR } ?: Revocation.CLEAR
            }
        return { values -> runBlocking { guard.admit(values, client) } }
    }

    /** Makes a client with fetched keys, unless the scenario makes the issuer unavailable. */
    private fun client(checks: List<String>): JwksClient {
        val policy =
            Policy.of("https://issuer.example", "https://api.example") {
                checks.forEach { check -> revoked { revocation(check) } }
                revocationTimeout(TIMEOUT)
            }
        val settings = CacheSettings.builder().clock(ScenarioClock())
        unavailableFor?.let(settings::shortestRest)
        val client = JwksClient("${server.origin}/keys", Verifier(policy), settings.build())
        if (unavailableFor == null) client.ready()
        return client
    }

    private fun revocation(check: String): Revocation =
        when (check) {
            "clear" -> {
                Revocation.CLEAR
            }

            "revoked" -> {
                Revocation.REVOKED
            }

            "unavailable" -> {
                Revocation.UNAVAILABLE
            }

            "slow" -> {
                Thread.sleep(LONGEST_WAIT.toLong())
                Revocation.CLEAR
            }

            else -> {
                throw IllegalStateException("a check that fails")
            }
        }

    private fun keys() = if (unavailableFor == null) answer(200, fixtures.getValue("jwks").toString()) else answer(500)

    /** Status, header lines with names in lower case, and body. */
    private fun get(headers: List<Pair<String, String>>): Triple<Int, List<Pair<String, String>>, String> {
        val lines = headers.joinToString("") { (name, value) -> "$name: $value\r\n" }
        val received =
            Socket("127.0.0.1", URI.create(server.origin).port).use { socket ->
                socket.soTimeout = LONGEST_WAIT
                socket.getOutputStream().write("GET /subject HTTP/1.1\r\nHost: api\r\n$lines\r\n".toByteArray())
                socket.getInputStream().readAllBytes().decodeToString()
            }
        val head = received.substringBefore("\r\n\r\n").split("\r\n")
        val answered = head.drop(1).map { it.substringBefore(": ").lowercase() to it.substringAfter(": ") }
        return Triple(head[0].split(' ')[1].toInt(), answered, received.substringAfter("\r\n\r\n"))
    }

    private fun compare(
        expected: JsonElement,
        actual: Triple<Int, List<Pair<String, String>>, String>,
    ) = expected.members {
        val (status, headers, body) = actual
        val subject = text("subject")
        val right = text("body") ?: subjectOf(subject).toString()
        if (status != whole("status") || body != right) fail("$status $body instead of $expected")
        text("code")?.let { if (it !in body) fail("another code: $body") }
        take("headers")?.jsonObject?.forEach { (name, value) ->
            val values = headers.filter { it.first == name.lowercase() }.map { it.second }
            if (values != listOfNotNull(value.jsonPrimitive.contentOrNull)) fail("$name: $values instead of $value")
        }
    }

    private fun filled(value: String): String =
        Regex("\\{token:([^}]*)\\}").replace(value) { found ->
            val tokens = fixtures.getValue("tokens").jsonObject
            tokens[found.groupValues[1]]?.text() ?: fail("no such token")
        }
}

private fun subjectOf(subject: String?) = JsonObject(mapOf("subject" to (subject?.let(::JsonPrimitive) ?: JsonNull)))

private fun answer(
    status: Int,
    body: String = "",
    headers: Map<String, String> = emptyMap(),
) = ScenarioServer.Answer(status, headers, body.toByteArray(), null, false)

private val CHECKS = setOf("clear", "revoked", "unavailable", "error", "slow")

private val TIMEOUT = Duration.ofMillis(200)

private const val LONGEST_WAIT = 10_000
