package dev.verijot.internal

import dev.verijot.Revocation
import dev.verijot.RevocationCheck
import dev.verijot.Verdict
import dev.verijot.VerifiedToken
import dev.verijot.unlessRevoked
import java.time.Duration
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeoutException

/**
 * The revocation checks of a policy. Each runs in a thread of its own: many drivers ignore interrupts, and
 * a check that hangs must not hang the request.
 */
internal class RevocationChecks(
    private val checks: List<RevocationCheck>,
    private val timeout: Duration,
) {
    /** Runs the checks on an accepted token, in order, until one does not answer [Revocation.CLEAR]. */
    fun apply(verdict: Verdict): Verdict {
        if (verdict !is Verdict.Accepted) return verdict
        for (check in checks) {
            val answer = answer(check, verdict.token)
            if (answer != Revocation.CLEAR) return verdict.unlessRevoked(answer)
        }
        return verdict
    }

    private fun answer(
        check: RevocationCheck,
        token: VerifiedToken,
    ): Revocation? {
        val loader = Thread.currentThread().contextClassLoader
        val task = FutureTask { withContextLoader(loader) { check.check(token) } }
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
