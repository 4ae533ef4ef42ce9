package dev.verijot.internal

import dev.verijot.ffi.maxAbandonedCalls
import java.time.Duration
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/** Asks the caller's code, which may never answer. Counts the calls that still run after their time limit. */
internal class Answers {
    private val abandoned = AtomicInteger()

    /** Whether the maximum number of such calls still runs; then no other call is made. */
    val isFull: Boolean get() = abandoned.get() >= MAX_ABANDONED

    /**
     * Runs work of the caller's in a thread of its own: many drivers ignore interrupts, and work that hangs must not
     * hang the request. Returns null for an exception, and if there is no answer in time.
     */
    fun <T : Any> within(
        timeout: Duration,
        work: () -> T?,
    ): T? {
        if (isFull) return null
        val loader = Thread.currentThread().contextClassLoader
        val task = FutureTask<T?> { withContextLoader(loader, work) }
        val isDecided = AtomicBoolean()
        THREADS.execute {
            task.run()
            ended(isDecided)
        }
        return try {
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
            givenUp(isDecided)
        }
    }

    /** Records that nobody waits for a call any longer, whether it has ended or not. */
    fun givenUp(isDecided: AtomicBoolean) {
        abandoned.incrementAndGet()
        if (!isDecided.compareAndSet(false, true)) abandoned.decrementAndGet()
    }

    /** Records that a call has ended. */
    fun ended(isDecided: AtomicBoolean) {
        if (!isDecided.compareAndSet(false, true)) abandoned.decrementAndGet()
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

private val MAX_ABANDONED = maxAbandonedCalls().toInt()
