package dev.verijot

import dev.verijot.issuer.Signer
import dev.verijot.issuer.await
import kotlinx.serialization.KSerializer
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.descriptors.PrimitiveKind
import kotlinx.serialization.descriptors.PrimitiveSerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.assertThrows
import java.io.ByteArrayOutputStream
import java.io.ObjectOutputStream
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

class VerifierTest {
    private val signer = Signer("k1")
    private val keys = JwkSet.fromJson(Signer.jwks(signer))
    private val verifier = Verifier(issuer = Signer.ISSUER, audience = Signer.AUDIENCE)
    private val now = Instant.parse("2030-01-01T00:00:00.250Z")

    @Test
    fun `returns the claims of a token`() {
        val raw =
            signer.token(
                """{"scope":"a b","jti":"7","nbf":1893455999.5,"realm":{"roles":["admin"]},"n":12345678901234567890}""",
                now,
            )
        val token = verifier.verify(raw, keys, now)
        assertEquals(Signer.ISSUER, token.issuer)
        assertEquals("alice", token.subject)
        assertEquals(listOf(Signer.AUDIENCE), token.audience)
        assertEquals(Instant.ofEpochSecond(now.epochSecond + 600), token.expiresAt)
        assertEquals(Instant.parse("2029-12-31T23:59:59.5Z"), token.notBefore)
        assertEquals("7", token.id)
        assertEquals(listOf("a", "b"), token.scopes)
        assertTrue(token.hasScopes("a", "b"))
        assertFalse(token.hasScopes("a", "c"))
        assertEquals(listOf("admin"), token.roles("realm.roles"))
        assertEquals(emptyList<String>(), token.roles("realm.\uD800"))
        assertEquals("ES256", token.algorithm)
        assertEquals("k1", token.keyId)
        assertNull(token.type)
        assertEquals(
            "k1",
            token.header
                .getValue("kid")
                .jsonPrimitive.content,
        )
        assertEquals(
            "12345678901234567890",
            token.claims
                .getValue("n")
                .jsonPrimitive.content,
        )
        assertSame(token.claims, token.claims)
        token.requireScopes("a")
        token.requireRoles("realm.roles", "admin")
        val refused = assertThrows(InsufficientScopeException::class.java) { token.requireRoles("realm.roles", "root") }
        assertEquals(403, refused.httpStatus)
        assertThrows(InvalidDemandException::class.java) { token.requireScopes("a", "c\uDC00") }
        assertThrows(InvalidDemandException::class.java) { token.requireScopes() }
        assertThrows(InvalidDemandException::class.java) { token.requireRoles("realm.roles", " ") }
        token.requireAnyScope("z", "a")
        token.requireAnyRole("realm.roles", "root", "admin")
        assertThrows(InsufficientScopeException::class.java) { token.requireAnyScope("y", "z") }
    }

    @Test
    fun `limits dates to the range of java time`() {
        val token = verifier.verify(signer.token("""{"exp":1e300}""", now), keys, now)
        assertEquals(Instant.MAX, token.expiresAt)
    }

    @Test
    fun `decodes claims as a type`() {
        val raw = signer.token("""{"level":3,"extra":[1]}""", now)
        val claims = verifier.verify<Claims>(raw, keys, now)
        assertEquals(Claims("alice", 3), claims)
        assertEquals(claims, verifier.verify(raw, keys, now).into<Claims>())
        assertEquals(claims, verifier.verify(raw, keys, Claims.serializer(), now))
    }

    @Test
    fun `refuses claims that do not match the type, without showing them`() {
        val cases =
            mapOf(
                "{}" to ("missing_claim" to "level"),
                """{"level":"QUITE-SECRET"}""" to ("invalid_claim" to "level"),
                """{"level":null}""" to ("invalid_claim" to "level"),
                """{"level":1,"address":{"town":{"QUITE-SECRET":1}}}""" to ("invalid_claim" to "address"),
                """{"level":1,"address":{}}""" to ("invalid_claim" to "address"),
                """{"level":1,"colour":"QUITE-SECRET"}""" to ("invalid_claim" to "colour"),
                """{"level":-1}""" to ("invalid_claim" to ""),
            )
        for ((claims, expected) in cases) {
            val refused =
                assertThrows<InvalidTokenException>(claims) {
                    verifier.verify<Claims>(signer.token(claims, now), keys, now)
                }
            assertEquals(expected, refused.code to refused.claim, claims)
            assertFalse("QUITE-SECRET" in refused.stackTraceToString())
            assertNull(refused.cause)
        }
    }

