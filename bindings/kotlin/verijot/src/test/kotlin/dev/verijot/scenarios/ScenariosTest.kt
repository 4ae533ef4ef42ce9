package dev.verijot.scenarios

import dev.verijot.JwksClient
import dev.verijot.coroutines.suspending
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.io.File
import java.util.concurrent.Callable
import java.util.concurrent.Executors

/** How clients are called. */
enum class Mode {
    /** By a thread, which waits. */
    BLOCKING {
        override fun verify(
            client: JwksClient,
            token: String,
        ) {
            client.verify(token)
        }

        override fun refreshNow(client: JwksClient) = client.refreshNow()
    },

    /** By a coroutine, in an event loop of its own. */
    COROUTINES {
        override fun verify(
            client: JwksClient,
            token: String,
        ) = runBlocking<Unit> { client.suspending().verify(token) }

        override fun refreshNow(client: JwksClient) = runBlocking { client.suspending().refreshNow() }
    }, ;

    abstract fun verify(
        client: JwksClient,
        token: String,
    )

    abstract fun refreshNow(client: JwksClient)
}

/**
 * The scenarios of keys in `testvectors/scenarios`, or in the folder that `VERIJOT_SCENARIOS` names,
 * against a real HTTP server on loopback. What a guard answers is not this package's, and neither are
 * sessions.
 */
class ScenariosTest {
    @ParameterizedTest
    @EnumSource
    fun `every scenario ends as it says`(mode: Mode) {
        val threads = Executors.newFixedThreadPool(AT_ONCE)
        val playing =
            scenarios().map { (fixtures, scenario) -> threads.submit(Callable { failureOf(fixtures, scenario, mode) }) }
        val failures = playing.mapNotNull { it.get() }.sorted()
        threads.shutdown()
        failures.forEach(::println)
        println(
            "scenarios of keys, $mode: ran ${playing.size}, passed ${playing.size - failures.size}, failed ${failures.size}",
        )
        assertTrue(playing.isNotEmpty())
        assertEquals(emptyList<String>(), failures)
    }

    private fun failureOf(
        fixtures: JsonObject,
        scenario: JsonObject,
        mode: Mode,
    ): String? =
        try {
            KeysScenario(fixtures, mode).use { it.play(scenario) }
            null
        } catch (failure: Throwable) {
            "${scenario["id"]?.text()}: $failure"
        }

    private fun scenarios(): List<Pair<JsonObject, JsonObject>> {
        val folder = File(System.getenv("VERIJOT_SCENARIOS") ?: "../../../testvectors/scenarios")
        val files = folder.listFiles { file -> file.extension == "json" && file.name != "schema.json" }.orEmpty()
        return files.sorted().flatMap { file ->
            Json.parseToJsonElement(file.readText()).members {
                assertEquals("verijot-scenarios-v1", text("schema"))
                val kind = text("kind")
                val fixtures = take("fixtures")!!.jsonObject
                val scenarios = take("scenarios")!!.jsonArray.map { fixtures to it.jsonObject }
                when (kind) {
                    "keys" -> scenarios
                    "guards", "sessions" -> emptyList()
                    else -> fail("unknown kind $kind")
                }
            }
        }
    }

    private companion object {
        /** Each has a server and clocks of its own. */
        const val AT_ONCE = 8
    }
}
