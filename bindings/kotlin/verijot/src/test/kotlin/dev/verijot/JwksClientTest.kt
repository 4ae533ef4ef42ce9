package dev.verijot

import dev.verijot.issuer.LocalIssuer
import dev.verijot.issuer.ManualClock
import dev.verijot.issuer.Signer
import dev.verijot.issuer.await
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import java.io.IOException
import java.net.ServerSocket
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

@Timeout(60)
class JwksClientTest {
    private val signer = Signer("k1")
    private val issuer = LocalIssuer(signer)
    private val clock = ManualClock()
    private val verifier = Verifier(Signer.ISSUER, Signer.AUDIENCE)
    private val client = client()

    @AfterEach
    fun stop() {
        client.close()
        issuer.close()
    }

    private fun client(
        url: String = issuer.url,
        settings: CacheSettings.Builder.() -> Unit = {},
    ) = JwksClient(
        url,
        verifier,
        CacheSettings
            .builder()
            .clock(clock)
            .apply(settings)
            .build(),
    )

    private fun token(signer: Signer = this.signer) = signer.token(now = clock.now())

    @Test
    fun `serves all waiting callers with one fetch`() {
        issuer.gate = CountDownLatch(1)
        val waiting = List(16) { inThread { client.verify(token()).subject } }
        issuer.awaitRequests(1)
        assertTrue(client.health().isFetching)
        issuer.gate.countDown()
        for (answer in waiting) assertEquals("alice", answer.get(20, SECONDS))
        assertEquals(1, issuer.requests.get())
        assertEquals(1, client.health().usableKeys)
        assertTrue(client.health().isFresh)
    }

    @Test
    fun `follows a rotation`() {
        assertEquals("k1", client.verify(token()).keyId)
        clock.advance(Duration.ofSeconds(1))
        val next = Signer("k2")
        issuer.jwks = Signer.jwks(next)
        assertEquals("k2", client.verify(token(next)).keyId)
        assertEquals(2, issuer.requests.get())
        assertThrows(UnknownKeyException::class.java) { client.verify(token()) }
    }

    @Test
    fun `does not wait for a refresh in the background`() {
        client.verify(token())
        issuer.gate = CountDownLatch(1)
        issuer.jwks = Signer.jwks(signer, Signer("k2"))
        clock.advance(Duration.ofMinutes(9))
        assertEquals("alice", client.verify(token()).subject)
        issuer.awaitRequests(2)
        assertEquals(1, client.health().usableKeys)
        issuer.gate.countDown()
        await { client.health().usableKeys == 2 }
    }

    @Test
    fun `keeps using keys for a day of outage`() {
        client.verify(token())
        issuer.status = 500
        clock.advance(Duration.ofHours(12))
        assertEquals("alice", client.verify(token()).subject)
        await { client.health().failures > 0 && !client.health().isFetching }
        assertTrue(client.health().lastFailure!!.contains("500"), client.health().lastFailure)
        clock.advance(Duration.ofHours(13))
        val refused = assertThrows(KeysUnavailableException::class.java) { client.verify(token()) }
        assertEquals(503, refused.httpStatus)
        assertNotNull(refused.retryAfter)
        issuer.status = 200
        clock.advance(Duration.ofMinutes(2))
        assertEquals("alice", client.verify(token()).subject)
    }

    @Test
    fun `fetches at most once in fifteen seconds for unknown kids`() {
        client.verify(token())
        clock.advance(Duration.ofSeconds(1))
        flood()
        assertEquals(2, issuer.requests.get())
        clock.advance(Duration.ofSeconds(16))
        flood()
        assertEquals(3, issuer.requests.get())
        assertEquals(2, client.health().fetches.unknownKey)
    }

    @Test
    fun `withdraws a leaked key at once`() {
        client.verify(token())
        client.purge("k1")
        assertEquals(listOf("k1"), client.health().purged)
        assertThrows(UnknownKeyException::class.java) { client.verify(token()) }
        assertTrue(client.restore("k1"))
        assertFalse(client.restore("k1"))
        client.purge("\uD800")
        assertFalse(client.restore("\uD800"))
        assertEquals("alice", client.verify(token()).subject)
        assertEquals(1, issuer.requests.get())
    }

