package dev.verijot

import dev.verijot.issuer.LocalIssuer
import dev.verijot.issuer.Signer
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.File
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicBoolean

/** Many threads share verifiers and clients for a long time. */
@Timeout(300)
class SharingTest {
    private val signer = Signer("k1")
    private val keys = JwkSet.fromJson(Signer.jwks(signer))
    private val verifier = Verifier(Signer.ISSUER, Signer.AUDIENCE)

    @Test
    fun `sixteen threads share one verifier`() {
        val good = List(20) { signer.token("""{"sub":"user$it"}""") }
        val forged = Signer("k1").token()
        inThreads(16) { thread ->
            repeat(500) { round ->
                val user = (thread + round) % good.size
                assertEquals("user$user", verifier.verify(good[user], keys).subject)
                if (round % 10 == 0) {
                    assertThrows(InvalidSignatureException::class.java) { verifier.verify(forged, keys) }
                }
            }
        }
    }

    @Test
    fun `sixteen threads share one client through rotations and outages`() {
        LocalIssuer(signer).use { issuer ->
            val settings =
                CacheSettings
                    .builder()
                    .unknownWindow(java.time.Duration.ofMillis(10))
                    .build()
            JwksClient(issuer.url, verifier, settings).use { client ->
                client.ready()
                val next = List(4) { Signer("next$it") }
                val isOver = AtomicBoolean()
                val rotation =
                    Executors.newSingleThreadExecutor().submit {
                        for (round in 0 until 40) {
                            issuer.status = if (round % 4 == 3) 500 else 200
                            issuer.jwks = Signer.jwks(signer, *next.take(round % 5).toTypedArray())
                            Thread.sleep(25)
                        }
                        isOver.set(true)
                    }
                inThreads(16) { thread ->
                    while (!isOver.get()) {
                        // Its key is always in the set, so it never waits.
                        assertEquals("alice", client.verify(signer.token()).subject)
                        val verdict = client.verdict(next[thread % next.size].token())
                        val code = verdict.refusal?.code
                        assertTrue(code in setOf(null, "unknown_key", "keys_unavailable"), code)
                    }
                }
                rotation.get(20, SECONDS)
            }
        }
    }

    @Test
    fun `closing while others verify is safe`() {
        val raw = signer.token()
        repeat(50) {
            val set = JwkSet.fromJson(Signer.jwks(signer))
            val mine = Verifier(Signer.ISSUER, Signer.AUDIENCE)
            inThreads(8) { thread ->
                if (thread == 0) {
                    set.close()
                    mine.close()
                } else {
                    try {
                        repeat(20) { assertEquals("alice", mine.verify(raw, set).subject) }
                    } catch (_: IllegalStateException) {
                        // The set or the verifier was closed.
                    }
                }
            }
        }
    }

    @Test
    fun `a hundred thousand verifications leak no memory`() {
        val raw = signer.token()
        val forged = Signer("k1").token()
        val round = {
            repeat(25_000) { turn ->
                verifier.verify(raw, keys)
                if (turn % 100 == 0) {
                    verifier.verdict(forged, keys)
                    JwkSet.fromJson(Signer.jwks(signer)).use { verifier.explain(raw, it) }
                    Verifier(Signer.ISSUER, null).close()
                    // Not closed: the garbage collector frees them.
                    Verifier(Signer.ISSUER, null).verify(raw, JwkSet.fromJson(Signer.jwks(signer)))
                }
            }
            System.gc()
            residentKibibytes()
        }
        round()
        val before = round()
        round()
        val after = round()
        println("resident after 50,000 verifications: $before KiB, after 100,000: $after KiB")
        // A leak outside the heap would be much larger.
        assertTrue(after - before < 16_384, "$before KiB, then $after KiB")
    }

    private fun inThreads(
        count: Int,
        work: (Int) -> Unit,
    ) {
        val threads = Executors.newFixedThreadPool(count)
        try {
            threads.invokeAll(List(count) { Callable { work(it) } }).forEach { it.get(120, SECONDS) }
        } finally {
            threads.shutdownNow()
        }
    }

    private fun residentKibibytes(): Long =
        File("/proc/self/status")
            .takeIf { it.exists() }
            ?.useLines { lines -> lines.first { it.startsWith("VmRSS:") }.filter(Char::isDigit).toLong() }
            ?: 0
}
