package dev.verijot.scenarios

import kotlinx.serialization.json.JsonElement
import java.time.Duration
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.Future
import java.util.concurrent.TimeUnit.MILLISECONDS

/** A scenario with steps. Each step has a time limit, and the next one starts when all is calm. */
abstract class StepScenario : AutoCloseable {
    protected val threads: ExecutorService =
        Executors.newCachedThreadPool { Thread(it).apply { isDaemon = true } }

    /** Does what a step says. */
    protected abstract fun act(step: JsonElement)

    /** Whether nothing is under way except what the server holds back. */
    protected abstract fun isCalm(): Boolean

    override fun close() {
        threads.shutdownNow()
    }

    protected fun playSteps(steps: List<JsonElement>) =
        steps.forEachIndexed { index, step ->
            val done =
                threads.submit {
                    act(step)
                    settle()
                }
            try {
                done.get(LONGEST_STEP.toMillis(), MILLISECONDS)
            } catch (failure: Exception) {
                fail("step ${index + 1} $step: ${failure.cause ?: failure}")
            }
        }

    /** Waits until calls in the background have ended, or had time to wait for a held response. */
    protected fun awaitStart(
        calls: List<Future<*>>,
        held: () -> Int,
    ) {
        val deadline = System.nanoTime() + LONGEST_START.toNanos()
        while (held() == 0 && !calls.all { it.isDone } && System.nanoTime() < deadline) Thread.sleep(2)
        Thread.sleep(50)
    }

    /** Checks three times in a row, because one look may fall between two states. */
    private fun settle() {
        var calm = 0
        while (calm < 3) {
            Thread.sleep(2)
            calm = if (isCalm()) calm + 1 else 0
        }
    }
}

fun compare(
    what: String,
    expected: Any?,
    actual: Any?,
) {
    if (expected != actual) fail("$what: $actual instead of $expected")
}

/** Waits up to a second for the expected value. */
fun eventually(
    what: String,
    expected: JsonElement,
    actual: () -> JsonElement,
) {
    repeat(500) {
        if (actual() == expected) return
        Thread.sleep(2)
    }
    compare(what, expected, actual())
}

/** The time for background calls to begin, in real time. */
private val LONGEST_START = Duration.ofSeconds(2)

/** The time limit of a step, in real time. */
private val LONGEST_STEP = Duration.ofSeconds(10)
