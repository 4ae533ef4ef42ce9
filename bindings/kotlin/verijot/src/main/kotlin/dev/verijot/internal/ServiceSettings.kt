package dev.verijot.internal

import dev.verijot.InvalidSettingsException
import dev.verijot.ffi.Problem
import dev.verijot.ffi.ServiceSettings
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.nio.file.Files
import java.nio.file.InvalidPathException
import java.nio.file.Path

/** Reads the settings of a service from its environment, and from the files that it names. */
internal fun readServiceSettings(
    prefix: String,
    environment: Map<String, String>,
): ServiceSettings {
    NativeLibrary.isDirect
    val ours = environment.filterKeys { it.startsWith(prefix) }
    val ofFiles = ours.filterKeys { it.endsWith(FILE) && it.length > prefix.length + FILE.length }
    val values = ours.filterKeys { it !in ofFiles }.toMutableMap()
    for ((file, path) in ofFiles) {
        val name = file.removeSuffix(FILE)
        if (name in values) throw InvalidSettingsException("$name, $file: both are set; unset one of them")
        values[name] = contents(file, path)
    }
    if (prefix.hasLoneSurrogate() || values.any { it.key.hasLoneSurrogate() || it.value.hasLoneSurrogate() }) {
        throw InvalidSettingsException("$prefix…: $LONE_SURROGATE")
    }
    try {
        return dev.verijot.ffi.serviceSettings(prefix, values)
    } catch (problem: Problem) {
        throw InvalidSettingsException.of(problem)
    }
}

/** The text of a file. No message quotes the path, which may be a secret that was set by mistake. */
private fun contents(
    name: String,
    path: String,
): String {
    val octets =
        try {
            Files.newInputStream(Path.of(path)).use { it.readNBytes(MAX_OCTETS + 1) }
        } catch (_: IOException) {
            throw InvalidSettingsException("$name: cannot read the file")
        } catch (_: InvalidPathException) {
            throw InvalidSettingsException("$name: cannot read the file")
        }
    if (octets.size > MAX_OCTETS) throw InvalidSettingsException("$name: cannot read the file: it is larger than 1 MiB")
    val text =
        try {
            val decoder = Charsets.UTF_8.newDecoder()
            decoder.decode(ByteBuffer.wrap(octets)).toString()
        } catch (_: CharacterCodingException) {
            throw InvalidSettingsException("$name: not Unicode; write it in UTF-8")
        }
    return text.removeSuffix("\n").removeSuffix("\r")
}

private const val FILE = "_FILE"

private const val MAX_OCTETS = 1_048_576
