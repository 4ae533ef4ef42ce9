package dev.verijot

import dev.verijot.issuer.ManualClock
import dev.verijot.issuer.ScriptedKeeper
import dev.verijot.issuer.await
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.concurrent.thread

@Timeout(60)
class TokenSessionTest {
    private val clock = ManualClock()
    private val keeper = ScriptedKeeper()
    private val session = session()

    private fun session(settings: RefreshSettings.Builder.() -> Unit = {}) =
        TokenSession(
            keeper,
            RefreshSettings
                .builder()
                .clock(clock)
                .apply(settings)
                .build(),
        )

    @Test
    fun `serves all waiting callers with one refresh, and stores its tokens first`() {
        resume()
        clock.advance(HOUR)
        keeper.storeGate = CountDownLatch(1)
        val waiting = List(16) { CompletableFuture.supplyAsync { session.authorization() } }
        await { keeper.refreshes.get() == 1 && !session.health().isRefreshing }
        assertThrows(TimeoutException::class.java) { waiting[0].get(50, MILLISECONDS) }
        keeper.storeGate.countDown()
        for (answer in waiting) assertEquals("Bearer A1", answer.get(20, SECONDS))
        assertEquals(listOf("A1"), keeper.stored)
        assertEquals(1, keeper.refreshes.get())
    }

    @Test
    fun `an interrupted caller does not disturb others`() {
        resume()
        clock.advance(HOUR)
        keeper.refreshGate = CountDownLatch(1)
        val first = FutureTask { session.authorization() }
        val thread = thread(isDaemon = true) { first.run() }
        await { keeper.refreshes.get() == 1 }
        val other = CompletableFuture.supplyAsync { session.authorization() }
        thread.interrupt()
        val cause = assertThrows(ExecutionException::class.java) { first.get(20, SECONDS) }.cause
        assertTrue(cause is InterruptedException, "$cause")
        keeper.refreshGate.countDown()
        assertEquals("Bearer A1", other.get(20, SECONDS))
        assertEquals(1, keeper.refreshes.get())
    }

    @Test
    fun `retries a refused request once and closes the first response`() {
        resume()
        val answers = mutableListOf<Answer>()
        val answer =
            session.execute("https://api.example/notes", { it.status }) { authorization ->
                Answer(authorization, if (authorization == "Bearer A0") 401 else 200).also { answers += it }
            }
        assertEquals(listOf("Bearer A0", "Bearer A1"), answers.map { it.authorization })
        assertEquals(200, answer.status)
        assertTrue(answers[0].isClosed)
        assertFalse(answers[1].isClosed)
    }

    @Test
    fun `returns the response with 401, open, if there is no new token`() {
        resume()
        keeper.failure = IOException()
        val answer = session.execute("https://api.example/", { it.status }) { Answer(it, 401) }
        assertEquals(401, answer.status)
        assertFalse(answer.isClosed)
    }

    @Test
    fun `closes a response if there is no decision about it`() {
        resume()
        val answer = Answer("", 401)
        assertThrows(IllegalStateException::class.java) {
            session.execute<Answer>("https://api.example/", { error("no status") }) { answer }
        }
        assertTrue(answer.isClosed)
        keeper.refreshGate = CountDownLatch(1)
        val other = Answer("", 401)
        val waiting = FutureTask { session.execute("https://api.example/", { it.status }) { other } }
        val thread = thread(isDaemon = true) { waiting.run() }
        await { keeper.refreshes.get() == 1 }
        thread.interrupt()
        val cause = assertThrows(ExecutionException::class.java) { waiting.get(20, SECONDS) }.cause
        assertTrue(cause is InterruptedException, "$cause")
        assertTrue(other.isClosed)
        keeper.refreshGate.countDown()
    }

