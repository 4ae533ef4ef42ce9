package dev.verijot.scenarios

import dev.verijot.IssuedTokens
import dev.verijot.JwksClient
import dev.verijot.RefreshSettings
import dev.verijot.TokenKeeper
import dev.verijot.TokenSession
import dev.verijot.coroutines.SuspendingTokenKeeper
import dev.verijot.coroutines.SuspendingTokenSession
import dev.verijot.coroutines.suspending
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.runInterruptible
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

/** How the package is called. */
enum class Mode {
    /** Through the blocking API. */
    BLOCKING {
        override fun verify(
            client: JwksClient,
            token: String,
        ) {
            client.verify(token)
        }

        override fun refreshNow(client: JwksClient) = client.refreshNow()

        override fun session(
            keeper: TokenKeeper,
            settings: RefreshSettings,
        ) = TokenSession(keeper, settings)

        override fun signIn(
            session: TokenSession,
            tokens: IssuedTokens,
        ) = session.signIn(tokens)

        override fun execute(
            session: TokenSession,
            url: String,
            request: (authorization: String) -> Int,
        ) = session.execute(url, { it }, request)
    },

    /** Through coroutines, each call with its own event loop. */
    COROUTINES {
        override fun verify(
            client: JwksClient,
            token: String,
        ) = runBlocking<Unit> { client.suspending().verify(token) }

        override fun refreshNow(client: JwksClient) = runBlocking { client.suspending().refreshNow() }

        override fun session(
            keeper: TokenKeeper,
            settings: RefreshSettings,
        ) = SuspendingTokenSession(Suspending(keeper), settings).session

        override fun signIn(
            session: TokenSession,
            tokens: IssuedTokens,
        ) = runBlocking { session.suspending().signIn(tokens) }

        override fun execute(
            session: TokenSession,
            url: String,
            request: (authorization: String) -> Int,
        ) = runBlocking { session.suspending().execute(url, { it }) { runInterruptible { request(it) } } }
    }, ;

    abstract fun verify(
        client: JwksClient,
        token: String,
    )

    abstract fun refreshNow(client: JwksClient)

    abstract fun session(
        keeper: TokenKeeper,
        settings: RefreshSettings,
    ): TokenSession

    abstract fun signIn(
        session: TokenSession,
        tokens: IssuedTokens,
    )

    /** Returns the status of the final response. */
    abstract fun execute(
        session: TokenSession,
        url: String,
        request: (authorization: String) -> Int,
    ): Int
}

private class Suspending(
    private val keeper: TokenKeeper,
) : SuspendingTokenKeeper {
    override suspend fun refresh(refreshToken: String) =
        runInterruptible(Dispatchers.IO) { keeper.refresh(refreshToken) }

    override suspend fun store(tokens: IssuedTokens) = runInterruptible(Dispatchers.IO) { keeper.store(tokens) }

    override fun canStore() = keeper.canStore()
}

/**
 * Plays the scenarios in `testvectors/scenarios`, or in the folder that `VERIJOT_SCENARIOS` names, against a
 * real HTTP server on loopback.
 */
class ScenariosTest {
    @ParameterizedTest
    @EnumSource
    fun `plays every scenario`(mode: Mode) {
        val threads = Executors.newFixedThreadPool(AT_ONCE)
        // What this package cannot do yet is left out.
        val scenarios = scenarios().filter { it.content.required().all(ABILITIES::contains) }
        val playing = scenarios.map { threads.submit(Callable { failureOf(it, mode) }) }
        val failures = playing.mapNotNull { it.get() }.sorted()
        threads.shutdown()
        failures.forEach(::println)
        val kinds = scenarios.groupingBy { it.kind }.eachCount()
        println(
            "scenarios, $mode: ran ${playing.size}, passed ${playing.size - failures.size}, " +
                "failed ${failures.size}; of each kind: $kinds",
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
            when (scenario.kind) {
                "keys" -> KeysScenario(scenario.fixtures, mode).use { it.play(scenario.content) }
                "guards" -> GuardScenario(scenario.fixtures, mode).use { it.play(scenario.content) }
                "sessions" -> SessionsScenario(mode).use { it.play(scenario.content) }
                else -> fail("unknown kind ${scenario.kind}")
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
                // Sessions have no keys.
                val none = JsonObject(emptyMap()).takeIf { kind == "sessions" }
                val fixtures = (take("fixtures") ?: none ?: fail("no fixtures in $file")).jsonObject
                take("scenarios")!!.jsonArray.map { Scenario(kind, fixtures, it.jsonObject) }
            }
        }
    }

    private companion object {
        /** Scenarios that run at the same time; each has its own server and clocks. */
        const val AT_ONCE = 8

        /** What this package has of what a scenario can require. */
        val ABILITIES = setOf("key-sources")

        fun JsonObject.required() = this["requires"]?.jsonArray?.map { it.text() }.orEmpty()
    }
}