    @Test
    fun `throws the exception of each code`() {
        val raw = signer.token(now = now)
        val late = assertThrows(ExpiredTokenException::class.java) { verifier.verify(raw, keys, now.plusSeconds(700)) }
        assertEquals("expired", late.code)
        assertFalse(late.code in late.message, late.message)
        assertEquals("${late.javaClass.name}: expired: ${late.message}", late.toString())
        assertEquals("exp", late.claim)
        assertEquals(401, late.httpStatus)
        assertTrue(late.wwwAuthenticate!!.contains("invalid_token"))
        assertNull(late.retryAfter)
        val other = Signer("k1")
        assertThrows(InvalidSignatureException::class.java) { verifier.verify(other.token(now = now), keys, now) }
        assertThrows(UnknownKeyException::class.java) { verifier.verify(Signer("k2").token(now = now), keys, now) }
        val wrong =
            assertThrows(
                WrongAudienceException::class.java,
            ) { verifier.verify(signer.token("""{"aud":"x"}""", now), keys, now) }
        assertEquals("x", wrong.actual)
        assertEquals(Signer.AUDIENCE, wrong.expected)
    }

    @Test
    fun `returns the verdict as a value`() {
        val raw = signer.token(now = now)
        val accepted = verifier.verdict(raw, keys, now)
        assertEquals("alice", accepted.orThrow().subject)
        assertNull(accepted.refusal)
        val refused = verifier.verdict(raw, keys, now.plusSeconds(700))
        assertNull(refused.token)
        assertEquals("expired", refused.refusal?.code)
        assertEquals(refused.refusal, verifier.verdict(raw, keys, now.plusSeconds(700)).refusal)
        assertThrows(ExpiredTokenException::class.java) { refused.orThrow() }
    }

    @Test
    fun `an explanation names the probable cause`() {
        val raw = signer.token("""{"iss":"https://issuer.example/"}""", now)
        val explained = Verifier(issuer = "https://issuer.example", audience = null).explain(raw, keys, now)
        assertTrue(explained.hint!!.contains("slash"))
        assertTrue(explained.toString().endsWith("\nhint: ${explained.hint}"))
        assertEquals(null, Verifier(issuer = null, audience = null).explain(raw, keys, now).hint)
    }

    @Test
    fun `never shows a token`() {
        val raw = signer.token("""{"sub":"QUITE-SECRET"}""", now)
        val refused =
            assertThrows(ExpiredTokenException::class.java) { verifier.verify(raw, keys, now.plusSeconds(700)) }
        val explained = verifier.explain(raw, keys, now)
        val shown =
            listOf(
                verifier.verify(raw, keys, now).toString(),
                verifier.verdict(raw, keys, now).toString(),
                verifier.verifyJws(raw, keys).toString(),
                refused.toString(),
                explained.toString() + explained.steps,
            )
        for (text in shown) {
            assertFalse("QUITE-SECRET" in text, text)
            assertFalse(raw.substringAfterLast('.') in text, text)
        }
    }

    @Test
    fun `serializes an exception`() {
        val refused = assertThrows(MalformedTokenException::class.java) { verifier.verify("x", keys) }
        ObjectOutputStream(ByteArrayOutputStream()).use { it.writeObject(refused) }
    }

