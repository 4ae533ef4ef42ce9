package dev.verijot.internal

import java.lang.invoke.MethodHandle
import java.lang.invoke.MethodHandles
import java.lang.invoke.MethodType

/** The monotonic clock that counts through sleep where the platform has one. */
internal object BootClock {
    /** Looked up once, and without a dependency: no class of Android's is named in the bytecode. */
    private val elapsedRealtime: MethodHandle? = elapsedRealtimeOf(ANDROID)

    /** Nanoseconds since any fixed point. */
    fun nanos(): Long = elapsedRealtime?.let { it.invoke() as Long } ?: System.nanoTime()

    /** Null if the platform has no such class. */
    fun elapsedRealtimeOf(className: String): MethodHandle? =
        try {
            val type = MethodType.methodType(Long::class.javaPrimitiveType)
            MethodHandles.publicLookup().findStatic(Class.forName(className), "elapsedRealtimeNanos", type)
        } catch (_: ReflectiveOperationException) {
            null
        }

    private const val ANDROID = "android.os.SystemClock"
}
