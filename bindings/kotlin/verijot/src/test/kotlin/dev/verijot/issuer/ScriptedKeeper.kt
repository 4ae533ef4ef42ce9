package dev.verijot.issuer

import dev.verijot.IssuedTokens
import dev.verijot.TokenKeeper
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

/** Issues `A1`, `A2` and so on, valid for an hour, while its gates are open. */
class ScriptedKeeper : TokenKeeper {
    val refreshes = AtomicInteger()
    val stored = CopyOnWriteArrayList<String>()

    @Volatile
    var isWritable = true

    /** Each refresh waits for this. */
    @Volatile
    var refreshGate = CountDownLatch(0)

    /** Each store waits for this. */
    @Volatile
    var storeGate = CountDownLatch(0)

    /** Thrown instead of a response. */
    @Volatile
    var failure: Exception? = null

    /** Called by each refresh. */
    @Volatile
    var onRefresh: () -> Unit = {}

    override fun refresh(refreshToken: String): IssuedTokens {
        val number = refreshes.incrementAndGet()
        onRefresh()
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
