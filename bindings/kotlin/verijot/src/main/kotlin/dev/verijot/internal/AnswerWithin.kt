package dev.verijot.internal

import java.time.Duration
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeoutException

/**
 * Runs work of the caller's in a thread of its own: many drivers ignore interrupts, and work that hangs must not
 * hang the request. Returns null for an exception, and if there is no answer in time.
 */
internal fun <T : Any> answerWithin(
    timeout: Duration,
    work: () -> T?,
): T? {
    val loader = Thread.currentThread().contextClassLoader
    val task = FutureTask<T?> { withContextLoader(loader, work) }
    return try {
        THREADS.execute(task)
        task.get(timeout.nanoseconds().toLong(), NANOSECONDS)
    } catch (_: TimeoutException) {
        null
    } catch (_: InterruptedException) {
        Thread.currentThread().interrupt()
        null
    } catch (failure: ExecutionException) {
        (failure.cause as? Error)?.let { throw it }
        null
    } finally {
        task.cancel(true)
    }
}

/** Does work as the caller's code would, and lets go of its classes afterwards. */
private inline fun <T> withContextLoader(
    loader: ClassLoader?,
    work: () -> T,
): T {
    val thread = Thread.currentThread()
    thread.contextClassLoader = loader
    try {
        return work()
    } finally {
        thread.contextClassLoader = null
    }
}

private val THREADS = Executors.newCachedThreadPool { Thread(it, "verijot-revocation").apply { isDaemon = true } }
