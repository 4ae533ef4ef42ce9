package dev.verijot.issuer

import dev.verijot.IssuedTokens
import dev.verijot.TokenKeeper
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

/** Gives out `A1`, `A2` and so on for an hour, when the gates are open. */
class ScriptedKeeper : TokenKeeper {
    val refreshes = AtomicInteger()
    val stored = CopyOnWriteArrayList<String>()

    @Volatile
    var isWritable = true

    /** Each refresh waits for this. */
    @Volatile
    var refreshGate = CountDownLatch(0)

    /** Each storing waits for this. */
    @Volatile
    var storeGate = CountDownLatch(0)

    /** What is thrown instead of an answer. */
    @Volatile
    var failure: Exception? = null

    override fun refresh(refreshToken: String): IssuedTokens {
        val number = refreshes.incrementAndGet()
        refreshGate.await()
        failure?.let { throw it }
        return IssuedTokens("A$number", expiresIn = Duration.ofHours(1))
    }

    override fun store(tokens: IssuedTokens) {
        storeGate.await()
        stored += tokens.accessToken
    }

    override fun canStore() = isWritable
}
