package dev.verijot.internal

import dev.verijot.Clock
import dev.verijot.KeyHealth
import dev.verijot.KeySnapshot
import dev.verijot.ffi.AlbVerdict
import dev.verijot.ffi.AlbVerifier
import dev.verijot.ffi.JwksCache
import dev.verijot.ffi.KeyFetch
import dev.verijot.ffi.KeyLocation
import dev.verijot.ffi.KeysStep
import dev.verijot.ffi.Refusal
import dev.verijot.ffi.TokenVerdict
import dev.verijot.ffi.maxAbandonedFetches
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicReference
import java.util.logging.Logger

/**
 * The keys of one issuer, kept up to date for any number of threads and coroutines.
 *
 * The core's cache decides when to fetch; this class fetches, each time in a thread of its own. A fetch goes
 * on even if the caller that caused it is gone, and all waiting callers ask the cache again when it is over.
 * Every fetch must report its end to the core.
 */
internal class FetchedKeys(
    cache: JwksCache,
    private val location: KeyLocation,
    private val requests: KeyRequests,
    clock: Clock,
) : AutoCloseable {
    private val clock = ClientClock(clock)
    private val cache = CoreCache(cache)
    private val change = AtomicReference(CompletableFuture<Unit>())
    private val underWay = ConcurrentHashMap<KeyFetch, Thread>()

    @Volatile
    private var isClosed = false

    fun monotonic(): Long = clock.monotonic()

    /**
     * Verifies a token if the cached keys are enough.
     *
     * @param requestedAt the monotonic time of the first call for this token.
     * @param now the time to verify its claims at; null for the clock's time.
     */
    fun verify(
        verifier: CoreVerifier,
        token: ByteArray,
        requestedAt: Long,
        now: Instant?,
    ): Poll<TokenVerdict> {
        // Taken before asking the cache, so that no later change is missed.
        val change = change.get()
        val monotonic = monotonic()
        val wall = clock.now()
        val step = verifier.verify(cache, token, requestedAt, monotonic, wall, now ?: wall)
        step.fetch?.let(::start)
        return step.verdict?.let { Poll.Ready(it) } ?: Poll.Pending(change, step.wait)
    }

    /** The same for the token of a load balancer. */
    fun verify(
        verifier: Handle<AlbVerifier>,
        token: ByteArray,
        requestedAt: Long,
        now: Instant?,
    ): Poll<AlbVerdict> {
        val change = change.get()
        val clocks = clocks()
        val moment = now?.moment() ?: clocks.wall
        val step = verifier.use { it.verifyWithCache(cache.ffi, token, requestedAt.toULong(), clocks, moment) }
        step.fetch?.let(::start)
        return step.verdict?.let { Poll.Ready(it) } ?: Poll.Pending(change, step.wait)
    }

    /** Gets any keys: ready with null once there are some. */
    fun ready(requestedAt: Long): Poll<Refusal?> = poll { cache.ffi.ready(requestedAt.toULong(), clocks()) }

    /** Gets the issuer's current keys: ready with null once they are there. */
    fun refreshNow(requestedAt: Long): Poll<Refusal?> = poll { cache.ffi.refreshNow(requestedAt.toULong(), clocks()) }

    fun purge(kid: String) = cache.ffi.purge(kid)

    fun restore(kid: String): Boolean = cache.ffi.restore(kid)

    /** The cached keys, fresh or stale. */
    fun keys(): dev.verijot.ffi.JwkSet? = cache.ffi.keys()

    fun health(): KeyHealth = KeyHealth.of(cache.ffi.health(clocks()))

    fun export(): KeySnapshot? =
        cache.ffi.export(clocks())?.let {
            KeySnapshot(it.jwks, clock.now().minus(duration(it.age)), it.sha256)
        }

    fun seed(snapshot: KeySnapshot) {
        val age = snapshot.fetchedAt?.let { Duration.between(it, clock.now()) } ?: Duration.ZERO
        cache.ffi.seed(
            snapshot.jwks,
            snapshot.sha256,
            maxOf(age, Duration.ZERO).nanoseconds(),
            clocks(),
        )
        notifyWaiters()
    }

    /** Stops fetching, and wakes all waiting callers. */
    override fun close() {
        isClosed = true
        for ((fetch, thread) in underWay) {
            fail(fetch, CLOSED)
            thread.interrupt()
        }
    }

    override fun toString(): String = location.description()

    private fun clocks() = clock.clocks()

    private inline fun poll(ask: () -> KeysStep): Poll<Refusal?> {
        val change = change.get()
        val step = ask()
        step.fetch?.let(::start)
        return if (step.ready || step.refusal != null) Poll.Ready(step.refusal) else Poll.Pending(change, step.wait)
    }

    private fun start(number: ULong) {
        val fetch = cache.ffi.begin(number) ?: return
        if (requests.lateRequests >= MAX_ABANDONED) return fail(fetch, "earlier fetches still hang")
        val thread = Thread({ run(fetch) }, "verijot-keys")
        thread.isDaemon = true
        // Otherwise the thread would keep the caller's classes alive.
        thread.contextClassLoader = null
        underWay[fetch] = thread
        try {
            thread.start()
        } catch (failure: Throwable) {
            underWay.remove(fetch)
            // This says nothing about the issuer.
            fetch.onCancelled(clock.clocksAtEnd())
            notifyWaiters()
            if (failure !is OutOfMemoryError) throw failure
        }
    }

    private fun run(fetch: KeyFetch) {
        try {
            if (isClosed) {
                fail(fetch, CLOSED)
            } else {
                val exchange = requests.make(fetch)
                val problem = fetch.onKeys(exchange.request, exchange.answer, clock.clocksAtEnd())
                if (problem != null) warn(problem)
            }
        } catch (_: InterruptedException) {
            // This side cancelled the fetch.
            fetch.onCancelled(clock.clocksAtEnd())
        } catch (failure: Throwable) {
            // Every fetch reports its end, whatever was thrown.
            fail(fetch, failure.described())
            if (failure is VirtualMachineError) throw failure
        } finally {
            underWay.remove(fetch)
            notifyWaiters()
        }
    }

    private fun fail(
        fetch: KeyFetch,
        problem: String,
    ) {
        if (fetch.onError(problem, clock.clocksAtEnd())) warn(problem)
        notifyWaiters()
    }

    private fun warn(problem: String) = LOG.warning { "could not fetch keys from $this: $problem" }

    private fun notifyWaiters() {
        change.getAndSet(CompletableFuture()).complete(Unit)
    }
}

/** A text for logs and health, without lone surrogates. */
private fun Throwable.described(): String {
    val text = message?.let { "${javaClass.simpleName}: $it" } ?: javaClass.simpleName
    return text.toByteArray(Charsets.UTF_8).toString(Charsets.UTF_8)
}

private val LOG: Logger = Logger.getLogger("dev.verijot")

/** The maximum number of threads that their interruption does not end, in case fetches hang forever. */
private val MAX_ABANDONED = maxAbandonedFetches().toInt()

private const val CLOSED = "the client is closed"
