package dev.verijot.internal

import java.util.concurrent.ScheduledThreadPoolExecutor
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeUnit.SECONDS

/**
 * Does work in this thread. If that takes longer than this many nanoseconds, [onTimeout] is called and
 * the work interrupted; what it gives after that is given all the same.
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

/** The end of the time that a thread has for some work. */
internal class TimeLimit(
    private val thread: Thread,
    private val onTimeout: () -> Unit,
) : Runnable {
    private var isOver = false

    override fun run() {
        synchronized(this) {
            if (isOver) return
            onTimeout()
            thread.interrupt()
        }
    }

    /** From now on nothing is interrupted. */
    fun end() {
        synchronized(this) { isOver = true }
        // What came too late is nobody's.
        Thread.interrupted()
    }

    companion object {
        /** One thread, which ends when there is nothing to wait for. */
        val alarms =
            ScheduledThreadPoolExecutor(1) { Thread(it, "verijot-alarms").apply { isDaemon = true } }.apply {
                removeOnCancelPolicy = true
                setKeepAliveTime(1, SECONDS)
                allowCoreThreadTimeOut(true)
            }
    }
}
