package dev.verijot.vectors

import dev.verijot.internal.NativeLibrary
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assumptions.abort
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import java.io.File

/** Runs every test vector through the package's public API. */
class VectorsTest {
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    fun case(named: NamedCase) {
        val case = Case(named.source)
        if ((case.requires - ABILITIES).isNotEmpty() || ProfileOfCase.isInexpressible(case)) {
            skipped += 1
            abort<Unit>("requires ${case.requires}")
        }
        ran += 1
        assertNull(mismatch(case), case.id)
        passed += 1
    }

    @Test
    fun `fails a vector with an unknown member`() {
        val whole = cases().map { it.source }.first { "valid" in it.getValue("expect").jsonObject }
        assertNull(mismatch(Case(whole)))
        val surprise = JsonPrimitive(1)
        val expect = whole.getValue("expect").jsonObject
        val valid = expect.getValue("valid").jsonObject
        val changed =
            listOf(
                whole + ("surprise" to surprise),
                whole + ("expect" to expect.with("surprise", surprise)),
                whole + ("expect" to expect.with("valid", valid.with("surprise", surprise))),
            )
        for (case in changed) {
            assertThrows(UnusableCaseException::class.java) { mismatch(Case(JsonObject(case))) }
        }
        val policy = whole.getValue("policy").jsonObject.with("surprise", surprise)
        assertNotNull(mismatch(Case(whole.with("policy", policy))))
    }

    @Test
    fun `fails a vector with another verdict`() {
        for (source in cases().map { it.source }.filter { "requires" !in it }.take(50)) {
            val isValid = "valid" in source.getValue("expect").jsonObject
            val other =
                if (isValid) """{"error":"lifetime_too_long"}""" else """{"valid":{}}"""
            assertNotNull(mismatch(Case(source.with("expect", Json.parseToJsonElement(other)))))
        }
    }

    @Test
    fun `reads files of version 1 without adding twins`() {
        val cases = readFolder(File("../../../testvectors/runner/tests/version-1"))
        assertEquals(3, cases.size)
        cases.forEach { assertNull(mismatch(Case(it))) }
    }

    companion object {
        private var ran = 0
        private var passed = 0
        private var skipped = 0

        @JvmStatic
        fun cases(): List<NamedCase> = readFolder(FOLDER).map(::NamedCase)

        @JvmStatic
        @AfterAll
        fun count() {
            val way = if (NativeLibrary.isDirect) "JNI" else "JNA"
            println("vectors through $way: $ran ran, $passed passed, ${ran - passed} failed, $skipped skipped")
            assertEquals(System.getProperty("dev.verijot.directCalls") != "false", NativeLibrary.isDirect)
        }

        private val FOLDER = File(System.getenv("VERIJOT_TESTVECTORS") ?: "../../../testvectors")

        /** What the library's crypto provider supports of what a case can require. */
        private val ABILITIES = setOf("RSA-8192", "RSA-exponent", "profiles", "certificate-map", "key-purposes", "alb")
    }
}

class NamedCase(
    val source: JsonObject,
) {
    override fun toString(): String = source.text("id")
}

private fun JsonObject.with(
    name: String,
    value: JsonElement,
) = JsonObject(this + (name to value))
