package dev.verijot.vectors

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File

/**
 * Reads all vectors of a folder, each with its key set, and adds the flipped twin of each valid one. Files of
 * version 1 of the format are read as they are: they have no named key sets and contain their twins.
 */
fun readFolder(folder: File): List<JsonObject> {
    val files = folder.listFiles { file -> file.extension == "json" && !file.name.endsWith("schema.json") }
    val vectors = files.orEmpty().filter { it.name != "codes.json" }
    val cases = vectors.sorted().flatMap(::readFile)
    check(cases.isNotEmpty()) { "no test vectors in $folder" }
    return cases
}

private fun readFile(file: File): List<JsonObject> {
    val content = Json.parseToJsonElement(file.readText()).jsonObject
    return when (val schema = content.text("schema")) {
        "verijot-testvectors-v1" -> {
            known(content, "schema", "category", "cases")
            content.getValue("cases").jsonArray.map { it.jsonObject }
        }

        "verijot-testvectors-v2" -> {
            known(content, "schema", "category", "key_sets", "cases")
            val sets = content.getValue("key_sets").jsonObject
            content.getValue("cases").jsonArray.flatMap { whole(it.jsonObject, sets) }
        }

        else -> {
            error("$file has the unknown schema $schema")
        }
    }
}

private fun whole(
    written: JsonObject,
    sets: JsonObject,
): List<JsonObject> {
    val jwks = written["jwks"]
    val isName = jwks is JsonPrimitive && jwks.isString
    val case = if (isName) JsonObject(written + ("jwks" to sets.getValue(written.text("jwks")))) else written
    return if ("valid" in case.getValue("expect").jsonObject) listOf(case, twin(case)) else listOf(case)
}

/** A valid vector with one bit of its signature flipped, which must be refused. */
private fun twin(case: JsonObject): JsonObject {
    val kind = listOf("token", "authorization", "token_repeat").first { it in case }
    val token = case.getValue(kind)
    val flipped =
        if (token is JsonObject) {
            JsonObject(token + ("suffix" to JsonPrimitive(flipped(token.text("suffix")))))
        } else {
            JsonPrimitive(flipped(token.jsonPrimitive.content))
        }
    val id = JsonPrimitive(case.text("id") + "-flipped")
    val expect = JsonObject(mapOf("error" to JsonPrimitive("invalid_signature")))
    return JsonObject(case + mapOf("id" to id, kind to flipped, "expect" to expect))
}

/** Replaces the first character after the last dot by its neighbour in the alphabet of base64url. */
private fun flipped(token: String): String {
    val place = token.lastIndexOf('.') + 1
    val neighbour = BASE64URL[BASE64URL.indexOf(token[place]) xor 1]
    return token.replaceRange(place, place + 1, neighbour.toString())
}

private const val BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
