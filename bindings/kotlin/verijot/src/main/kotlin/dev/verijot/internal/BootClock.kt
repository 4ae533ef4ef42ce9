package dev.verijot.internal

import java.lang.invoke.MethodHandle
import java.lang.invoke.MethodHandles
import java.lang.invoke.MethodType

/** A monotonic clock that counts time asleep if the platform has one. */
internal object BootClock {
    /** Looked up once and by name, so that there is no dependency on Android. */
    private val elapsedRealtime: MethodHandle? = elapsedRealtimeOf(ANDROID)

    /** Returns nanoseconds since any fixed point. */
    fun nanos(): Long = elapsedRealtime?.let { it.invoke() as Long } ?: System.nanoTime()

    /** Finds the clock; null if the platform has no such class. */
    fun elapsedRealtimeOf(className: String): MethodHandle? =
        try {
            val type = MethodType.methodType(Long::class.javaPrimitiveType)
            MethodHandles.publicLookup().findStatic(Class.forName(className), "elapsedRealtimeNanos", type)
        } catch (_: ReflectiveOperationException) {
            null
        }

    private const val ANDROID = "android.os.SystemClock"
}
