package dev.verijot

import dev.verijot.issuer.Signer
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.IOException
import java.time.Duration
import java.time.Instant

class ProfilesTest {
    private val signer = Signer("k1")
    private val keys = JwkSet.fromJson(Signer.jwks(signer))
    private val idTokens = IdTokenVerifier(Signer.ISSUER, Signer.AUDIENCE) { policy { algorithms("ES256") } }

    @Test
    fun `an ID token is of one login`() {
        val raw = signer.token("""{"nonce":"n1","amr":["pwd","otp"]}""")
        val login = Login.withNonce("n1")
        val token = idTokens.verify(raw, keys, login)
        assertEquals("alice", token.subject)
        assertEquals(Signer.ISSUER, token.issuer)
        assertEquals(listOf("pwd", "otp"), token.authenticationMethods)
        assertNull(token.session)
        assertEquals("k1", token.token.keyId)
        assertEquals("IdToken", "$token")
        assertEquals("Login", "$login")
        assertThrows<WrongClaimException> { idTokens.verify(raw, keys, Login.withNonce("n2")) }
        assertThrows<UnexpectedClaimException> { idTokens.verify(raw, keys, Login.withoutNonce()) }
        idTokens.verify(raw, keys, Login.anyNonce())
        idTokens.verify(raw, keys, Login.refreshOf(token))
        idTokens.verify(raw, keys, Login.refreshOf(Json.decodeFromString<JsonObject>(token.token.payload)))
        assertThrows<MissingClaimException> { idTokens.verify(raw, keys, login.maxAge(Duration.ofMinutes(1))) }
    }

    @Test
    fun `a login that makes no sense is not a refused token`() {
        val login = Login.withNonce("")
        assertThrows<InvalidPolicyException> { idTokens.verify("not a token", keys, login) }
        assertThrows<InvalidPolicyException> { idTokens.verify("not a token", keys, Login.anyNonce().acr()) }
        assertThrows<InvalidPolicyException> {
            Login.anyNonce().accessToken("a", Login.Channel.FRONT).code("c", Login.Channel.BACK)
        }
    }

    @Test
    fun `settings that make no sense, or are of another kind, are refused`() {
        assertThrows<InvalidPolicyException> { IdTokenVerifier("", "c") }
        assertThrows<InvalidPolicyException> { IdTokenVerifier("i", "c") { policy { anyType() } } }
        assertThrows<InvalidPolicyException> { IdTokenVerifier("i", "c") { policy { anyAudience() } } }
        val logout = """{"profile":"logout-token","issuer":"i","client_id":"c"}"""
        assertThrows<InvalidPolicyException> { IdTokenVerifier.fromJson(logout) }
        LogoutTokenVerifier.fromJson(logout).close()
    }

    @Test
    fun `a client gives the keys, and a cached token is checked for each login`() {
        val cached = IdTokenVerifier(Signer.ISSUER, Signer.AUDIENCE) { policy { tokenCache(8) } }
        val client = JwksClient(keys, Verifier(Signer.ISSUER, Signer.AUDIENCE))
        val raw = signer.token("""{"nonce":"n1"}""")
        repeat(2) { assertEquals("alice", cached.verify(raw, client, Login.withNonce("n1")).subject) }
        assertThrows<WrongClaimException> { cached.verify(raw, client, Login.withNonce("n2")) }
    }

    @Test
    fun `a logout token is accepted once`() {
        val logoutTokens = LogoutTokenVerifier(Signer.ISSUER, Signer.AUDIENCE)
        val event = """{"http://schemas.openid.net/event/backchannel-logout":{}}"""
        val raw = signer.token("""{"jti":"1","sid":"s","events":$event}""")
        val window = ReplayWindow(10)
        assertEquals("s", logoutTokens.verify(raw, keys, window).session)
        assertThrows<ReplayedTokenException> { logoutTokens.verify(raw, keys, window) }
        assertThrows<ReplayUnavailableException> { logoutTokens.verify(raw, keys, ReplayWindow(0)) }
        logoutTokens.verifyWithoutReplayCheck(raw, keys)
        assertThrows<UnexpectedClaimException> { idTokens.verify(raw, keys, Login.withoutNonce()) }
    }

