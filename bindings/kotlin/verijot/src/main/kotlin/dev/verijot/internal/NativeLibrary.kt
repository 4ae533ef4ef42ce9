package dev.verijot.internal

import com.sun.jna.Native
import com.sun.jna.Platform
import java.io.File
import java.io.IOException

/**
 * The native library, loaded once by JNA and, for the frequent calls, by the JVM itself. Both must load the
 * same file, so that they share objects.
 */
internal object NativeLibrary {
    /** Whether the frequent calls go through JNI instead of JNA. Reading this loads the library. */
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

    /** Unpacks the library from the resources. If it is not there, JNA searches the system's library path. */
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

    /** The file that the generated code loads. */
    private const val OVERRIDE = "uniffi.component.verijot.libraryOverride"

    /** Set to `false` to make all calls through JNA. */
    private const val DIRECT_CALLS = "dev.verijot.directCalls"
}
