package dev.verijot.coroutines

import dev.verijot.IssuedTokens
import dev.verijot.RefreshSettings
import dev.verijot.RefreshUnavailableException
import dev.verijot.SignInNeededException
import dev.verijot.UnsafeUrlException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger

@Timeout(60)
class SuspendingTokenSessionTest {
    private val keeper = Keeper()
    private val session = SuspendingTokenSession(keeper)

    /** Issues `A1`, `A2` and so on, while its gates are open. */
    private class Keeper : SuspendingTokenKeeper {
        val refreshes = AtomicInteger()
        val stored = CopyOnWriteArrayList<String>()
        val refreshGate = CompletableDeferred<Unit>()
        val storeGate = CompletableDeferred<Unit>()

        override suspend fun refresh(refreshToken: String): IssuedTokens {
            val number = refreshes.incrementAndGet()
            refreshGate.await()
            return IssuedTokens("A$number", expiresIn = HOUR)
        }

        override suspend fun store(tokens: IssuedTokens) {
            storeGate.await()
            stored += tokens.accessToken
        }
    }

    @Test
    fun `serves all waiting callers with one refresh, without blocking the thread`() =
        runBlocking {
            resumeExpired()
            val waiting = List(1000) { async { session.authorization() } }
            while (keeper.refreshes.get() == 0) yield()
            keeper.refreshGate.complete(Unit)
            while (session.session.health().isRefreshing) yield()
            assertTrue(waiting.none { it.isCompleted })
            keeper.storeGate.complete(Unit)
            assertTrue(waiting.awaitAll().all { it == "Bearer A1" })
            assertEquals(listOf("A1"), keeper.stored)
            assertEquals(1, keeper.refreshes.get())
        }

    @Test
    fun `a cancelled caller does not disturb others`() =
        runBlocking(Dispatchers.Default) {
            resumeExpired()
            keeper.storeGate.complete(Unit)
            val first = launch { session.authorization() }
            while (keeper.refreshes.get() == 0) yield()
            val others = List(50) { async { session.authorization() } }
            val cancelled = List(50) { launch { session.authorization() } }
            first.cancelAndJoin()
            cancelled.forEach { it.cancelAndJoin() }
            keeper.refreshGate.complete(Unit)
            assertTrue(others.awaitAll().all { it == "Bearer A1" })
            assertEquals(1, keeper.refreshes.get())
        }

    @Test
    fun `stores the tokens of a cancelled sign-in`() =
        runBlocking(Dispatchers.Default) {
            val signIn = launch { session.signIn(IssuedTokens("A0", "R0", HOUR)) }
            while (!session.session.health().isSignedIn) yield()
            signIn.cancelAndJoin()
            keeper.storeGate.complete(Unit)
            assertEquals("Bearer A0", session.authorization())
            assertEquals(listOf("A0"), keeper.stored)
        }

    @Test
    fun `cancels a slow refresh`() =
        runBlocking {
            val isCancelled = CompletableDeferred<Unit>()
            val stuck =
                object : SuspendingTokenKeeper {
                    override suspend fun refresh(refreshToken: String): IssuedTokens =
                        try {
                            awaitCancellation()
                        } finally {
                            isCancelled.complete(Unit)
                        }

                    override suspend fun store(tokens: IssuedTokens) = Unit
                }
            val settings = RefreshSettings.builder().refreshTimeout(Duration.ofMillis(100)).build()
            val session = SuspendingTokenSession(stuck, settings)
            session.session.resume(IssuedTokens("A0", "R0", HOUR), HOUR)
            assertThrows(RefreshUnavailableException::class.java) { runBlocking { session.authorization() } }
            isCancelled.await()
        }

    @Test
    fun `retries a refused request once`() =
        runBlocking {
            keeper.refreshGate.complete(Unit)
            keeper.storeGate.complete(Unit)
            session.signIn(IssuedTokens("A0", "R0", HOUR))
            val sent = mutableListOf<String>()
            val status =
                session.execute("https://api.example/", { it }) {
                    sent += it
                    if (it == "Bearer A0") 401 else 200
                }
            assertEquals(200, status)
            assertEquals(listOf("Bearer A0", "Bearer A1"), sent)
            assertThrows(UnsafeUrlException::class.java) {
                runBlocking { session.execute("http://api.example/", { 200 }) { error("sent") } }
            }
            session.session.signOut()
            assertThrows(SignInNeededException::class.java) { runBlocking { session.authorization() } }
            Unit
        }

    @Test
    fun `closes a response if its caller is cancelled`() =
        runBlocking(Dispatchers.Default) {
            keeper.storeGate.complete(Unit)
            session.signIn(IssuedTokens("A0", "R0", HOUR))
            val isClosed = CompletableDeferred<Unit>()
            val request =
                launch {
                    session.execute<AutoCloseable>("https://api.example/", { 401 }) {
                        AutoCloseable { isClosed.complete(Unit) }
                    }
                }
            while (keeper.refreshes.get() == 0) yield()
            request.cancelAndJoin()
            assertTrue(isClosed.isCompleted)
            keeper.refreshGate.complete(Unit)
            Unit
        }

    @Test
    fun `an unconfined coroutine does not go on in a thread of the session`() =
        runBlocking {
            resumeExpired()
            keeper.storeGate.complete(Unit)
            val thread = async(Dispatchers.Unconfined) { session.authorization().let { Thread.currentThread().name } }
            while (keeper.refreshes.get() == 0) yield()
            keeper.refreshGate.complete(Unit)
            assertTrue(!thread.await().startsWith("verijot-"), thread.await())
        }

    private fun resumeExpired() = session.session.resume(IssuedTokens("A0", "R0", HOUR), HOUR)

    private companion object {
        val HOUR: Duration = Duration.ofHours(1)
    }
}