    @Test
    fun `checks revocation last and fails closed`() {
        val raw = signer.token(now = now)
        val checked = mutableListOf<String?>()

        fun verifier(answer: () -> Revocation?) =
            Verifier(Signer.ISSUER, Signer.AUDIENCE) {
                revoked {
                    checked += it.subject
                    answer()
                }
            }
        assertEquals("alice", verifier { Revocation.CLEAR }.verify(raw, keys, now).subject)
        val revoked = verifier { Revocation.REVOKED }
        assertThrows(RevokedTokenException::class.java) { revoked.verify(raw, keys, now) }
        assertThrows(ExpiredTokenException::class.java) { revoked.verify(raw, keys, now.plusSeconds(700)) }
        assertEquals(listOf<String?>("alice", "alice"), checked)
        val explained = revoked.explain(raw, keys, now)
        assertFalse(explained.isAccepted)
        assertEquals("revoked", explained.verdict.refusal?.code)
        assertEquals(Outcome.FAILED, explained.steps.last().outcome)
        assertTrue(
            explained
                .toString()
                .trimEnd()
                .lines()
                .last()
                .startsWith("refused: revoked"),
            explained.toString(),
        )
        val answers =
            listOf({ null }, { Revocation.UNAVAILABLE }, { error("QUITE-SECRET") })
        for (answer in answers) {
            val refused =
                assertThrows(RevocationUnavailableException::class.java) { verifier(answer).verify(raw, keys, now) }
            assertEquals(503, refused.httpStatus)
            assertFalse("QUITE-SECRET" in refused.stackTraceToString())
        }
    }

    @Test
    @Timeout(20)
    fun `refuses a token if the revocation check is too slow`() {
        val raw = signer.token(now = now)
        val end = CountDownLatch(1)
        val deaf =
            Verifier(Signer.ISSUER, Signer.AUDIENCE) {
                revoked {
                    // Ignores its interruption.
                    while (end.count > 0) runCatching { end.await() }
                    Revocation.CLEAR
                }
                revocationTimeout(Duration.ofMillis(50))
            }
        assertThrows(RevocationUnavailableException::class.java) { deaf.verify(raw, keys, now) }
        Thread.currentThread().interrupt()
        assertThrows(RevocationUnavailableException::class.java) { deaf.verify(raw, keys, now) }
        assertTrue(Thread.interrupted())
        end.countDown()
        val negative = Duration.ofNanos(-1)
        assertThrows(InvalidPolicyException::class.java) { Verifier("a", "a") { revocationTimeout(negative) } }
    }

    @Test
    @Timeout(60)
    fun `asks nobody while a thousand checks still hang`() {
        val raw = signer.token(now = now)
        val end = CountDownLatch(1)
        val asked = AtomicInteger()
        val deaf =
            Verifier(Signer.ISSUER, Signer.AUDIENCE) {
                revoked {
                    asked.incrementAndGet()
                    while (end.count > 0) runCatching { end.await() }
                    Revocation.CLEAR
                }
                revocationTimeout(Duration.ofMillis(1))
            }
        try {
            repeat(1100) { assertThrows<RevocationUnavailableException> { deaf.verify(raw, keys, now) } }
            assertTrue(asked.get() <= 1000, "$asked")
            val other = Verifier(Signer.ISSUER, Signer.AUDIENCE) { revoked { Revocation.CLEAR } }
            assertEquals("alice", other.verify(raw, keys, now).subject)
        } finally {
            end.countDown()
        }
        val before = asked.get()
        await { runCatching { deaf.verify(raw, keys, now) }.let { asked.get() > before } }
    }

    @Test
    fun `an empty list of scopes is not granted`() {
        val token = verifier.verify(signer.token("""{"scope":"a b"}""", now), keys, now)
        assertTrue(token.hasScopes("a", "b"))
        assertFalse(token.hasScopes("a", "c"))
        assertFalse(token.hasScopes())
    }

    @Test
    fun `refuses claims that a serializer of the caller's does not take`() {
        val raw = signer.token("""{"birthdate":"yesterday"}""", now)
        val refused = assertThrows<InvalidClaimException> { verifier.verify<Person>(raw, keys, now) }
        assertEquals("invalid_claim", refused.code)
    }

    @Test
    fun `still checks a cached token`() {
        val caching = Verifier(Signer.ISSUER, Signer.AUDIENCE) { tokenCache(10) }
        val raw = signer.token(now = now)
        repeat(3) { assertEquals("alice", caching.verify(raw, keys, now).subject) }
        assertThrows(ExpiredTokenException::class.java) { caching.verify(raw, keys, now.plusSeconds(700)) }
        assertThrows(UnknownKeyException::class.java) {
            caching.verify(raw, JwkSet.fromJson(Signer.jwks(Signer("k2"))), now)
        }
    }

