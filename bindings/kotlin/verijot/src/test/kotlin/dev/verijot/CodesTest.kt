package dev.verijot

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

class CodesTest {
    @Test
    fun `has the exception classes of the table of codes`() {
        val entries = entries()
        assertTrue(entries.isNotEmpty())
        for (entry in entries.filter { it.text("kind") == "setup" && it.text("code") !in MISSING }) {
            assertEquals(entry.parents(), superclasses(Class.forName("dev.verijot.${entry.text("class")}Exception")))
        }
        for (entry in entries.filter { it.text("kind") == "verification" }) {
            val status = entry.getValue("status").jsonPrimitive.int
            val exception = exceptionFor(refused(entry.getValue("code").jsonPrimitive.content, status))
            assertEquals("${entry.text("class")}Exception", exception.javaClass.simpleName)
            assertEquals(entry.parents(), superclasses(exception.javaClass))
            assertEquals(status, exception.httpStatus)
        }
    }

    @Test
    fun `turns an unknown code into a VerificationException`() {
        assertEquals(VerificationException::class.java, exceptionFor(refused("surprise", 401)).javaClass)
    }

    private fun entries(): List<JsonObject> {
        val table = Json.parseToJsonElement(File("../../../testvectors/codes.json").readText()).jsonObject
        return table.getValue("codes").jsonArray.map { it.jsonObject }
    }

    private fun JsonObject.text(name: String) = getValue(name).jsonPrimitive.contentOrNull

    private fun JsonObject.parents() = getValue("parents").jsonArray.map { "${it.jsonPrimitive.content}Exception" }

    private fun superclasses(type: Class<*>): List<String> =
        generateSequence(type.superclass) { it.superclass }
            .takeWhile { it.name.startsWith("dev.verijot.") }
            .map { it.simpleName }
            .toList()

    private fun refused(
        code: String,
        status: Int,
    ) = Refusal(
        dev.verijot.ffi.Refusal(
            code = code,
            message = "",
            claim = null,
            expected = null,
            actual = null,
            httpStatus = status.toUShort(),
            wwwAuthenticate = null,
            retryAfter = null,
        ),
    )

    private companion object {
        /** Kotlin reads no settings. */
        val MISSING = setOf("invalid_settings")
    }
}
