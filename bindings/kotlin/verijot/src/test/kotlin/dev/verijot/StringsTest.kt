package dev.verijot

import dev.verijot.issuer.Signer
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import java.text.Normalizer
import java.time.Duration

/** Strings that only Kotlin and Java have, such as lone surrogates. */
class StringsTest {
    private val signer = Signer("k1")
    private val keys = JwkSet.fromJson(Signer.jwks(signer))
    private val verifier = Verifier(Signer.ISSUER, Signer.AUDIENCE)

    @Test
    fun `refuses strings that are not tokens as malformed`() {
        val raw = signer.token()
        val (head, tail) = raw.take(20) to raw.drop(20)
        val tokens =
            listOf("", "\u0000", "a.b.\u0000", "\uD800.a.b", "a.\uDFFF", "ä.ö.ü", "a.b.c\n", "\uD83D\uDE00.a.b") +
                listOf("\u0000", "\uD800", "\uDC00", "\uDC00\uD800", "?", "\uFEFF").map { "$head$it$tail" } +
                listOf("$raw\u0000", "\u0000$raw", "$raw ", " $raw")
        val client = JwksClient(keys, verifier)
        for (token in tokens) {
            assertThrows(MalformedTokenException::class.java) { verifier.verify(token, keys) }
            assertThrows(MalformedTokenException::class.java) { verifier.verifyJws(token, keys) }
            assertThrows(MalformedTokenException::class.java) { client.verify(token) }
            assertFalse(verifier.explain(token, keys).isAccepted)
        }
    }

    @Test
    fun `refuses very long input as too large`() {
        for (unit in listOf("a", ".", "\u0000", "\uD800", "\uD83D\uDE00")) {
            val long = unit.repeat(20_000_000)
            assertThrows(TokenTooLargeException::class.java) { verifier.verify(long, keys) }
        }
        assertThrows(InvalidJwksException::class.java) { JwkSet.fromJson(" ".repeat(20_000_000)) }
    }

    @Test
    fun `tells kids in two normal forms apart`() {
        val composed = Signer(Normalizer.normalize("clé", Normalizer.Form.NFC))
        val decomposed = Signer(Normalizer.normalize("clé", Normalizer.Form.NFD))
        val both = JwkSet.fromJson(Signer.jwks(composed, decomposed))
        for (signer in listOf(composed, decomposed)) {
            assertEquals(signer.keyId, verifier.verify(signer.token(), both).keyId)
            val other = if (signer === composed) decomposed else composed
            val one = JwkSet.fromJson(Signer.jwks(other))
            assertThrows(UnknownKeyException::class.java) { verifier.verify(signer.token(), one) }
            val pem = JwkSet.fromPem(signer.pem, listOf("ES256"), signer.keyId)
            assertEquals(signer.keyId, verifier.verify(signer.token(), pem).keyId)
        }
    }

    @Test
    fun `treats NUL like any other character`() {
        val strange = Signer("a\u0000b")
        val set = JwkSet.fromJson(Signer.jwks(strange, Signer("a")))
        val token = verifier.verify(strange.token("""{"sub":"x\u0000y"}"""), set)
        assertEquals("a\u0000b", token.keyId)
        assertEquals("x\u0000y", token.subject)
        val wanting = Verifier(Signer.ISSUER, "a\u0000")
        assertThrows(WrongAudienceException::class.java) { wanting.verify(strange.token("""{"aud":"a"}"""), set) }
    }

    @Test
    fun `keeps characters beyond the basic plane`() {
        val raw = signer.token("""{"sub":"\uD83D\uDE00","iss":"😀"}""")
        assertEquals("😀", Verifier("😀", Signer.AUDIENCE).verify(raw, keys).subject)
    }

    @Test
    fun `refuses lone surrogates in policies and keys`() {
        val one = Duration.ofSeconds(1)
        for (text in listOf("\uD800", "a\uDC00b", "\uDE00\uD83D", "a\uD83D")) {
            val policies =
                listOf<Policy.Builder.() -> Unit>(
                    { issuer(text) },
                    { audience(text) },
                    { algorithms(text) },
                    { types(text) },
                    { requireClaims(text) },
                    { expectClaim(text, true) },
                    { expectClaim("a", text) },
                    { expectClaimJson("a", "\"$text\"") },
                    { maxLifetimeBy(text, mapOf(), one) },
                    { maxLifetimeBy("a", mapOf(text to one), null) },
                    { requireScopes(text) },
                    { requireRoles(text, "a") },
                    { requireRoles("a", text) },
                )
            for (configure in policies) {
                assertThrows(InvalidPolicyException::class.java) { Verifier("a", "a", configure) }
            }
            assertThrows(InvalidPolicyException::class.java) { Verifier(text, "a") }
            assertThrows(InvalidPolicyException::class.java) { JwksClient.fromIssuer(text, "a") }
            assertThrows(InvalidKeySourceException::class.java) { JwksClient("https://$text.example", verifier) }
            assertThrows(InvalidJwksException::class.java) { JwkSet.fromJson("""{"keys":[],"a":"$text"}""") }
            assertThrows(UnusableKeyException::class.java) { JwkSet.fromPem(signer.pem, listOf("ES256"), text) }
            assertThrows(UnusableKeyException::class.java) { JwkSet.fromPem(signer.pem + text, listOf("ES256")) }
            assertThrows(UnusableKeyException::class.java) { JwkSet.fromSecret(ByteArray(64), listOf(text)) }
            val client = JwksClient("https://issuer.example", verifier)
            assertThrows(InvalidJwksException::class.java) { client.seed(KeySnapshot(text)) }
        }
    }
}
