package dev.verijot.internal

import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeoutException

/** What came of asking the core. */
internal sealed interface Attempt<out T> {
    /** The answer. */
    class Answered<T>(
        val answer: T,
    ) : Attempt<T>

    /** None yet: wait for news, for this many nanoseconds at most. */
    class Wait(
        val news: CompletableFuture<Unit>,
        val nanoseconds: Long,
    ) : Attempt<Nothing> {
        constructor(news: CompletableFuture<Unit>, atMost: ULong?) :
            this(news, (atMost ?: 0uL).coerceAtMost(Long.MAX_VALUE.toULong()).toLong())
    }
}

/** Asks until there is an answer, and has this thread wait in between. */
internal inline fun <T> answer(attempt: () -> Attempt<T>): T {
    while (true) {
        when (val made = attempt()) {
            is Attempt.Answered -> {
                return made.answer
            }

            is Attempt.Wait -> {
                try {
                    made.news.get(made.nanoseconds, NANOSECONDS)
                } catch (_: TimeoutException) {
                    // The core knows what to do now.
                }
            }
        }
    }
}
