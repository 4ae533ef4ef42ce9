package dev.verijot.internal

import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicLong

/**
 * An object of the core that can be closed while others work with it: it is freed when the last of
 * them is done. What uniffi generates looks after an object whose method is called, but not after one
 * that is an argument.
 */
internal class Held<T : AutoCloseable>(
    private val ffi: T,
) : AutoCloseable {
    private val isClosed = AtomicBoolean()

    /** Callers that work with it, and the owner until it is closed. */
    private val users = AtomicLong(1)

    /** Works with it. It is neither freed nor collected meanwhile. */
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
            check(count > 0 && !isClosed.get()) { "it has been closed" }
        } while (!users.compareAndSet(count, count + 1))
    }

    private fun leave() {
        if (users.decrementAndGet() == 0L) ffi.close()
    }
}
