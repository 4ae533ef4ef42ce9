package dev.verijot

import dev.verijot.issuer.LocalIssuer
import dev.verijot.issuer.Signer
import dev.verijot.issuer.await
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.assertThrows
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

class AlbVerifierTest {
    private val signer = Signer("12345678-9abc-4def-8123-456789abcdef")
    private val document = """{"signers":["$ARN"],"clients":["client-id"],"issuers":["https://issuer.example"]}"""
    private val verifier = AlbVerifier.fromJson(document)

    @Test
    fun `a client fetches the key of each kid`() {
        LocalIssuer(signer).use { issuer ->
            issuer.jwks = signer.pem
            val settings = CacheSettings.builder().certificates(listOf("ES256")).build()
            val client = JwksClient("${issuer.origin}/keys/{kid}", Verifier("none", "none"), settings)
            val token = signer.loadBalancerToken(ARN)
            repeat(2) { assertEquals("alice", verifier.verify(token, client).subject) }
            assertEquals(listOf("/keys/${signer.keyId}"), issuer.paths.toList())
            // A token that no key can make valid causes no request.
            assertThrows<WrongClaimException> { verifier.verify(signer.loadBalancerToken("$ARN-of-others"), client) }
            assertThrows<MalformedTokenException> { verifier.verify(signer.token(), client) }
            assertEquals(1, issuer.requests.get())
            assertThrows<MalformedTokenException> { client.verify(token) }
            val forged = token.dropLast(8) + "AAAAAA=="
            assertThrows<VerificationException> { verifier.verify(forged, client) }
            client.close()
        }
    }

    @Test
    @Timeout(60)
    fun `the keys of many kids are fetched at the same time`() {
        val signers = List(8) { Signer("12345678-9abc-4def-8123-00000000000$it") }
        val gate = CountDownLatch(1)
        val asked = AtomicInteger()
        val fetcher =
            Fetcher { request ->
                asked.incrementAndGet()
                gate.await()
                FetchResponse(200, mapOf(), signers.single { request.url.endsWith(it.keyId) }.pem.toByteArray())
            }
        val settings =
            CacheSettings
                .builder()
                .certificates(listOf("ES256"))
                .fetcher(fetcher)
                .build()
        JwksClient("https://keys.example/{kid}", Verifier("none", "none"), settings).use { client ->
            val answers =
                signers.map { signer ->
                    CompletableFuture.supplyAsync({ verifier.verify(signer.loadBalancerToken(ARN), client).subject }) {
                        thread(isDaemon = true) { it.run() }
                    }
                }
            await { asked.get() == signers.size || answers.any { it.isDone } }
            gate.countDown()
            for (answer in answers) assertEquals("alice", answer.get(20, SECONDS))
            assertEquals(signers.size, asked.get())
        }
    }

    @Test
    fun `no key means a status of 503 or an unknown key`() {
        LocalIssuer(signer).use { issuer ->
            issuer.status = 500
            val settings = CacheSettings.builder().certificates(listOf("ES256")).build()
            val client = JwksClient("${issuer.origin}/keys/{kid}", Verifier("none", "none"), settings)
            val refused =
                assertThrows<KeysUnavailableException> { verifier.verify(signer.loadBalancerToken(ARN), client) }
            assertEquals(503, refused.httpStatus)
            client.close()
        }
        val fixed = JwksClient(JwkSet.fromJson(Signer.jwks(signer)), Verifier("none", "none"))
        assertEquals("alice", verifier.verify(signer.loadBalancerToken(ARN), fixed).subject)
    }
}

private const val ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
