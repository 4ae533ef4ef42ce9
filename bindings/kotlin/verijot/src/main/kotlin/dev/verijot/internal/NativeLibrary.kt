package dev.verijot.internal

import com.sun.jna.Native
import com.sun.jna.Platform
import java.io.File
import java.io.IOException

/**
 * The native library, loaded once: by JNA, and for the hot calls by the JVM itself. Both must have
 * the same file, because only then do they have the same objects.
 */
internal object NativeLibrary {
    /** Whether the hot calls go through JNI; otherwise they go through JNA. */
    val isDirect: Boolean

    init {
        val wanted = System.getProperty(DIRECT_CALLS) != "false"
        isDirect = if (Platform.isAndroid()) wanted && linked { System.loadLibrary(NAME) } else load(wanted)
    }

    private fun load(wanted: Boolean): Boolean {
        val file = System.getProperty(OVERRIDE)?.let(::File) ?: extracted() ?: return false
        System.setProperty(OVERRIDE, file.absolutePath)
        return wanted && linked { System.load(file.absolutePath) }
    }

    /** Without the library among the resources JNA looks for it where the system has libraries. */
    private fun extracted(): File? =
        try {
            Native.extractFromResourcePath(NAME, NativeLibrary::class.java.classLoader)
        } catch (_: IOException) {
            null
        }

    private fun linked(load: () -> Unit): Boolean =
        try {
            load()
            true
        } catch (_: UnsatisfiedLinkError) {
            false
        } catch (_: SecurityException) {
            false
        }

    private const val NAME = "verijot_uniffi"

    /** Where the generated code takes the library from. */
    private const val OVERRIDE = "uniffi.component.verijot.libraryOverride"

    /** `false` has everything go through JNA. */
    private const val DIRECT_CALLS = "dev.verijot.directCalls"
}
