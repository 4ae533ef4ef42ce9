package dev.verijot.scenarios

import dev.verijot.CacheSettings
import dev.verijot.FetchRequest
import dev.verijot.FetchResponse
import dev.verijot.Fetcher
import dev.verijot.InvalidJwksException
import dev.verijot.InvalidKeySourceException
import dev.verijot.JwksClient
import dev.verijot.KeySnapshot
import dev.verijot.Policy
import dev.verijot.VerificationException
import dev.verijot.Verifier
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.IOException
import java.net.URI
import java.security.MessageDigest
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Future
import java.util.concurrent.atomic.AtomicInteger

/** Plays one scenario of keys over time: clients, and a scripted issuer. */
class KeysScenario(
    private val fixtures: JsonObject,
    private val mode: Mode,
) : StepScenario() {
    private val clock = ScenarioClock()
    private val script = KeysScript(fixtures)
    private val server = ScenarioServer(script::answer)
    private val clients = ConcurrentHashMap<String, JwksClient>()
    private val started = HashMap<String, List<Future<Outcome>>>()
    private val inFlight = AtomicInteger()
    private val strays = CopyOnWriteArrayList<String>()
    private lateinit var newClient: () -> JwksClient

    /** `accepted`, `ok` or a code, and the whole seconds of Retry-After. */
    private data class Outcome(
        val code: String,
        val retryAfter: Long?,
    )

    fun play(scenario: JsonObject) =
        scenario.members {
            script.origin = server.origin
            description()
            take("deployment")
            take("requires")
            // Every call in `Mode.COROUTINES` has its own event loop anyway.
            take("loop_each_call")
            val settings = settings(take("settings") ?: JsonObject(emptyMap()))
            val source = take("source")?.jsonObject ?: JsonObject(mapOf("jwks_url" to JsonPrimitive("{origin}/keys")))
            newClient = { client(source, settings) }
            val setupError = text("setup_error")
            val steps = take("steps") as? JsonArray
            if (setupError != null) compare("setup", setupError, setup())
            playSteps(steps.orEmpty())
            if (started.isNotEmpty()) fail("a verify was not joined")
            if (strays.isNotEmpty()) fail("requests to $strays")
        }

    override fun close() {
        clients.values.forEach(JwksClient::close)
        server.close()
        super.close()
    }

    private fun setup(): String =
        try {
            newClient().close()
            "ok"
        } catch (problem: InvalidKeySourceException) {
            problem.code
        }

    override fun act(step: JsonElement): Unit =
        step.members {
            number("at")?.let(clock::set)
            val name = text("client") ?: "main"
            val action = names().singleOrNull() ?: fail("not one action")
            val value = take(action)!!
            val client by lazy { clients.computeIfAbsent(name) { newClient() } }
            when (action) {
                "issuer" -> {
                    script.setKeys(value)
                }

                "metadata" -> {
                    script.setMetadata(value)
                }

                "release" -> {
                    server.release()
                }

                "verify" -> {
                    verify(client, value)
                }

                "join" -> {
                    value.members { all(started.remove(text("as")) ?: fail("nothing to join"), expected()) }
                }

                "seed" -> {
                    seed(client, value)
                }

                // A JVM cannot fork: the other client starts with the keys of the first.
                "export_to", "fork_to" -> {
                    val other = clients.computeIfAbsent(value.text()) { newClient() }
                    other.seed(client.export() ?: fail("nothing to export"))
                }

                "purge" -> {
                    client.purge(value.text())
                }

                "restore" -> {
                    client.restore(value.text())
                }

                "refresh_now" -> {
                    value.members { check(expected(), outcome("ok") { mode.refreshNow(client) }) }
                }

                "asleep" -> {
                    clock.sleep(value.jsonPrimitive.content.toDouble())
                }

                "restart" -> {
                    clients.remove(name)?.close()
                }

                "fetches" -> {
                    eventually(action, value) { count { !it.isForMetadata() } }
                }

                "metadata_fetches" -> {
                    eventually(action, value) { count { it.isForMetadata() } }
                }

                "health" -> {
                    value.jsonObject.forEach { (member, right) -> eventually(member, right) { health(client, member) } }
                }

                else -> {
                    fail("unknown action $action")
                }
            }
        }

    private fun verify(
        client: JwksClient,
        source: JsonElement,
    ) = source.members {
        val token = fixtures.getValue("tokens").jsonObject[text("token")]?.text() ?: fail("no such token")
        val times = whole("times") ?: 1
        val name = text("as")
        val verifying =
            (1..times).map { threads.submit<Outcome> { outcome("accepted") { mode.verify(client, token) } } }
        if (name == null) {
            all(verifying, expected())
        } else {
            awaitStart(verifying) { server.held }
            started[name] = verifying
        }
    }

    private fun seed(
        client: JwksClient,
        source: JsonElement,
    ) = source.members {
        val jwks = script.jwks(texts("keys").orEmpty())
        val fetchedAt = clock.now().minusSeconds((whole("age") ?: fail("no age")).toLong())
        val digest = MessageDigest.getInstance("SHA-256").digest(jwks).joinToString("") { "%02x".format(it) }
        val sha256 =
            when (val kind = text("sha256")) {
                null -> null
                "right" -> digest
                "wrong" -> digest.reversed()
                else -> fail("unknown sha256 $kind")
            }
        val outcome =
            try {
                client.seed(KeySnapshot(jwks.decodeToString(), fetchedAt, sha256))
                "ok"
            } catch (problem: InvalidJwksException) {
                problem.code
            }
        compare("seed", text("expect"), outcome)
    }

    private fun health(
        client: JwksClient,
        member: String,
    ): JsonElement {
        val health = client.health()
        return when (member) {
            "usable_keys" -> JsonPrimitive(health.usableKeys)
            "is_fresh" -> JsonPrimitive(health.isFresh)
            "is_seed" -> JsonPrimitive(health.isSeed)
            "is_fetching" -> JsonPrimitive(health.isFetching)
            "failures" -> JsonPrimitive(health.failures)
            "purged" -> JsonArray(health.purged.map(::JsonPrimitive))
            else -> fail("unknown member $member of health")
        }
    }

    private fun count(isOne: (ScenarioServer.Request) -> Boolean) = JsonPrimitive(server.requests.count(isOne))

    private inline fun outcome(
        good: String,
        call: () -> Unit,
    ): Outcome =
        try {
            call()
            Outcome(good, null)
        } catch (refusal: VerificationException) {
            Outcome(refusal.code, refusal.retryAfter?.toSeconds())
        }

    private fun Members.expected() =
        Outcome(text("expect") ?: fail("nothing is expected"), whole("retry_after")?.toLong())

    private fun all(
        verifying: List<Future<Outcome>>,
        expected: Outcome,
    ) = verifying.forEach { check(expected, it.get()) }

    private fun check(
        expected: Outcome,
        actual: Outcome,
    ) {
        val isRight = expected.retryAfter == null || expected.retryAfter == actual.retryAfter
        if (expected.code != actual.code || !isRight) fail("$actual instead of $expected")
    }

    private fun client(
        source: JsonObject,
        settings: CacheSettings,
    ): JwksClient {
        val policy = Policy.of("https://issuer.example", "https://api.example") {}
        return source.members {
            val url = text("jwks_url")?.let(script::located)
            val issuer = text("issuer")?.let(script::located)
            when {
                url != null -> JwksClient(url, Verifier(policy), settings)
                issuer != null -> JwksClient.ofIssuer(issuer, Verifier(policy), settings)
                else -> fail("unknown source")
            }
        }
    }

    private fun settings(source: JsonElement): CacheSettings =
        source.members {
            val builder = CacheSettings.builder().clock(clock).fetcher(ToLoopback())
            seconds("fresh_for")?.let(builder::freshFor)
            seconds("shortest_fresh")?.let(builder::shortestFresh)
            seconds("longest_fresh")?.let(builder::longestFresh)
            seconds("revalidate_for")?.let(builder::revalidateFor)
            seconds("stale_for")?.let(builder::staleFor)
            seconds("unknown_window")?.let(builder::unknownWindow)
            seconds("shortest_rest")?.let(builder::shortestRest)
            seconds("longest_rest")?.let(builder::longestRest)
            seconds("fetch_timeout")?.let(builder::fetchTimeout)
            if (flag("stale_despite_headers")) builder.staleDespiteHeaders()
            if (flag("empty_set_revokes")) builder.emptySetRevokes()
            texts("purposes")?.let(builder::purposes)
            texts("certificates")?.let(builder::certificates)
            whole("max_keys")?.let(builder::maxKeys)
            whole("max_octets")?.let(builder::maxOctets)
            texts("allowed_hosts")?.let(builder::allowedHosts)
            if (flag("plain_http")) builder.allowPlainHttp()
            builder.build()
        }

    override fun isCalm(): Boolean {
        val held = server.held
        return clients.values.count { it.health().isFetching } <= held && inFlight.get() <= held
    }

    /** Sends requests for hosts under `example` to the scenario's server, and refuses all other hosts. */
    private inner class ToLoopback : Fetcher {
        private val fetcher = Fetcher.ofPlatform()

        override fun fetch(request: FetchRequest): FetchResponse {
            inFlight.incrementAndGet()
            try {
                val uri = URI.create(request.url)
                val url = server.origin + uri.rawPath.ifEmpty { "/" }
                if (!uri.host.endsWith(".example") && !request.url.startsWith(server.origin)) {
                    strays += request.url
                    throw IOException("only loopback is allowed")
                }
                return fetcher.fetch(FetchRequest(url, request.headers, request.timeout, request.maxOctets))
            } finally {
                inFlight.decrementAndGet()
            }
        }
    }
}
