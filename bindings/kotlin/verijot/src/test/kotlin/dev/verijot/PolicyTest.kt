package dev.verijot

import kotlinx.serialization.json.JsonNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration

/** Policies as JSON documents. */
class PolicyTest {
    private fun anything() = Policy.builder().anyIssuer().anyAudience()

    @Test
    fun `the builder and the document say the same`() {
        same("") {}
        same(""","algorithms":["ES256"]""") { algorithms("ES256") }
        same(""","types":["at+jwt"]""") { types("at+jwt") }
        same(""","types":null""") { anyType() }
        same(""","leeway":"0.25"""") { leeway(Duration.ofMillis(250)) }
        same(""","leeway":"600"""") { leeway(Duration.ofMinutes(10)) }
        same(""","require_exp":false""") { allowMissingExpiry() }
        same(""","numeric_subject":true""") { allowNumericSubject() }
        same(""","future_issued_at":true""") { allowFutureIssuedAt() }
        same(""","required_claims":["a","b"]""") { requireClaims("a").requireClaims("b") }
        same(""","expected_claims":{"a\"":"b\n","c":true,"d":null,"e":[1,0.5]}""") {
            expectClaim("a\"", "b\n").expectClaim("c", true).expectClaim("d", JsonNull)
            expectClaimJson("e", "[1, 0.5]")
        }
        same(""","max_age":"60"""") { maxAge(Duration.ofSeconds(60)) }
        same(""","max_lifetime":"0.000000001"""") { maxLifetime(Duration.ofNanos(1)) }
        same(""","max_lifetime_by":{"claim":"c","ceilings":{"a":"1"},"default":null}""") {
            maxLifetimeBy("c", mapOf("a" to Duration.ofSeconds(1)), null)
        }
        same(""","required_scopes":["a","b"]""") { requireScopes("a").requireScopes("b") }
        same(""","required_roles":{"path":["a","b"],"roles":["c"]}""") { requireRoles("a.b", "c") }
        same(""","limits":{"token_octets":100}""") { maxTokenOctets(100) }
        val named = Policy.of("a", "b") {}
        assertEquals("""{"issuers":["a"],"audiences":["b"]}""", named.toJson())
    }

    @Test
    fun `adds to a document what it does not set`() {
        val policy = Policy.builder("""{"issuers":["a"],"audiences":null}""").requireScopes("b").build()
        assertEquals("""{"issuers":["a"],"audiences":null,"required_scopes":["b"]}""", policy.toJson())
        val again = Policy.builder("""{"issuers":["a"],"audiences":null}""").issuer("b")
        refused("issuers: ") { again.build() }
    }

    @Test
    fun `names the member at fault`() {
        refused("") { Policy.fromJson("{") }
        refused("audiences: ") { Policy.fromJson("""{"issuers":null}""") }
        refused("x: ") { Policy.fromJson("""{"issuers":null,"audiences":null,"x":1}""") }
        refused("lone surrogate") { Policy.fromJson("\ud800") }
        val twice = anything().expectClaim("a", "b").expectClaim("a", "c")
        refused("expected_claims.a: ") { twice.build() }
        refused("not Unicode") { anything().expectClaim("a", "\ud800") }
        refused("is not JSON") { anything().expectClaimJson("a", "1,\"b\":2") }
    }

    @Test
    fun `refuses an empty list, even if another call is not empty`() {
        refused("required_scopes: ") { anything().requireScopes().build() }
        refused("required_scopes: ") { anything().requireScopes().requireScopes("a").build() }
        refused("required_scopes: ") { anything().requireScopes("a").requireScopes().build() }
        refused("required_claims: ") { anything().requireClaims().requireClaims("a").build() }
        refused("required_roles") { anything().requireRoles("a").requireRoles("a", "b").build() }
    }

    @Test
    fun `refuses a second value of what has one`() {
        val second = Duration.ofSeconds(1)
        val twice =
            mapOf<String, Policy.Builder.() -> Unit>(
                "algorithms: " to { algorithms("ES256").algorithms("RS256") },
                "types: " to { types("at+jwt").anyType() },
                "leeway: " to { leeway(Duration.ZERO).leeway(second) },
                "max_age: " to { maxAge(second).maxAge(second.plus(second)) },
                "max_lifetime: " to { maxLifetime(second).maxLifetime(second.plus(second)) },
                "max_lifetime_by: " to {
                    maxLifetimeBy(
                        "a",
                        emptyMap(),
                        second,
                    ).maxLifetimeBy("b", emptyMap(), second)
                },
                "limits: " to { maxTokenOctets(100).maxTokenOctets(200) },
                "tokenCache: " to { tokenCache(1).tokenCache(0) },
                "revocationTimeout: " to { revocationTimeout(second).revocationTimeout(second.plus(second)) },
            )
        for ((member, set) in twice) refused(member) { anything().apply(set).build() }
        anything().maxAge(second).maxAge(second).build()
    }

    @Test
    fun `compares a claim with the value as it is written`() {
        refused("expected_claims") { anything().expectClaimJson("a", """{"b":1,"b":2}""").build() }
    }

    private fun same(
        members: String,
        change: Policy.Builder.() -> Unit,
    ) {
        val document = """{"issuers":null,"audiences":null$members}"""
        val built = anything().apply(change).build()
        assertEquals(document, built.toJson())
        assertEquals(document, Policy.fromJson(document).toJson())
    }

    private fun refused(
        text: String,
        make: () -> Unit,
    ) {
        val refused = assertThrows(InvalidPolicyException::class.java) { make() }
        assertTrue(text in refused.message, refused.message)
    }
}
