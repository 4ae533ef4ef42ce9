package dev.verijot.issuer

import java.util.concurrent.TimeUnit.SECONDS

/** Waits until the condition is true, at most 20 seconds. */
fun await(condition: () -> Boolean) {
    val end = System.nanoTime() + SECONDS.toNanos(20)
    while (!condition()) {
        check(System.nanoTime() < end) { "the condition did not become true" }
        Thread.sleep(1)
    }
}