    @Test
    fun `fetches the current keys on request`() {
        client.verify(token())
        issuer.jwks = Signer.jwks(Signer("k2"))
        clock.advance(Duration.ofMillis(500))
        assertThrows(KeysUnavailableException::class.java) { client.refreshNow() }
        clock.advance(Duration.ofMillis(500))
        client.refreshNow()
        assertThrows(UnknownKeyException::class.java) { client.verify(token()) }
        assertEquals(1, client.health().fetches.requested)
    }

    @Test
    fun `fetches the keys again after a bad signature`() {
        val before = Signer("k1")
        issuer.jwks = Signer.jwks(before)
        assertEquals("alice", client.verify(token(before)).subject)
        issuer.jwks = Signer.jwks(signer)
        assertThrows(InvalidSignatureException::class.java) { client.verify(token()) }
        clock.advance(Duration.ofSeconds(60))
        assertEquals("alice", client.verify(token()).subject)
        assertEquals(1, client.health().fetches.refusedToken)
    }

    @Test
    fun `fetches only from allowed hosts`() {
        val elsewhere = CacheSettings.builder().allowedHosts(listOf("issuer.example")).build()
        assertThrows(InvalidKeySourceException::class.java) { JwksClient(issuer.url, verifier, elsewhere) }
        val cluster = CacheSettings.builder().allowPlainHttp().build()
        JwksClient("http://issuer.example/keys", verifier, cluster).close()
        assertThrows(InvalidKeySourceException::class.java) { JwksClient("http://issuer.example/keys", verifier) }
    }

    @Test
    fun `answers 503 if the issuer cannot be reached`() {
        val unused = ServerSocket(0).use { "http://127.0.0.1:${it.localPort}/keys" }
        val client = client(unused)
        val refused = assertThrows(KeysUnavailableException::class.java) { client.verify(token()) }
        assertNotNull(refused.retryAfter)
        assertThrows(KeysUnavailableException::class.java) { client.ready() }
        assertThrows(KeysUnavailableException::class.java) { client.explain(token()) }
        assertTrue(client.health().lastFailure!!.contains("ConnectException"), client.health().lastFailure)
        assertThrows(MalformedTokenException::class.java) { client.verify("x") }
    }

    @Test
    fun `an interrupted caller does not disturb others`() {
        issuer.gate = CountDownLatch(1)
        val (first, answer) = started { client.verify(token()) }
        issuer.awaitRequests(1)
        val others = List(3) { inThread { client.verify(token()).subject } }
        first.interrupt()
        val failure = assertThrows(ExecutionException::class.java) { answer.get(20, SECONDS) }
        assertEquals(InterruptedException::class.java, failure.cause?.javaClass)
        issuer.gate.countDown()
        for (other in others) assertEquals("alice", other.get(20, SECONDS))
        assertEquals(1, issuer.requests.get())
    }

    @Test
    fun `stops waiting and fetching when it is closed`() {
        issuer.gate = CountDownLatch(1)
        val waiting = inThread { assertThrows(KeysUnavailableException::class.java) { client.verify(token()) } }
        issuer.awaitRequests(1)
        client.close()
        waiting.get(20, SECONDS)
        clock.advance(Duration.ofMinutes(5))
        assertThrows(KeysUnavailableException::class.java) { client.verify(token()) }
        assertEquals(1, issuer.requests.get())
        client.seed(KeySnapshot(issuer.jwks))
        assertEquals("alice", client.verify(token()).subject)
    }

    @Test
    fun `treats a slow response as a failure`() {
        issuer.gate = CountDownLatch(1)
        val client =
            JwksClient(issuer.url, verifier, CacheSettings.builder().fetchTimeout(Duration.ofMillis(300)).build())
        val start = System.nanoTime()
        assertThrows(KeysUnavailableException::class.java) { client.verify(token()) }
        assertTrue(System.nanoTime() - start < SECONDS.toNanos(4))
        issuer.gate.countDown()
        Thread.sleep(Duration.ofMillis(1100).toMillis()) // the wait after a failure, by the real clock
        assertEquals("alice", client.verify(token()).subject)
    }

