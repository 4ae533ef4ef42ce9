package dev.verijot.coroutines

import dev.verijot.internal.Poll
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull
import java.util.concurrent.CompletableFuture
import kotlin.coroutines.resume

/** Polls until there is a value, and suspends in between. */
internal suspend inline fun <T> awaitReady(poll: () -> Poll<T>): T {
    while (true) {
        when (val outcome = poll()) {
            is Poll.Ready -> {
                return outcome.value
            }

            is Poll.Pending -> {
                withTimeoutOrNull(outcome.nanoseconds / NANOSECONDS_PER_MILLISECOND + 1) { outcome.change.completion() }
            }
        }
    }
}

/**
 * Waits for completion. Unlike `await`, a cancelled caller does not cancel the future for all others. The threads of a
 * client only complete it: an unconfined coroutine goes on elsewhere, and can hold up none of them.
 */
private suspend fun CompletableFuture<Unit>.completion() =
    suspendCancellableCoroutine { continuation ->
        whenCompleteAsync { _, _ -> continuation.resume(Unit) }
    }

private const val NANOSECONDS_PER_MILLISECOND = 1_000_000L
