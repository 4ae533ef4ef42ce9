package dev.verijot

import dev.verijot.issuer.LocalIssuer
import dev.verijot.issuer.Signer
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

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
