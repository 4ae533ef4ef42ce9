package dev.verijot.coroutines

import dev.verijot.ExpiredTokenException
import dev.verijot.InvalidPolicyException
import dev.verijot.JwkSet
import dev.verijot.JwksClient
import dev.verijot.KeysUnavailableException
import dev.verijot.Revocation
import dev.verijot.RevocationUnavailableException
import dev.verijot.RevokedTokenException
import dev.verijot.Verifier
import dev.verijot.issuer.LocalIssuer
import dev.verijot.issuer.Signer
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import kotlinx.serialization.Serializable
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread

@Timeout(60)
class SuspendingJwksClientTest {
    private val signer = Signer("k1")
    private val verifier = Verifier(Signer.ISSUER, Signer.AUDIENCE)

    @Test
    fun `serves all waiting callers with one fetch, without blocking the thread`() =
        runBlocking {
            LocalIssuer(signer).use { issuer ->
                issuer.gate = CountDownLatch(1)
                val client = JwksClient(issuer.url, verifier).suspending()
                val waiting = List(1000) { async { client.verify(signer.token()).subject } }
                while (issuer.requests.get() == 0) yield()
                issuer.gate.countDown()
                assertTrue(waiting.awaitAll().all { it == "alice" })
                assertEquals(1, issuer.requests.get())
                assertEquals(Claims("alice"), client.verify<Claims>(signer.token()))
            }
        }

    @Test
    fun `a cancelled caller does not disturb others`() =
        runBlocking(Dispatchers.Default) {
            LocalIssuer(signer).use { issuer ->
                issuer.gate = CountDownLatch(1)
                val client = JwksClient(issuer.url, verifier).suspending()
                val first = launch { client.verify(signer.token()) }
                while (issuer.requests.get() == 0) yield()
                val others = List(50) { async { client.verify(signer.token()).subject } }
                val cancelled = List(50) { launch { client.verify(signer.token()) } }
                first.cancelAndJoin()
                cancelled.forEach { it.cancelAndJoin() }
                issuer.gate.countDown()
                assertTrue(others.awaitAll().all { it == "alice" })
                assertEquals(1, issuer.requests.get())
            }
        }

    @Test
    fun `answers 503 if the issuer cannot be reached`() {
        val issuer = LocalIssuer(signer).apply { close() }
        val client = JwksClient(issuer.url, verifier).suspending()
        assertThrows(KeysUnavailableException::class.java) { runBlocking { client.verify(signer.token()) } }
        assertThrows(KeysUnavailableException::class.java) { runBlocking { client.ready() } }
    }

    @Test
    fun `takes a suspending revocation check`() {
        val static = JwksClient(JwkSet.fromJson(Signer.jwks(signer)), verifier)

        fun verify(revoked: suspend () -> Revocation) =
            runBlocking { static.suspending(Duration.ofMillis(200)) { revoked() }.verify(signer.token()) }
        assertEquals("alice", verify { delay(1).let { Revocation.CLEAR } }.subject)
        assertThrows(RevokedTokenException::class.java) { verify { Revocation.REVOKED } }
        assertThrows(RevocationUnavailableException::class.java) { verify { error("") } }
        assertThrows(RevocationUnavailableException::class.java) { verify { delay(60_000).let { Revocation.CLEAR } } }
        assertThrows(RevocationUnavailableException::class.java) { verify { throw CancellationException() } }
        assertThrows(RevocationUnavailableException::class.java) {
            verify { withTimeout(1) { delay(60_000).let { Revocation.CLEAR } } }
        }
        val late = Instant.now().plusSeconds(1000)
        assertThrows(ExpiredTokenException::class.java) {
            runBlocking { static.suspending { throw AssertionError() }.verify(signer.token(), late) }
        }
    }

    @Test
    fun `does not wait for a check that ignores its cancellation`() {
        val static = JwksClient(JwkSet.fromJson(Signer.jwks(signer)), verifier)
        val end = CompletableDeferred<Unit>()
        val deaf =
            static.suspending(Duration.ofMillis(50)) {
                withContext(NonCancellable) { end.await() }
                Revocation.CLEAR
            }
        thread(isDaemon = true) { Thread.sleep(5000).let { end.complete(Unit) } }
        assertThrows(RevocationUnavailableException::class.java) {
            runBlocking(Dispatchers.Default) { deaf.verify(signer.token()) }
        }
        assertFalse(end.isCompleted)
        end.complete(Unit)
        assertEquals("alice", runBlocking { deaf.verify(signer.token()).subject })
    }

    @Test
    fun `a revocation check may take any time, but no negative one`() {
        val static = JwksClient(JwkSet.fromJson(Signer.jwks(signer)), verifier)
        for (timeout in listOf(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofNanos(900_000))) {
            val client = static.suspending(timeout) { Revocation.CLEAR }
            // A busy machine may need longer than a millisecond now and then.
            val isAccepted = { runCatching { runBlocking { client.verify(signer.token()) } }.isSuccess }
            assertTrue((1..100).any { isAccepted() }, "$timeout")
        }
        assertThrows(InvalidPolicyException::class.java) { static.suspending(Duration.ofNanos(-1)) }
    }

    @Test
    fun `cancels a request during the check instead of refusing it`() =
        runBlocking {
            val asked = CompletableDeferred<Unit>()
            val client =
                JwksClient(JwkSet.fromJson(Signer.jwks(signer)), verifier).suspending {
                    asked.complete(Unit)
                    delay(60_000).let { Revocation.CLEAR }
                }
            var caught: Throwable? = null
            val job =
                launch {
                    try {
                        client.verify(signer.token())
                    } catch (failure: Throwable) {
                        caught = failure
                        throw failure
                    }
                }
            asked.await()
            job.cancelAndJoin()
            assertTrue(caught is CancellationException, "$caught")
        }

    @Test
    fun `runs a blocking check in another thread`() =
        runBlocking {
            val here = Thread.currentThread()
            var there: Thread? = null
            val checking =
                Verifier(Signer.ISSUER, Signer.AUDIENCE) {
                    revoked {
                        there = Thread.currentThread()
                        Revocation.CLEAR
                    }
                }
            val client = JwksClient(JwkSet.fromJson(Signer.jwks(signer)), checking).suspending()
            withContext(Dispatchers.Unconfined) { client.verify(signer.token()) }
            assertTrue(there != null && there != here)
        }

    @Serializable
    data class Claims(
        val sub: String,
    )
}
