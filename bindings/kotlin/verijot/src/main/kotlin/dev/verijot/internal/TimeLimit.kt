package dev.verijot.internal

import java.util.concurrent.ScheduledThreadPoolExecutor
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeUnit.SECONDS

/**
 * Does work in this thread. After this many nanoseconds it calls [onTimeout] and interrupts the work. A later
 * result is still returned.
 */
internal inline fun <T> withTimeLimit(
    nanoseconds: Long,
    noinline onTimeout: () -> Unit,
    work: () -> T,
): T {
    val limit = TimeLimit(Thread.currentThread(), onTimeout)
    val alarm = TimeLimit.alarms.schedule(limit, nanoseconds, NANOSECONDS)
    try {
        return work()
    } finally {
        limit.end()
        alarm.cancel(false)
    }
}

/** Interrupts a thread at its deadline. */
internal class TimeLimit(
    private val thread: Thread,
    private val onTimeout: () -> Unit,
) : Runnable {
    private var isOver = false

    override fun run() {
        synchronized(this) {
            if (isOver) return
            try {
                onTimeout()
            } finally {
                thread.interrupt()
            }
        }
    }

    /** Ends the work, so that the thread is not interrupted any more. */
    fun end() {
        synchronized(this) { isOver = true }
        // Clears an interrupt that came at the last moment.
        Thread.interrupted()
    }

    companion object {
        /** One thread, which ends when it is idle. */
        val alarms =
            ScheduledThreadPoolExecutor(1) { Thread(it, "verijot-alarms").apply { isDaemon = true } }.apply {
                removeOnCancelPolicy = true
                setKeepAliveTime(1, SECONDS)
                allowCoreThreadTimeOut(true)
            }
    }
}
