package dev.verijot.coroutines

import dev.verijot.internal.Attempt
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull
import java.util.concurrent.CompletableFuture
import kotlin.coroutines.resume

/** Asks until there is an answer, and is suspended in between. */
internal suspend inline fun <T> answer(attempt: () -> Attempt<T>): T {
    while (true) {
        when (val made = attempt()) {
            is Attempt.Answered -> return made.answer
            is Attempt.Wait -> withTimeoutOrNull(made.nanoseconds / NANOSECONDS + 1) { made.news.arrival() }
        }
    }
}

/** Not `await`, which would cancel for everybody what one of them no longer waits for. */
private suspend fun CompletableFuture<Unit>.arrival() =
    suspendCancellableCoroutine { continuation ->
        whenComplete { _, _ -> continuation.resume(Unit) }
    }

private const val NANOSECONDS = 1_000_000L
