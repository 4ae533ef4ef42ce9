package dev.verijot.internal

import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeoutException

/** The outcome of asking the core once: a value, or what to wait for before asking again. */
internal sealed interface Poll<out T> {
    /** The value. */
    class Ready<T>(
        val value: T,
    ) : Poll<T>

    /** No value yet: wait for [change], at most this many nanoseconds. */
    class Pending(
        val change: CompletableFuture<Unit>,
        val nanoseconds: Long,
    ) : Poll<Nothing> {
        constructor(change: CompletableFuture<Unit>, atMost: ULong?) :
            this(change, (atMost ?: 0uL).coerceAtMost(Long.MAX_VALUE.toULong()).toLong())
    }
}

/** Polls until there is a value, and blocks this thread in between. */
internal inline fun <T> blockUntilReady(poll: () -> Poll<T>): T {
    while (true) {
        when (val outcome = poll()) {
            is Poll.Ready -> {
                return outcome.value
            }

            is Poll.Pending -> {
                try {
                    outcome.change.get(outcome.nanoseconds, NANOSECONDS)
                } catch (_: TimeoutException) {
                    // Ask again: the core decides what a timeout means.
                }
            }
        }
    }
}
