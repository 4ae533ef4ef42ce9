package dev.verijot.internal

import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicLong

/**
 * A core object that can be closed while other threads use it: it is freed when the last of them is done.
 * The code that uniffi generates protects an object whose method is called, but not one that is passed as
 * an argument.
 */
internal class Handle<T : AutoCloseable>(
    private val ffi: T,
) : AutoCloseable {
    private val isClosed = AtomicBoolean()

    /** The number of calls that use it, plus one until it is closed. */
    private val users = AtomicLong(1)

    /** Uses the object, which is neither freed nor collected meanwhile. */
    inline fun <R> use(work: (T) -> R): R {
        enter()
        try {
            return work(ffi)
        } finally {
            leave()
        }
    }

    override fun close() {
        if (isClosed.compareAndSet(false, true)) leave()
    }

    private fun enter() {
        do {
            val count = users.get()
            check(count > 0 && !isClosed.get()) { "the object has been closed" }
        } while (!users.compareAndSet(count, count + 1))
    }

    private fun leave() {
        if (users.decrementAndGet() == 0L) ffi.close()
    }
}
