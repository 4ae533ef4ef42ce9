package dev.verijot.internal

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class BootClockTest {
    @Test
    fun `the platform's own clock is found where there is one`() {
        val found = BootClock.elapsedRealtimeOf(Counterpart::class.java.name)
        assertEquals(42L, found?.invokeWithArguments())
        for (name in listOf("android.os.NoSystemClock", "java.lang.String")) {
            assertNull(BootClock.elapsedRealtimeOf(name), name)
        }
    }

    @Test
    fun `the clock never goes back`() {
        val readings = List(1000) { BootClock.nanos() }
        assertTrue(readings.zipWithNext().all { (before, after) -> before <= after })
    }

    /** As Android's SystemClock. */
    class Counterpart {
        companion object {
            @JvmStatic
            fun elapsedRealtimeNanos(): Long = 42
        }
    }
}
