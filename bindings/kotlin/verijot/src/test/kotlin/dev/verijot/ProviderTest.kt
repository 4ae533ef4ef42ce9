package dev.verijot

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.File
import java.io.IOException

class ProviderTest {
    private val settings = CacheSettings.builder().fetcher { throw IOException("no connection") }.build()

    @Test
    fun `every preset makes a verifier and a client, or is refused`() {
        val cases = presets()
        assertTrue(cases.size > 39)
        for (case in cases) {
            val provider = case.getValue("provider").jsonPrimitive.content
            val options = case.getValue("options").toString()
            val refusal = case["error"]?.jsonObject
            if (refusal != null) {
                val refused = assertThrows<InvalidPolicyException> { Provider.preset(provider, options) }
                assertEquals(refusal.getValue("code").jsonPrimitive.content, refused.code)
                val member = refusal["member"]?.jsonPrimitive?.content.orEmpty()
                assertTrue(refused.message.startsWith(member), refused.message)
                continue
            }
            val preset = Provider.preset(provider, options)
            assertEquals(case["preset"], Json.parseToJsonElement(preset.toJson()))
            verifier(preset).use { verifier ->
                if (preset.keySource.ofCaller != null) {
                    assertThrows<InvalidKeySourceException> { preset.client(verifier, settings) }
                } else {
                    preset.client(verifier, settings).close()
                }
            }
            if (preset.policy == null && preset.keySource.ofCaller == null) {
                preset.client(settings).use { client ->
                    assertThrows<VerificationException> { client.verify("not a token") }
                }
            }
        }
    }

    @Test
    fun `what a provider demands must be named`() {
        val unnamed = assertThrows<InvalidPolicyException> { Provider.preset("cognito:eu-west-1_AbCdEf123") }
        assertTrue(unnamed.message.startsWith("client_ids: "))
        assertThrows<InvalidPolicyException> { Provider.preset("cognitto:eu-west-1_AbCdEf123") }
        assertThrows<InvalidPolicyException> { Provider.preset("apple", "[]") }
        assertThrows<InvalidPolicyException> { Provider.preset("apple", "\uD800") }
    }

    @Test
    fun `every provider is listed with what it demands`() {
        val all = Provider.all()
        assertTrue(all.size > 39)
        assertTrue("${all.first()}".isNotEmpty())
        for (info in all.filter { it.verifier != "none" && it.demands.isNotEmpty() }) {
            val unnamed = assertThrows<InvalidPolicyException> { Provider.preset(info.example) }
            val demanded = info.demands.flatten()
            assertTrue(demanded.any { unnamed.message.startsWith("$it: ") }, "$info: ${unnamed.message}")
            assertTrue(info.options.containsAll(demanded) && info.token.isNotEmpty())
        }
    }

    /** A verifier for the tokens, or for a profile's one for the client. */
    private fun verifier(preset: Preset): Verifier {
        val profile = preset.profile
        if (profile != null) {
            val settings = Json.decodeFromString<JsonObject>(profile)
            when (val kind = settings.getValue("profile").jsonPrimitive.content) {
                "id-token" -> IdTokenVerifier.fromJson(profile).close()
                "access-token" -> AccessTokenVerifier.fromJson(profile).close()
                else -> error("unknown profile $kind")
            }
        } else if (preset.loadBalancer == null) {
            return Verifier(checkNotNull(preset.policy))
        }
        return Verifier("https://issuer.example", "https://api.example")
    }

    private fun presets(): List<JsonObject> {
        val vectors = File(System.getenv("VERIJOT_TESTVECTORS") ?: "../../../testvectors")
        val content = Json.decodeFromString<JsonObject>(vectors.resolve("presets/presets.json").readText())
        return content.getValue("presets").jsonArray.map { it.jsonObject }
    }
}
