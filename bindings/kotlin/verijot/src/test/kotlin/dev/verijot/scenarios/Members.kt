package dev.verijot.scenarios

import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.time.Duration

/** The outcome differs from the scenario. */
class Failed(
    message: String,
) : Exception(message)

fun fail(message: String): Nothing = throw Failed(message)

/** Reads the members of an object. A member that is not read is an error. */
class Members(
    private val source: JsonObject,
) {
    private val left = source.keys.toMutableSet()

    fun names(): Set<String> = left.toSet()

    fun take(name: String): JsonElement? = source[name].also { left -= name }

    fun text(name: String): String? = take(name)?.jsonPrimitive?.contentOrNull

    fun number(name: String): Double? = take(name)?.jsonPrimitive?.double

    fun whole(name: String): Int? = take(name)?.jsonPrimitive?.int

    fun flag(name: String): Boolean = take(name)?.jsonPrimitive?.boolean ?: false

    fun texts(name: String): List<String>? = take(name)?.jsonArray?.map { it.jsonPrimitive.content }

    fun textMap(name: String): Map<String, String> =
        take(name)?.jsonObject?.mapValues { it.value.jsonPrimitive.content }.orEmpty()

    fun seconds(name: String): Duration? = number(name)?.let { Duration.ofNanos((it * 1e9).toLong()) }

    /** Reads the members that every scenario has for its readers. */
    fun description() = listOf("id", "title", "why", "refs").forEach { take(it) ?: fail("$it is missing") }

    /** How a response misbehaves. */
    fun fault(): String? = text("fault")?.also { if (it !in FAULTS) fail("unknown fault $it") }

    fun <T> end(result: T): T {
        if (left.isNotEmpty()) fail("unknown members $left in $source")
        return result
    }
}

/** Reads all members of an object. */
fun <T> JsonElement.members(read: Members.() -> T): T {
    val members = Members(this as? JsonObject ?: fail("$this is not an object"))
    return members.end(members.read())
}

fun JsonElement.text(): String = (this as? JsonPrimitive)?.contentOrNull ?: fail("$this is not a string")

private val FAULTS = setOf("silence", "half", "reset", "refuse", "endless")