    @Test
    fun `a clock that fails ends no thread, and loses no tokens`() {
        val fails = AtomicBoolean()
        val broken =
            object : Clock by clock {
                override fun now(): Instant = if (fails.get()) error("no clock") else clock.now()
            }
        val session = session { clock(broken) }
        session.resume(IssuedTokens("A0", "R0", HOUR), HOUR)
        val uncaught = CopyOnWriteArrayList<Throwable>()
        val before = Thread.getDefaultUncaughtExceptionHandler()
        Thread.setDefaultUncaughtExceptionHandler { _, failure -> uncaught += failure }
        try {
            keeper.onRefresh = { fails.set(true) }
            assertThrows(IllegalStateException::class.java, session::authorization)
            await { keeper.stored.size == 1 || uncaught.isNotEmpty() }
            fails.set(false)
            assertEquals(emptyList<Throwable>(), uncaught)
            assertEquals("Bearer A1", session.authorization())
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before)
        }
    }

    @Test
    fun `a keeper that never returns does not keep the process alive`() {
        resume()
        clock.advance(HOUR)
        keeper.refreshGate = CountDownLatch(1)
        val waiting = CompletableFuture.supplyAsync { session.authorization() }
        await { keeper.refreshes.get() == 1 }
        val threads = Thread.getAllStackTraces().keys
        assertTrue(threads.filter { it.name == "verijot-tokens" }.all { it.isDaemon })
        keeper.refreshGate.countDown()
        assertEquals("Bearer A1", waiting.get(20, SECONDS))
    }

    @Test
    fun `passes on exceptions and sends no token over plain http`() {
        resume()
        assertThrows(IOException::class.java) {
            session.execute("https://api.example/", { 200 }) { throw IOException() }
        }
        val unsafe =
            assertThrows(UnsafeUrlException::class.java) {
                session.execute("http://api.example/", { 200 }) { error("sent") }
            }
        assertEquals("unsafe_url", unsafe.code)
        for (url in listOf("", "ftp://api.example/", "\ud800")) {
            assertThrows(UnsafeUrlException::class.java) { session.execute(url, { 200 }) { error("sent") } }
        }
    }

    @Test
    fun `requires a sign-in if there are no tokens`() {
        assertEquals("sign_in_needed", assertThrows(SignInNeededException::class.java, session::authorization).code)
        session.signIn(IssuedTokens("A0", "R0", HOUR))
        assertEquals(listOf("A0"), keeper.stored)
        assertEquals("Bearer A0", session.authorization())
        assertTrue(session.health().isSignedIn)
        assertEquals(HOUR, session.health().expiresIn)
        session.signOut()
        assertThrows(SignInNeededException::class.java, session::authorization)
        assertFalse(session.health().isSignedIn)
    }

    @Test
    fun `waits after a failed refresh, and only invalid_grant ends the session`() {
        resume()
        clock.advance(HOUR)
        keeper.failure = RefreshFailedException.ofResponse(503, ByteArray(0))
        val unavailable = assertThrows(RefreshUnavailableException::class.java, session::authorization)
        assertEquals(Duration.ofSeconds(1), unavailable.retryAfter)
        assertEquals("unexpected_status: 503", session.health().lastFailure)
        clock.advance(Duration.ofSeconds(1))
        keeper.failure = RefreshFailedException.ofResponse(400, """{"error":"invalid_grant"}""".toByteArray())
        assertThrows(SignInNeededException::class.java, session::authorization)
        assertEquals("invalid_grant", session.health().lastFailure)
        assertEquals(2, keeper.refreshes.get())
    }

    @Test
    fun `treats an exception of the keeper as no response, or as no storage`() {
        resume()
        clock.advance(HOUR)
        keeper.failure = IllegalStateException("secret")
        assertThrows(RefreshUnavailableException::class.java, session::authorization)
        assertEquals("no_answer", session.health().lastFailure)
        val broken =
            object : TokenKeeper by keeper {
                override fun canStore() = error("locked")
            }
        val other = TokenSession(broken, RefreshSettings.builder().clock(clock).build())
        other.resume(IssuedTokens("A0", "R0", HOUR), HOUR)
        assertThrows(StorageNeededException::class.java, other::authorization)
    }

    @Test
    fun `interrupts a slow refresh and does not send its refresh token twice at once`() {
        val session = session { refreshTimeout(Duration.ofMillis(100)) }
        session.resume(IssuedTokens("A0", "R0", HOUR), HOUR)
        keeper.refreshGate = CountDownLatch(1)
        assertThrows(RefreshUnavailableException::class.java, session::authorization)
        assertEquals("timed_out", session.health().lastFailure)
        await { Thread.getAllStackTraces().keys.none { it.name == "verijot-tokens" } }
        clock.advance(Duration.ofSeconds(1))
        keeper.refreshGate = CountDownLatch(0)
        assertEquals("Bearer A2", session.authorization())
    }

    @Test
    fun `takes tokens that arrive after the timeout`() {
        val late = CountDownLatch(1)
        val deaf =
            object : TokenKeeper by keeper {
                override fun refresh(refreshToken: String): IssuedTokens {
                    while (late.count > 0) runCatching { late.await() }
                    return keeper.refresh(refreshToken)
                }
            }
        val settings = RefreshSettings.builder().clock(clock).refreshTimeout(Duration.ofMillis(100))
        val session = TokenSession(deaf, settings.build())
        session.resume(IssuedTokens("A0", "R0", HOUR), HOUR)
        assertThrows(RefreshUnavailableException::class.java, session::authorization)
        clock.advance(Duration.ofSeconds(1))
        // The first refresh may have used up its refresh token.
        assertThrows(RefreshUnavailableException::class.java, session::authorization)
        late.countDown()
        await { session.health().isValid }
        assertEquals("Bearer A1", session.authorization())
        assertEquals(listOf("A1"), keeper.stored)
    }

    @Test
    fun `refuses tokens that no header can carry, and negative durations`() {
        for (token in listOf("", "a b", "a\r\nX: y", "\ud800")) {
            assertThrows(MalformedAuthorizationException::class.java) { IssuedTokens(token) }
        }
        assertThrows(IllegalArgumentException::class.java) { IssuedTokens("A0", null, HOUR.negated()) }
        assertThrows(IllegalArgumentException::class.java) { session.resume(IssuedTokens("A0"), HOUR.negated()) }
        assertThrows(IllegalArgumentException::class.java) { RefreshFailedException.ofResponse(-1, ByteArray(0)) }
    }

    @Test
    fun `never shows a token`() {
        resume()
        for (shown in listOf("$session", "${IssuedTokens("A0", "R0", HOUR)}", "${session.health()}")) {
            assertFalse("A0" in shown || "R0" in shown, shown)
        }
    }

    private fun resume() = session.resume(IssuedTokens("A0", "R0", HOUR), Duration.ZERO)

    private class Answer(
        val authorization: String,
        val status: Int,
    ) : AutoCloseable {
        var isClosed = false

        override fun close() {
            isClosed = true
        }
    }

    private companion object {
        val HOUR: Duration = Duration.ofHours(1)
    }
}