    @Test
    fun `every kind of token has a revocation check, which is asked last but for the admission`() {
        val answers = ArrayDeque(listOf(Revocation.UNAVAILABLE, Revocation.CLEAR))
        val logoutTokens =
            LogoutTokenVerifier(Signer.ISSUER, Signer.AUDIENCE) { policy { revoked { answers.removeFirst() } } }
        val raw = signer.token(logout("1"))
        val window = ReplayWindow(10)
        assertThrows<RevocationUnavailableException> { logoutTokens.verify(raw, keys, window) }
        // The token was not admitted, so the sender can present it again.
        assertEquals("s", logoutTokens.verify(raw, keys, window).session)

        val revoked = IdTokenVerifier(Signer.ISSUER, Signer.AUDIENCE) { policy { revoked { Revocation.REVOKED } } }
        val login = signer.token("""{"nonce":"n1"}""")
        assertThrows<RevokedTokenException> { revoked.verify(login, keys, Login.withNonce("n1")) }
        assertThrows<WrongClaimException> { revoked.verify(login, keys, Login.withNonce("n2")) }
        val explained = revoked.explain(login, keys, Login.withNonce("n1"))
        assertEquals("revoked", explained.verdict.refusal?.code)
        assertEquals(Outcome.FAILED, explained.steps.single { it.check == "revocation" }.outcome)
    }

    @Test
    fun `a store of the caller's remembers tokens`() {
        val logoutTokens = LogoutTokenVerifier(Signer.ISSUER, Signer.AUDIENCE)
        val client = JwksClient(keys, Verifier(Signer.ISSUER, Signer.AUDIENCE))
        val raw = signer.token(logout("1"))
        val known = mutableSetOf<String>()
        val store = ReplayStore { known.add(it.key.joinToString()) && it.until.isAfter(Instant.now()) }
        assertEquals("s", logoutTokens.verify(raw, keys, store).session)
        assertThrows<ReplayedTokenException> { logoutTokens.verify(raw, keys, store) }
        assertThrows<ReplayedTokenException> { logoutTokens.verify(raw, client, store) }
        assertEquals("s", logoutTokens.verify(signer.token(logout("2")), client, store).session)
        // A token that another check refuses is not admitted.
        assertThrows<MissingClaimException> { logoutTokens.verify(signer.token("""{"sid":"s"}"""), keys, store) }
        assertEquals(2, known.size)
        val broken = ReplayStore { throw IOException("no connection") }
        assertThrows<ReplayUnavailableException> { logoutTokens.verify(raw, keys, broken) }
        val hanging = ReplayStore { sleeping() }
        assertThrows<ReplayUnavailableException> { logoutTokens.verify(raw, keys, hanging) }
        val document = """{"profile":"logout-token","issuer":"${Signer.ISSUER}","client_id":"${Signer.AUDIENCE}","""
        val waived = LogoutTokenVerifier.fromJson("""$document"without_replay_check":true}""")
        waived.verify(raw, keys, broken)
    }

    private fun logout(id: String): String {
        val event = """{"http://schemas.openid.net/event/backchannel-logout":{}}"""
        return """{"jti":"$id","sid":"s","events":$event}"""
    }

    private fun sleeping(): Boolean {
        Thread.sleep(60_000)
        return true
    }

    @Test
    fun `a second value of what has one is refused`() {
        val login = Login.withNonce("n1")
        val minute = Duration.ofMinutes(1)
        val twice =
            listOf<() -> Any>(
                { login.maxAge(minute).maxAge(minute.plus(minute)) },
                { login.acr("gold").acr("silver") },
                { login.requiredState("a").requiredState("b") },
                { StepUp.NONE.acr("gold").acr("silver") },
                { StepUp.NONE.maxAuthenticationAge(minute).maxAuthenticationAge(minute.plus(minute)) },
                { StepUp.fromJson("{}").acr("gold") },
                { Login.fromJson("""{"any_nonce":true}""").acr("gold") },
                { IdTokenVerifier("i", "c") { authorizedParties("a").also { anyAuthorizedParty() } } },
                { LogoutTokenVerifier("i", "c") { trustedAudiences("a").also { trustedAudiences("b") } } },
            )
        for (make in twice) assertThrows<InvalidPolicyException> { make() }
        idTokens.verify(signer.token("""{"nonce":"n1","acr":"gold"}"""), keys, login.acr("gold").acr("gold"))
    }

    @Test
    fun `an ID token is no access token`() {
        val accessTokens =
            AccessTokenVerifier(Signer.ISSUER, Signer.AUDIENCE) {
                revoked { if (it.id == "gone") Revocation.REVOKED else Revocation.CLEAR }
            }
        val raw = signer.token("""{"client_id":"app","jti":"1"}""")
        assertThrows<UnexpectedTypeException> { accessTokens.verify(raw, keys) }
        assertThrows<UnexpectedTypeException> { JwksClient(keys, accessTokens.verifier).verify(raw) }
        assertThrows<InvalidPolicyException> { accessTokens.verify(raw, keys, StepUp.NONE.acr()) }
        assertThrows<InvalidPolicyException> { AccessTokenVerifier(Signer.ISSUER, null) { anyType() } }
    }
}