    @Test
    fun `survives any misbehaving fetcher`() {
        val never = CountDownLatch(1)
        val fetchers =
            listOf(
                Fetcher { throw IOException("no connection \uD800") },
                Fetcher { error("a mistake") },
                Fetcher { throw StackOverflowError() },
                Fetcher { throw NoClassDefFoundError() },
                Fetcher { FetchResponse(302, mapOf("Location" to issuer.url), ByteArray(0)) },
                Fetcher { FetchResponse(200, mapOf(), ByteArray(it.maxOctets + 1)) },
                Fetcher { FetchResponse(200, mapOf(), """{"keys":[]}""".toByteArray()) },
                Fetcher { FetchResponse(-1, mapOf(), ByteArray(0)) },
                Fetcher { never.await().let { FetchResponse(500, mapOf(), ByteArray(0)) } },
            )
        val quietly = Thread.getDefaultUncaughtExceptionHandler()
        Thread.setDefaultUncaughtExceptionHandler { _, _ -> }
        try {
            for (fetcher in fetchers) {
                val settings =
                    CacheSettings
                        .builder()
                        .fetcher(fetcher)
                        .fetchTimeout(Duration.ofMillis(200))
                        .build()
                val client = JwksClient(issuer.url, verifier, settings)
                assertThrows(KeysUnavailableException::class.java) { client.verify(token()) }
                assertNotNull(client.health().lastFailure)
                client.close()
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(quietly)
        }
    }

    @Test
    fun `reads every line of a header, and no status beyond those of HTTP`() {
        val names = listOf("cache-control", "Cache-Control")
        for ((first, second) in listOf(names, names.reversed())) {
            val headers = linkedMapOf(first to "no-store", second to "max-age=86400")
            val client = client { fetcher { FetchResponse(200, headers, issuer.jwks.toByteArray()) } }
            client.verify(token())
            clock.advance(Duration.ofHours(1))
            assertFalse(client.health().isFresh)
        }
        val odd = client { fetcher { FetchResponse(65_736, mapOf(), issuer.jwks.toByteArray()) } }
        assertThrows(KeysUnavailableException::class.java) { odd.verify(token()) }
    }

    @Test
    fun `interrupts a request that takes too long, and gives up after four that ignore it`() {
        val interrupted = AtomicInteger()
        val end = CountDownLatch(1)
        val started = AtomicInteger()
        val deaf =
            Fetcher {
                started.incrementAndGet()
                while (end.count > 0) {
                    try {
                        end.await()
                    } catch (_: InterruptedException) {
                        interrupted.incrementAndGet()
                    }
                }
                throw IOException("late")
            }
        val client =
            client {
                val time = Duration.ofMillis(100)
                fetcher(deaf)
                    .clock(Clock.System)
                    .fetchTimeout(time)
                    .shortestRest(time)
                    .longestRest(time)
            }
        try {
            for (count in 1..4) {
                assertThrows(KeysUnavailableException::class.java) { client.verifyLater() }
                await { interrupted.get() == count }
            }
            repeat(3) { assertThrows(KeysUnavailableException::class.java) { client.verifyLater() } }
            assertEquals(4, started.get())
            assertTrue("hang" in client.health().lastFailure!!, client.health().lastFailure)
        } finally {
            end.countDown()
        }
        await { runCatching { client.verifyLater() }.let { started.get() > 4 } }
    }

    private fun JwksClient.verifyLater() =
        try {
            verify(signer.token())
        } finally {
            Thread.sleep(150)
        }

    @Test
    fun `takes a clock that begins before zero`() {
        val early =
            object : Clock by clock {
                override fun monotonicNanos(): Long = clock.monotonicNanos() - Duration.ofHours(1).toNanos()
            }
        val client = client { clock(early) }
        assertEquals("k1", client.verify(token()).keyId)
        clock.advance(Duration.ofSeconds(1))
        val next = Signer("k2")
        issuer.jwks = Signer.jwks(next)
        assertEquals("k2", client.verify(token(next)).keyId)
    }

    @Test
    fun `a clock that fails ends no thread, and loses no fetch`() {
        val fails = AtomicBoolean()
        val broken =
            object : Clock by clock {
                override fun now(): Instant = if (fails.get()) error("no clock") else clock.now()
            }
        val client =
            client {
                clock(broken).fetcher {
                    fails.set(true)
                    FetchResponse(200, mapOf(), issuer.jwks.toByteArray())
                }
            }
        val uncaught = CopyOnWriteArrayList<Throwable>()
        val before = Thread.getDefaultUncaughtExceptionHandler()
        Thread.setDefaultUncaughtExceptionHandler { _, failure -> uncaught += failure }
        try {
            assertThrows(IllegalStateException::class.java) { client.verify(token()) }
            await { Thread.getAllStackTraces().keys.none { it.name == "verijot-keys" } }
            fails.set(false)
            assertFalse(client.health().isFetching)
            assertEquals(1, client.health().usableKeys)
            assertEquals(emptyList<Throwable>(), uncaught)
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before)
        }
    }

