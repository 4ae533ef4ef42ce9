package dev.verijot.example

import dev.verijot.JwksClient
import dev.verijot.coroutines.suspending
import io.ktor.server.cio.CIO
import io.ktor.server.engine.embeddedServer
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse

/** Runs the service on one port of this machine, and an issuer on another. */
class NotesServiceTest {
    private val issuer = TokenIssuer()
    private val client = JwksClient.fromIssuer(issuer.url, audience = TokenIssuer.AUDIENCE)
    private val service = embeddedServer(CIO, host = "127.0.0.1", port = 0) { notes(client.suspending()) }.start()
    private val port = runBlocking { service.engine.resolvedConnectors() }.single().port

    @AfterEach
    fun stop() {
        service.stop(0, 0)
        client.close()
        issuer.close()
    }

    @Test
    fun `admits a valid token`() {
        val answer = ask(issuer.token("""{"sub":"alice","scope":"notes:read"}"""))
        assertEquals(200 to "alice", answer.statusCode() to answer.body())
    }

    @Test
    fun `answers each refusal with its status`() {
        assertEquals(401, ask(null).statusCode())
        val malformed = ask("x")
        assertEquals(401 to """{"detail":"malformed_token"}""", malformed.statusCode() to malformed.body())
        val challenge = malformed.headers().firstValue("WWW-Authenticate").orElseThrow()
        assertTrue("invalid_token" in challenge, challenge)
        assertEquals(403, ask(issuer.token("""{"sub":"alice"}""")).statusCode())
        val token = issuer.token("""{"sub":"alice","scope":"notes:read"}""", keyId = "another")
        assertEquals(401, ask(token).statusCode())
    }

    @Test
    fun `answers 503 if the issuer cannot be reached`() {
        issuer.close()
        val answer = ask(issuer.token("{}"))
        assertEquals(503 to """{"detail":"keys_unavailable"}""", answer.statusCode() to answer.body())
        assertTrue(answer.headers().firstValue("Retry-After").isPresent)
    }

    private fun ask(token: String?): HttpResponse<String> {
        val request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:$port/me"))
        token?.let { request.header("Authorization", "Bearer $it") }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString())
    }
}