    @Test
    fun `fails after close`() {
        val raw = signer.token(now = now)
        val closed = JwkSet.fromJson(Signer.jwks(signer)).apply { close() }
        assertThrows(IllegalStateException::class.java) { verifier.verify(raw, closed, now) }
        assertThrows(IllegalStateException::class.java) { closed.keys }
        val gone = Verifier(Signer.ISSUER, null).also { it.use { open -> open.verify(raw, keys, now) } }
        assertThrows(IllegalStateException::class.java) { gone.verify(raw, keys, now) }
        assertThrows(IllegalStateException::class.java) { gone.explain(raw, keys, now) }
        gone.close()
    }

    @Test
    fun `requires a policy to name issuer and audience or to accept any`() {
        assertThrows(InvalidPolicyException::class.java) { Policy.builder().audience("a").build() }
        assertThrows(InvalidPolicyException::class.java) { Policy.builder().issuer("a").build() }
        assertThrows(InvalidPolicyException::class.java) { Verifier("a", "a") { anyIssuer() } }
        assertThrows(InvalidPolicyException::class.java) { Verifier("a", "a") { algorithms("none") } }
        assertThrows(InvalidPolicyException::class.java) { Verifier("a", "a") { leeway(Duration.ofSeconds(-1)) } }
        assertThrows(InvalidPolicyException::class.java) { Verifier("a", "a") { expectClaimJson("x", "{") } }
        val refused = assertThrows(InvalidPolicyException::class.java) { Verifier("", "a") }
        assertEquals("invalid_policy", refused.code)
        val open = Verifier(issuer = null, audience = null) { allowMissingExpiry() }
        assertEquals(null, open.verify(signer.sign("{}"), keys).subject)
    }

    @Test
    fun `reads keys from PEM, secrets and JSON`() {
        val raw = signer.token(now = now)
        val pem = JwkSet.fromPem(signer.pem, listOf("ES256"), "k1")
        assertEquals("alice", verifier.verify(raw, pem, now).subject)
        assertEquals("EC P-256", pem.keys.single().kind)
        assertThrows(UnusableKeyException::class.java) { JwkSet.fromPem(signer.pem, listOf("RS256")) }
        val weak = assertThrows(UnusableKeyException::class.java) { JwkSet.fromSecret(ByteArray(5), listOf("HS256")) }
        assertEquals("weak_key", weak.code)
        assertEquals(
            listOf("HS256"),
            JwkSet
                .fromSecret(ByteArray(32))
                .keys
                .single()
                .algorithms,
        )
        val broken = assertThrows(InvalidJwksException::class.java) { JwkSet.fromJson("{") }
        assertEquals("malformed_jwks", broken.code)
        assertThrows(InvalidJwksException::class.java) { JwkSet.fromJson(Signer.jwks(signer), maxOctets = 10) }
        val skipped = JwkSet.fromJson("""{"keys":[{"kty":"oct","k":"AAAA"}]}""").skipped.single()
        assertEquals("symmetric_key", skipped.reason)
    }

    @Test
    fun `reads the Authorization header`() {
        assertEquals("a.b.c", Bearer.token("Bearer a.b.c"))
        val missing = assertThrows(MissingTokenException::class.java) { Bearer.token(null) }
        assertEquals(401, missing.httpStatus)
        assertThrows(MalformedAuthorizationException::class.java) { Bearer.token("Bearer a b") }
        assertThrows(MalformedAuthorizationException::class.java) { Bearer.token("Bearer a\uD800") }
    }

    @Serializable
    data class Claims(
        @SerialName("sub") val subject: String,
        val level: Int,
        val address: Address? = null,
        val colour: Colour? = null,
    ) {
        init {
            require(level >= 0) { "QUITE-SECRET" }
        }
    }

    @Serializable
    data class Address(
        val town: String,
    )

    @Serializable
    enum class Colour { RED, }
}

@Serializable
private class Person(
    @Serializable(with = Dates::class) val birthdate: LocalDate,
)

private object Dates : KSerializer<LocalDate> {
    override val descriptor = PrimitiveSerialDescriptor("date", PrimitiveKind.STRING)

    override fun serialize(
        encoder: Encoder,
        value: LocalDate,
    ) = encoder.encodeString("$value")

    override fun deserialize(decoder: Decoder): LocalDate = LocalDate.parse(decoder.decodeString())
}
