package dev.verijot.internal

import dev.verijot.Clock
import dev.verijot.KeyHealth
import dev.verijot.KeySnapshot
import dev.verijot.ffi.Clocks
import dev.verijot.ffi.JwksCache
import dev.verijot.ffi.KeyFetch
import dev.verijot.ffi.KeyLocation
import dev.verijot.ffi.KeysAtHand
import dev.verijot.ffi.Refusal
import dev.verijot.ffi.TokenVerdict
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Semaphore
import java.util.concurrent.atomic.AtomicReference
import java.util.logging.Logger

/**
 * The keys of one issuer, kept up to date for any number of threads and coroutines.
 *
 * The core's cache says when to fetch; here it is done, each fetch in a thread of its own. A fetch
 * belongs to nobody: the caller that caused it may be gone, and everybody who waits for it asks the
 * cache again when it is over. The end of every fetch is told, whatever becomes of it.
 */
internal class FetchedKeys(
    cache: JwksCache,
    private val location: KeyLocation,
    private val requests: KeyRequests,
    private val clock: Clock,
) : AutoCloseable {
    private val cache = CoreCache(cache)
    private val news = AtomicReference(CompletableFuture<Unit>())
    private val threads = Semaphore(MOST_THREADS)
    private val underWay = ConcurrentHashMap<KeyFetch, Thread>()

    @Volatile
    private var isClosed = false

    fun monotonic(): Long = clock.monotonicNanos()

    /**
     * Tries to verify a token; [asked] is when the caller first did.
     *
     * @param now the time to judge its claims by; null for that of the clock.
     */
    fun verify(
        verifier: CoreVerifier,
        token: ByteArray,
        asked: Long,
        now: Instant?,
    ): Attempt<TokenVerdict> {
        // Before the question: whatever comes after it is news.
        val news = news.get()
        val monotonic = monotonic()
        val wall = clock.now()
        val step = verifier.verify(cache, token, asked, monotonic, wall, now ?: wall)
        step.fetch?.let(::start)
        return step.verdict?.let { Attempt.Answered(it) } ?: Attempt.Wait(news, step.wait)
    }

    /** Tries to have keys at all: answered with null once there are some. */
    fun prepare(asked: Long): Attempt<Refusal?> = obtain { cache.ffi.prepare(asked.toULong(), clocks()) }

    /** Tries to have the issuer's present keys: answered with null once they are there. */
    fun refreshNow(asked: Long): Attempt<Refusal?> = obtain { cache.ffi.refreshNow(asked.toULong(), clocks()) }

    fun purge(kid: String) = cache.ffi.purge(kid)

    fun restore(kid: String): Boolean = cache.ffi.restore(kid)

    /** The keys that are held, fresh or stale. */
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
        tell()
    }

    /** From now on nothing is fetched, and nobody waits. */
    override fun close() {
        isClosed = true
        for ((fetch, thread) in underWay) {
            fail(fetch, CLOSED)
            thread.interrupt()
        }
    }

    override fun toString(): String = location.description()

    private fun clocks() = Clocks(monotonic().toULong(), clock.now().moment())

    private inline fun obtain(ask: () -> KeysAtHand): Attempt<Refusal?> {
        val news = news.get()
        val step = ask()
        step.fetch?.let(::start)
        return if (step.ready || step.refusal != null) Attempt.Answered(step.refusal) else Attempt.Wait(news, step.wait)
    }

    private fun start(number: ULong) {
        val fetch = cache.ffi.begin(number) ?: return
        if (!threads.tryAcquire()) {
            // Each of them has had its time, because the cache lets one fetch be under way.
            underWay.values.forEach(Thread::interrupt)
            return fail(fetch, "earlier fetches have not come back")
        }
        val thread = Thread({ run(fetch) }, "verijot-keys")
        thread.isDaemon = true
        // Or it would keep the classes of the caller that caused it.
        thread.contextClassLoader = null
        underWay[fetch] = thread
        try {
            thread.start()
        } catch (failure: Throwable) {
            threads.release()
            underWay.remove(fetch)
            // That says nothing of the issuer.
            fetch.onCancelled(clocks())
            tell()
            if (failure !is OutOfMemoryError) throw failure
        }
    }

    private fun run(fetch: KeyFetch) {
        try {
            if (isClosed) {
                fail(fetch, CLOSED)
            } else {
                val answered = requests.make(fetch)
                val problem = fetch.onKeys(answered.request, answered.answer, clocks())
                if (problem != null) warn(problem)
            }
        } catch (_: InterruptedException) {
            // Somebody on this side has given it up.
            fetch.onCancelled(clocks())
        } catch (failure: Throwable) {
            // No fetch goes without an end.
            fail(fetch, failure.described())
            if (failure is VirtualMachineError) throw failure
        } finally {
            underWay.remove(fetch)
            threads.release()
            tell()
        }
    }

    private fun fail(
        fetch: KeyFetch,
        problem: String,
    ) {
        if (fetch.onError(problem, clocks())) warn(problem)
        tell()
    }

    private fun warn(problem: String) = LOG.warning { "no new keys from $this: $problem" }

    private fun tell() {
        news.getAndSet(CompletableFuture()).complete(Unit)
    }
}

/** What a message could quote of an address is no secret; lone surrogates would not pass. */
private fun Throwable.described(): String {
    val text = message?.let { "${javaClass.simpleName}: $it" } ?: javaClass.simpleName
    return text.toByteArray(Charsets.UTF_8).toString(Charsets.UTF_8)
}

private val LOG: Logger = Logger.getLogger("dev.verijot")

/** Fetches that never come back cost a thread each, up to here. */
private const val MOST_THREADS = 4

private const val CLOSED = "the client is closed"