    @ParameterizedTest
    @MethodSource("dev.verijot.FetcherTest#fetchers")
    fun `never shows the query of a URL that Java cannot read`(fetcher: Fetcher) {
        for (url in listOf("https://my_issuer/keys?key=SECRET", "https://127.0.0.1:1/keys?key=SECRET|")) {
            val client = client(url) { fetcher(fetcher).clock(Clock.System) }
            assertThrows(KeysUnavailableException::class.java) { client.ready() }
            assertFalse("SECRET" in client.health().lastFailure!!, client.health().lastFailure)
        }
    }

    @Test
    fun `a second list of hosts does not replace the first`() {
        val settings = CacheSettings.builder().allowedHosts(listOf("a"))
        assertThrows(InvalidKeySourceException::class.java) { settings.allowedHosts(listOf("b")) }
        assertThrows(InvalidKeySourceException::class.java) {
            CacheSettings.builder().purposes(listOf("a")).purposes(listOf("b"))
        }
        assertThrows(InvalidKeySourceException::class.java) {
            CacheSettings.builder().certificates(listOf("ES256")).certificates(listOf("RS256"))
        }
    }

    @Test
    fun `does not follow redirects or read large bodies`() {
        issuer.status = 302
        issuer.headers = mapOf("Location" to "${issuer.origin}/elsewhere")
        assertThrows(KeysUnavailableException::class.java) { client.verify(token()) }
        assertEquals(listOf("/keys"), issuer.paths)
        issuer.status = 200
        issuer.jwks = Signer.jwks(signer) + " ".repeat(300_000)
        clock.advance(Duration.ofMinutes(2))
        assertThrows(KeysUnavailableException::class.java) { client.verify(token()) }
        assertTrue(client.health().lastFailure!!.contains("too_large"), client.health().lastFailure)
        assertEquals("alice", client { maxOctets(400_000) }.verify(token()).subject)
    }

    @Test
    fun `sends conditional requests`() {
        issuer.headers = mapOf("ETag" to "\"v1\"", "Cache-Control" to "max-age=120")
        client.verify(token())
        issuer.status = 304
        clock.advance(Duration.ofSeconds(119))
        client.verify(token())
        await { client.health().age == Duration.ZERO }
        assertEquals(listOf(null, "\"v1\""), issuer.conditions)
        assertTrue(client.health().isFresh)
        assertEquals(0, client.health().failures)
    }

    @Test
    fun `finds the keys through the metadata of the issuer`() {
        issuer.hasMetadata = true
        val client = JwksClient.fromIssuer(issuer.origin, Signer.AUDIENCE)
        client.ready()
        val raw = signer.token("""{"iss":"${issuer.origin}"}""")
        assertEquals("alice", client.verify(raw).subject)
        assertEquals(listOf("/.well-known/openid-configuration", "/keys"), issuer.paths)
        assertThrows(WrongIssuerException::class.java) { client.verify(signer.token()) }
        assertTrue(client.explain(raw).isAccepted)
    }

