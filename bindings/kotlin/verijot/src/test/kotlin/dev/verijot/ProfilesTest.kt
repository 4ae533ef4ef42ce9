package dev.verijot

import dev.verijot.issuer.Signer
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.time.Duration

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
        assertThrows<InvalidPolicyException> {
            IdTokenVerifier("i", "c") { policy { revoked { Revocation.CLEAR } } }
        }
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
