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
 * The scenarios of keys and of guards in `testvectors/scenarios`, or in the folder that
 * `VERIJOT_SCENARIOS` names, against a real HTTP server on loopback. Sessions are not this package's.
 */
class ScenariosTest {
    @ParameterizedTest
    @EnumSource
    fun `every scenario ends as it says`(mode: Mode) {
        val threads = Executors.newFixedThreadPool(AT_ONCE)
        val (sessions, scenarios) = scenarios().partition { it.kind == "sessions" }
        val playing = scenarios.map { threads.submit(Callable { failureOf(it, mode) }) }
        val failures = playing.mapNotNull { it.get() }.sorted()
        threads.shutdown()
        failures.forEach(::println)
        println(
            "scenarios of keys and guards, $mode: ran ${playing.size}, passed ${playing.size - failures.size}, " +
                "failed ${failures.size}; ${sessions.size} of sessions were not run",
        )
        assertTrue(playing.isNotEmpty())
        assertEquals(emptyList<String>(), failures)
    }

    private class Scenario(
        val kind: String,
        val fixtures: JsonObject,
        val content: JsonObject,
    )

    private fun failureOf(
        scenario: Scenario,
        mode: Mode,
    ): String? =
        try {
            if (scenario.kind == "keys") {
                KeysScenario(scenario.fixtures, mode).use { it.play(scenario.content) }
            } else {
                GuardScenario(scenario.fixtures, mode).use { it.play(scenario.content) }
            }
            null
        } catch (failure: Throwable) {
            "${scenario.content["id"]?.text()}: $failure"
        }

    private fun scenarios(): List<Scenario> {
        val folder = File(System.getenv("VERIJOT_SCENARIOS") ?: "../../../testvectors/scenarios")
        val files = folder.listFiles { file -> file.extension == "json" && file.name != "schema.json" }.orEmpty()
        return files.sorted().flatMap { file ->
            Json.parseToJsonElement(file.readText()).members {
                assertEquals("verijot-scenarios-v1", text("schema"))
                val kind = text("kind")!!
                if (kind !in KINDS) fail("unknown kind $kind")
                val fixtures = (take("fixtures") ?: JsonObject(emptyMap())).jsonObject
                take("scenarios")!!.jsonArray.map { Scenario(kind, fixtures, it.jsonObject) }
            }
        }
    }

    private companion object {
        /** Each has a server and clocks of its own. */
        const val AT_ONCE = 8

        val KINDS = setOf("keys", "guards", "sessions")
    }
}
