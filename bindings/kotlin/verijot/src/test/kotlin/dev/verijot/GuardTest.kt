package dev.verijot

import dev.verijot.issuer.Signer
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration
import java.time.Instant

/** Guards: header values in, a token or the whole response out. */
class GuardTest {
    private val signer = Signer("k1")
    private val keys = JwkSet.fromJson("""{"keys":[${signer.jwk}]}""")
    private val client = JwksClient(keys, Verifier(issuer = null, audience = null))
    private val raw = signer.token("""{"sub":"alice","scope":["a","b"],"roles":["r"]}""")

    @Test
    fun `combines demands and refuses invalid ones when they are made`() {
        val demand = Demand.allScopes("a").and(Demand.anyRole("roles", "q", "r")).and(Demand.anyScope("b", "c"))
        assertEquals(demand, Demand.fromJson(demand.toJson()))
        demand.check(client.verify(raw))
        val lacking = demand.and(Demand.allScopes("z"))
        assertThrows(InsufficientScopeException::class.java) { lacking.check(client.verify(raw)) }
        val nonsense =
            listOf<() -> Any>(
                { Demand.allScopes() },
                { Demand.anyScope("a", "") },
                { Demand.allScopes("a b") },
                { Demand.allScopes("a\uD800") },
                { Demand.allRoles("", "a") },
                { Demand.anyRole("roles") },
                { Demand.fromJson("{}") },
                { Demand.fromJson("""{"all_scope":["a"]}""") },
                { TokenPlace.header("Authorization") },
                { TokenPlace.cookie("a b") },
                { Guard(Demand.allScopes("a"), isOptional = true) },
                { Demand.acrValues() },
                { Demand.acrValues("a b") },
                { Demand.maxAuthenticationAge(Duration.ZERO) },
                { Demand.maxAuthenticationAge(Duration.ofMillis(1500)) },
                { Demand.maxAuthenticationAge(Duration.ofSeconds(-5)) },
                { Guard(resourceMetadata = "urn:example:mcp") },
                { Guard(resourceMetadata = "https://api.example/\uD800") },
                { ResourceMetadata.url("http://api.example/mcp") },
            )
        for (make in nonsense) {
            val mistake = assertThrows(InvalidDemandException::class.java) { make() }
            assertEquals("invalid_demand", mistake.code)
        }
    }

    @Test
    fun `demands a sign-in and names the metadata of the resource`() {
        val metadata = ResourceMetadata.url("https://api.example/mcp")
        assertEquals("https://api.example/.well-known/oauth-protected-resource/mcp", metadata)
        val demand = Demand.acrValues("phr", "mfa").and(Demand.maxAuthenticationAge(Duration.ofMinutes(10)))
        val guard = Guard(demand, resourceMetadata = metadata)
        val now = Instant.now().epochSecond
        val token = client.verify(signer.token("""{"acr":"mfa","auth_time":$now}"""))
        guard.check(token)
        val later = Instant.ofEpochSecond(now + 601)
        assertThrows(InsufficientAuthenticationException::class.java) { guard.check(token, later) }
        val refused =
            assertThrows(InsufficientAuthenticationException::class.java) {
                guard.admit(listOf("Bearer $raw"), client)
            }
        val challenge =
            "Bearer resource_metadata=\"$metadata\", error=\"insufficient_user_authentication\", " +
                "error_description=\"insufficient_authentication\", acr_values=\"phr mfa\", max_age=\"600\""
        assertEquals(challenge, guard.answer(refused).headers["WWW-Authenticate"])
    }

    @Test
    fun `takes exactly one token from its place`() {
        val bearer = "Bearer $raw"
        val authorization = Guard()
        val header = Guard(place = TokenPlace.header("X-Token"))
        val cookie = Guard(place = TokenPlace.cookie("session"))
        assertEquals("x-token", header.headerName)
        for ((guard, values) in listOf(authorization to bearer, header to raw, cookie to "a=b; session=\"$raw\"")) {
            assertEquals("alice", guard.admit(listOf(values), client)?.subject)
            assertThrows(MissingTokenException::class.java) { guard.admit(emptyList(), client) }
        }
        assertThrows(MissingTokenException::class.java) { authorization.admit(listOf(""), client) }
        for ((guard, values) in listOf(
            authorization to listOf(bearer, bearer),
            header to listOf(bearer),
            header to listOf(raw, raw),
            cookie to listOf("session=$raw; session=$raw"),
            cookie to listOf("session="),
        )) {
            assertThrows(MalformedAuthorizationException::class.java) { guard.admit(values, client) }
        }
    }

    @Test
    fun `returns null only if the guard is optional and there is no token`() {
        val guard = Guard(isOptional = true)
        assertNull(guard.admit(emptyList(), client))
        assertEquals("alice", guard.admit(listOf("Bearer $raw"), client)?.subject)
        assertThrows(MissingTokenException::class.java) { guard.admit(listOf("Basic YQ=="), client) }
    }

    @Test
    fun `makes a whole response`() {
        val guard = Guard(Demand.allScopes("a", "z"), realm = "notes")
        val refused = guard.decide(listOf("Bearer $raw"), client) as Admission.Refused
        assertEquals("insufficient_scope", refused.cause.code)
        val answer = refused.answer
        assertEquals(403 to 1008, answer.status to answer.webSocketCloseCode)
        assertEquals("""{"detail":"insufficient_scope"}""", answer.body)
        val challenge =
            """Bearer realm="notes", error="insufficient_scope", error_description="insufficient_scope", scope="a z""""
        val headers =
            mapOf(
                "Content-Type" to "application/json",
                "Cache-Control" to "no-store",
                "WWW-Authenticate" to challenge,
            )
        assertEquals(headers, answer.headers)
        val admitted = Guard().decide(listOf("Bearer $raw"), client) as Admission.Admitted
        assertEquals("alice", admitted.token?.subject)
        val baked = Guard(place = TokenPlace.cookie("c"))
        assertFalse("WWW-Authenticate" in baked.answer(refused.cause).headers)
    }

    @Test
    fun `runs the revocation checks in order until one refuses`() {
        val checked = mutableListOf<Int>()
        val verifier =
            Verifier(issuer = null, audience = null) {
                revoked { checked.add(1).let { Revocation.CLEAR } }
                revoked { checked.add(2).let { Revocation.REVOKED } }
                revoked { checked.add(3).let { Revocation.CLEAR } }
            }
        assertThrows(RevokedTokenException::class.java) { verifier.verify(raw, keys) }
        assertTrue(checked == listOf(1, 2))
    }
}
