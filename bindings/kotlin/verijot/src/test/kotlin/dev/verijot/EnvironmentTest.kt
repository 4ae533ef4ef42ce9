package dev.verijot

import dev.verijot.issuer.LocalIssuer
import dev.verijot.issuer.ManualClock
import dev.verijot.issuer.Signer
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import java.time.Duration

class EnvironmentTest {
    private val signer = Signer("k1")

    @Test
    fun `settings name the issuer, whose keys are fetched`() {
        LocalIssuer(signer).use { issuer ->
            val environment =
                mapOf(
                    "VERIJOT_ISSUER" to Signer.ISSUER,
                    "VERIJOT_AUDIENCE" to Signer.AUDIENCE,
                    "VERIJOT_JWKS_URL" to issuer.url,
                    "PATH" to "/bin",
                )
            JwksClient.fromEnvironment(environment = environment).use {
                assertEquals("alice", it.verify(signer.token()).subject)
            }
        }
    }

    @Test
    fun `settings name a provider`() {
        val provider = mapOf("APP_PROVIDER" to "cognito:eu-west-1_AbCdEf123")
        val client = JwksClient.fromEnvironment("APP_", provider + ("APP_AUDIENCE" to "web mobile"))
        assertTrue("$client".contains("eu-west-1_AbCdEf123"), "$client")
        val without = assertThrows<InvalidSettingsException> { JwksClient.fromEnvironment("APP_", provider) }
        assertEquals("invalid_settings", without.code)
        assertTrue(without.message.startsWith("APP_AUDIENCE: "), without.message)
        val pinned = provider + mapOf("APP_AUDIENCE" to "web", "APP_JWKS" to Signer.jwks(signer))
        assertEquals("JwksClient(static keys)", "${JwksClient.fromEnvironment("APP_", pinned)}")
    }

    @Test
    fun `other names are ignored, and options that settings decide are not`() {
        val environment =
            mapOf(
                "ISSUER" to Signer.ISSUER,
                "AUDIENCE" to Signer.AUDIENCE,
                "JWKS" to Signer.jwks(signer),
                "SSL_CERT_FILE" to "/nowhere",
                "LOG_FILE" to "\ud800",
                "WHATEVER" to "\ud800",
            )
        JwksClient.fromEnvironment("", environment).use { assertEquals("alice", it.verify(signer.token()).subject) }
        val decided =
            listOf<CacheSettings.Builder.() -> Unit>(
                { allowedHosts(listOf("issuer.example")) },
                { allowPlainHttp() },
                { discoveryOnly() },
                { purposes(listOf("sig")) },
                { certificates(listOf("ES256")) },
            )
        for (set in decided) {
            val settings = CacheSettings.builder().apply(set).build()
            val refused =
                assertThrows<InvalidSettingsException> { JwksClient.fromEnvironment("", environment, settings) }
            assertEquals("invalid_settings", refused.code)
        }
        val late = ManualClock().apply { advance(Duration.ofHours(1)) }
        val settings = CacheSettings.builder().clock(late).build()
        val client = JwksClient.fromEnvironment("", environment, settings)
        assertThrows<ExpiredTokenException> { client.verify(signer.token()) }
    }

    @Test
    fun `a setting can be a file`(
        @TempDir folder: Path,
    ) {
        val file = Files.writeString(folder.resolve("jwks"), Signer.jwks(signer) + "\n")
        val named = mapOf("VERIJOT_ISSUER" to Signer.ISSUER, "VERIJOT_AUDIENCE" to Signer.AUDIENCE)
        val ofFile = named + ("VERIJOT_JWKS_FILE" to "$file")
        assertEquals("alice", JwksClient.fromEnvironment(environment = ofFile).verify(signer.token()).subject)
        val large = Files.write(folder.resolve("large"), ByteArray(1_048_577) { 'a'.code.toByte() })
        val wrongs =
            listOf(
                ofFile + ("VERIJOT_JWKS" to "{}"),
                named + mapOf("VERIJOT_JWKS" to "{}", "VERIJOT_JWKS_FILE" to "$folder/secret"),
                named + ("VERIJOT_JWKS_FILE" to "$folder/secret"),
                named + ("VERIJOT_JWKS_FILE" to "$large"),
            )
        for (wrong in wrongs) {
            val refused = assertThrows<InvalidSettingsException> { JwksClient.fromEnvironment(environment = wrong) }
            assertTrue(refused.message.contains("VERIJOT_JWKS_FILE"), refused.message)
            assertFalse(refused.message.contains("$folder"), refused.message)
        }
    }
}
