package dev.verijot

import dev.verijot.coroutines.admit
import dev.verijot.coroutines.suspending
import dev.verijot.issuer.Signer
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

class TenantsTest {
    private val signer = Signer("k1")
    private val keys = JwkSet.fromJson(Signer.jwks(signer))
    private val asked = mutableListOf<String>()
    private val policy =
        Policy
            .builder(DOCUMENT)
            .knownTenants { asked.add(it) && it != "t2" }
            .knownTenants { it == "t1" }
            .build()

    private fun token(
        tenant: String,
        more: String = "",
    ) = signer.token("""{"iss":"https://login.example/$tenant/v2.0","tid":"$tenant"$more}""")

    @Test
    fun `a tenant that comes at run time is accepted only if it is known`() {
        val verifier = Verifier(policy)
        assertEquals("alice", verifier.verify(token("t1"), keys).subject)
        val refused = assertThrows<WrongIssuerException> { verifier.verify(token("t2"), keys) }
        assertTrue(refused.message.orEmpty().contains("{tenant}"), refused.message)
        assertThrows<WrongIssuerException> { verifier.verify(token("t3"), keys) }
        assertEquals(listOf("t1", "t2", "t3"), asked)
    }

    @Test
    fun `the caller is asked last, and not about an issuer that is named`() {
        val verifier = Verifier(policy)
        assertThrows<WrongAudienceException> { verifier.verify(token("t2", ""","aud":"other""""), keys) }
        assertEquals("alice", verifier.verify(signer.token("""{"iss":"https://named.example"}"""), keys).subject)
        assertEquals(emptyList<String>(), asked)
        val explained = verifier.explain(token("t2"), keys)
        assertEquals("wrong_issuer", explained.verdict.refusal?.code)
        assertEquals(Outcome.FAILED, explained.steps.last().outcome)
    }

    @Test
    fun `a client, a cache and a profile ask, too`() {
        val client = JwksClient(keys, Verifier(policy))
        client.verify(token("t1"))
        assertThrows<WrongIssuerException> { client.verify(token("t2")) }
        runBlocking {
            client.suspending().verify(token("t1"))
            assertThrows<WrongIssuerException> { client.suspending().verify(token("t2")) }
        }
        var isKnown = true
        val builder = Policy.builder(DOCUMENT).tokenCache(4)
        val cached = Verifier(builder.knownTenants { isKnown }.build())
        val raw = token("t1")
        cached.verify(raw, keys)
        isKnown = false
        assertThrows<WrongIssuerException> { cached.verify(raw, keys) }
    }

    @Test
    fun `a guard asks before its demand, and before revocation`() {
        val revoked = mutableListOf<String?>()
        val builder = Policy.builder(DOCUMENT).knownTenants { it == "t1" }
        builder.revoked {
            revoked.add(it.issuer)
            Revocation.REVOKED
        }
        val client = JwksClient(keys, Verifier(builder.build()))
        val guard = Guard(Demand.allScopes("notes:read"))
        val unknown = listOf("Bearer " + token("t2"))
        val known = listOf("Bearer " + token("t1"))
        assertThrows<WrongIssuerException> { guard.admit(unknown, client) }
        assertThrows<InsufficientScopeException> { guard.admit(known, client) }
        runBlocking {
            assertThrows<WrongIssuerException> { guard.admit(unknown, client.suspending()) }
            assertThrows<InsufficientScopeException> { guard.admit(known, client.suspending()) }
        }
        assertEquals(emptyList<String?>(), revoked)
        assertThrows<RevokedTokenException> { client.verify(token("t1")) }
    }

    @Test
    fun `an exception of the caller's check reaches the caller`() {
        val builder = Policy.builder(DOCUMENT)
        val verifier = Verifier(builder.knownTenants { error("broken") }.build())
        assertThrows<IllegalStateException> { verifier.verify(token("t1"), keys) }
    }
}

private const val DOCUMENT =
    """{"issuers":["https://named.example",
        {"template":"https://login.example/{tenant}/v2.0","claim":"tid","tenants":null}],
        "audiences":["https://api.example"]}"""
