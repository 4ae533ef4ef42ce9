package dev.verijot.scenarios

import dev.verijot.FetchRequest
import dev.verijot.FetchResponse
import dev.verijot.Fetcher
import dev.verijot.InvalidJwksException
import dev.verijot.InvalidKeySourceException
import dev.verijot.JwksClient
import dev.verijot.JwksSettings
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
import java.time.Duration
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executors
import java.util.concurrent.Future
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.atomic.AtomicInteger

/** Plays one scenario of keys over time: clients, and a scripted issuer. */
class KeysScenario(
    private val fixtures: JsonObject,
    private val mode: Mode,
) : AutoCloseable {
    private val clock = ScenarioClock()
    private val script = KeysScript(fixtures)
    private val server = ScenarioServer(script::answer)
    private val threads = Executors.newCachedThreadPool { Thread(it).apply { isDaemon = true } }
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
            listOf("id", "title", "why", "refs").forEach { take(it) ?: fail("$it is missing") }
            take("deployment")
            // Every call in `Mode.COROUTINES` has an event loop of its own, and no fetch ends with it.
            take("loop_each_call")
            val settings = settings(take("settings") ?: JsonObject(emptyMap()))
            val source = take("source")?.jsonObject ?: JsonObject(mapOf("jwks_url" to JsonPrimitive("{origin}/keys")))
            newClient = { client(source, settings) }
            val setupError = text("setup_error")
            val steps = take("steps") as? JsonArray
            if (setupError != null) compare("setup", setupError, setup())
            steps.orEmpty().forEachIndexed { index, step -> play("step ${index + 1} $step", step) }
            if (started.isNotEmpty()) fail("a verify was not joined")
            if (strays.isNotEmpty()) fail("requests to $strays")
        }

    override fun close() {
        clients.values.forEach(JwksClient::close)
        server.close()
        threads.shutdownNow()
    }

    private fun setup(): String =
        try {
            newClient().close()
            "ok"
        } catch (problem: InvalidKeySourceException) {
            problem.code
        }

    private fun play(
        description: String,
        step: JsonElement,
    ) {
        val done =
            threads.submit {
                act(step)
                settle()
            }
        try {
            done.get(LONGEST_STEP.toMillis(), MILLISECONDS)
        } catch (failure: Exception) {
            fail("$description: ${failure.cause ?: failure}")
        }
    }

    private fun act(step: JsonElement) =
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

                // A JVM cannot fork: the child holds what it would have been born with.
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
            // Until it waits for an answer that is held, or for those who do.
            Thread.sleep(50)
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
        settings: JwksSettings,
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

    private fun settings(source: JsonElement): JwksSettings =
        source.members {
            val builder = JwksSettings.builder().clock(clock).fetcher(ToLoopback())
            val span = { name: String, set: (Duration) -> Unit ->
                number(name)?.let { set(Duration.ofNanos((it * 1e9).toLong())) }
            }
            span("fresh_for") { builder.freshFor(it) }
            span("shortest_fresh") { builder.shortestFresh(it) }
            span("longest_fresh") { builder.longestFresh(it) }
            span("revalidate_for") { builder.revalidateFor(it) }
            span("stale_for") { builder.staleFor(it) }
            span("unknown_window") { builder.unknownWindow(it) }
            span("shortest_rest") { builder.shortestRest(it) }
            span("longest_rest") { builder.longestRest(it) }
            span("fetch_timeout") { builder.fetchTimeout(it) }
            if (flag("stale_despite_headers")) builder.staleDespiteHeaders()
            whole("max_keys")?.let(builder::maxKeys)
            whole("max_octets")?.let(builder::maxOctets)
            texts("allowed_hosts")?.let(builder::allowedHosts)
            if (flag("plain_http")) builder.allowPlainHttp()
            builder.build()
        }

    /** Three looks in a row, for what is between two states at one of them. */
    private fun settle() {
        var calm = 0
        while (calm < 3) {
            Thread.sleep(2)
            val fetching = clients.values.count { it.health().isFetching }
            val held = server.held
            calm = if (fetching <= held && inFlight.get() <= held) calm + 1 else 0
        }
    }

    /** Makes requests to hosts under `example` to the scenario's server, and to no other host at all. */
    private inner class ToLoopback : Fetcher {
        private val fetcher = Fetcher.ofPlatform()

        override fun fetch(request: FetchRequest): FetchResponse {
            inFlight.incrementAndGet()
            try {
                val uri = URI.create(request.url)
                val url = server.origin + uri.rawPath.ifEmpty { "/" }
                if (!uri.host.endsWith(".example") && !request.url.startsWith(server.origin)) {
                    strays += request.url
                    throw IOException("only loopback is there")
                }
                return fetcher.fetch(FetchRequest(url, request.headers, request.timeout, request.maxOctets))
            } finally {
                inFlight.decrementAndGet()
            }
        }
    }
}

private fun compare(
    what: String,
    expected: Any?,
    actual: Any?,
) {
    if (expected != actual) fail("$what: $actual instead of $expected")
}

/** Waits up to a second for the right value. */
fun eventually(
    what: String,
    expected: JsonElement,
    actual: () -> JsonElement,
) {
    repeat(500) {
        if (actual() == expected) return
        Thread.sleep(2)
    }
    compare(what, expected, actual())
}

/** A step may take no longer in real time. */
private val LONGEST_STEP = Duration.ofSeconds(10)
