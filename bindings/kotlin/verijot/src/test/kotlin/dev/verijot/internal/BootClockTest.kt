package dev.verijot.internal

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class BootClockTest {
    @Test
    fun `finds the clock of the platform if there is one`() {
        val found = BootClock.elapsedRealtimeOf(Counterpart::class.java.name)
        assertEquals(42L, found?.invokeWithArguments())
        for (name in listOf("android.os.NoSystemClock", "java.lang.String")) {
            assertNull(BootClock.elapsedRealtimeOf(name), name)
        }
    }

    @Test
    fun `never goes back`() {
        val readings = List(1000) { BootClock.nanos() }
        assertTrue(readings.zipWithNext().all { (before, after) -> before <= after })
    }

    /** Has the method of Android's SystemClock. */
    class Counterpart {
        companion object {
            @JvmStatic
            fun elapsedRealtimeNanos(): Long = 42
        }
    }
}
