package dev.verijot.internal

import dev.verijot.InvalidSettingsException
import dev.verijot.ffi.Problem
import dev.verijot.ffi.ServiceSettings
import dev.verijot.ffi.maxSettingsFileOctets
import dev.verijot.ffi.settingsFileSuffix
import dev.verijot.ffi.settingsNames
import java.io.IOException
import java.nio.file.Files
import java.nio.file.InvalidPathException
import java.nio.file.Path

/** Reads the settings of a service from its environment, and from the files that it names. */
internal fun readServiceSettings(
    prefix: String,
    environment: Map<String, String>,
): ServiceSettings {
    NativeLibrary.isDirect
    val suffix = settingsFileSuffix()
    val names = settingsNames().map { prefix + it }
    // Other variables are none of ours, even if their names begin and end alike.
    val values = environment.filterKeys(names.toSet()::contains)
    val ofFiles = environment.filterKeys(names.map { it + suffix }.toSet()::contains)
    if (prefix.hasLoneSurrogate() || values.values.any { it.hasLoneSurrogate() }) {
        throw InvalidSettingsException("$prefix…: $LONE_SURROGATE")
    }
    // The core refuses two values, so that a file beside a value is not read.
    val files =
        ofFiles.mapValues { (name, path) ->
            if (name.removeSuffix(suffix) in values) byteArrayOf() else contents(name, path)
        }
    try {
        return dev.verijot.ffi.serviceSettings(prefix, values, files)
    } catch (problem: Problem) {
        throw InvalidSettingsException.of(problem)
    }
}

/**
 * Reads a file, but at most one octet more than it may have. No message quotes the path, which may be a secret that was
 * set by mistake.
 */
private fun contents(
    name: String,
    path: String,
): ByteArray =
    try {
        Files.newInputStream(Path.of(path)).use { it.readNBytes(maxSettingsFileOctets().toInt() + 1) }
    } catch (_: IOException) {
        throw InvalidSettingsException("$name: cannot read the file")
    } catch (_: InvalidPathException) {
        throw InvalidSettingsException("$name: cannot read the file")
    }