    @Test
    fun `falls back to the well-known place unless discoveryOnly`() {
        val raw = signer.token("""{"iss":"${issuer.origin}"}""")
        val strict = CacheSettings.builder().discoveryOnly().build()
        assertThrows(KeysUnavailableException::class.java) {
            JwksClient.fromIssuer(issuer.origin, Signer.AUDIENCE, strict).verify(raw)
        }
        assertFalse("/.well-known/jwks.json" in issuer.paths)
        assertEquals("alice", JwksClient.fromIssuer(issuer.origin, Signer.AUDIENCE).verify(raw).subject)
        assertTrue("/.well-known/jwks.json" in issuer.paths)
    }

    @Test
    fun `fetches only over https, except from this machine`() {
        for (url in listOf("http://issuer.example/keys", "ftp://127.0.0.1/", "https://u:p@issuer.example/", "")) {
            assertThrows(InvalidKeySourceException::class.java) { JwksClient(url, verifier) }
        }
        assertThrows(InvalidKeySourceException::class.java) { JwksClient.fromIssuer("http://issuer.example", null) }
        assertThrows(InvalidPolicyException::class.java) {
            JwksClient.fromIssuer(
                Policy
                    .builder()
                    .anyIssuer()
                    .anyAudience()
                    .build(),
            )
        }
        val template = """{"template":"https://login.example/{tenant}/v2.0","claim":"tid","tenants":["a"]}"""
        val ofTenants = Policy.fromJson("""{"issuers":[$template],"audiences":null}""")
        assertEquals(
            "invalid_policy",
            assertThrows(InvalidPolicyException::class.java) { JwksClient.fromIssuer(ofTenants) }.code,
        )
        assertEquals(
            "JwksClient(https://issuer.example/keys)",
            JwksClient("https://issuer.example/keys?a=b", verifier).toString(),
        )
    }

    @Test
    fun `exports keys and seeds another client`() {
        assertNull(client.export())
        client.verify(token())
        clock.advance(Duration.ofSeconds(90))
        val snapshot = client.export()!!
        assertEquals(clock.now().minusSeconds(90), snapshot.fetchedAt)
        issuer.status = 500
        val other = client()
        other.seed(snapshot)
        assertEquals("alice", other.verify(token()).subject)
        assertTrue(other.health().isSeed)
        assertEquals(snapshot.sha256, other.health().sha256)
        assertThrows(
            InvalidJwksException::class.java,
        ) { client().seed(KeySnapshot(snapshot.jwks, sha256 = "0".repeat(64))) }
        assertThrows(InvalidJwksException::class.java) { client().seed(KeySnapshot("{}")) }
    }

    @Test
    fun `never fetches static keys`() {
        val client = JwksClient(JwkSet.fromJson(Signer.jwks(signer)), verifier)
        assertEquals("alice", client.verify(signer.token()).subject)
        assertThrows(UnknownKeyException::class.java) { client.verify(Signer("k2").token()) }
        assertEquals(1, client.health().usableKeys)
        client.ready()
        assertNull(client.export())
        assertTrue(client.explain(signer.token()).isAccepted)
        assertEquals("JwksClient(static keys)", client.toString())
    }

    @Test
    fun `explains every check with the cached keys`() {
        assertTrue(client.explain(token()).isAccepted)
        val unknown = client.explain(token(Signer("k2")))
        assertEquals("unknown_key", unknown.verdict.refusal?.code)
        val malformed = client("${issuer.origin}/other").explain("x")
        assertEquals("malformed_token", malformed.verdict.refusal?.code)
    }

    private fun flood() =
        repeat(20) {
            clock.advance(Duration.ofMillis(10))
            assertThrows(VerificationException::class.java) { client.verify(token(Signer("x$it"))) }
        }

    private fun <T> inThread(work: () -> T) = started(work).second

    private fun <T> started(work: () -> T): Pair<Thread, FutureTask<T>> {
        val task = FutureTask(work)
        return thread(isDaemon = true) { task.run() } to task
    }
}
