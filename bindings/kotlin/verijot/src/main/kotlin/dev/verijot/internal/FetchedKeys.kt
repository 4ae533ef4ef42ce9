package dev.verijot.internal

import dev.verijot.Clock
import dev.verijot.FetchResponse
import dev.verijot.KeyHealth
import dev.verijot.KeySnapshot
import dev.verijot.ffi.CacheTicket
import dev.verijot.ffi.FetchAnswer
import dev.verijot.ffi.JwksCache
import dev.verijot.ffi.Refusal
import dev.verijot.ffi.TokenVerdict
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicReference
import java.util.logging.Logger

/**
 * The keys of one issuer, kept up to date for any number of threads and coroutines.
 *
 * The core's cache says when to fetch; here it is done, each fetch in a thread of its own. A fetch
 * belongs to nobody: whoever caused it may be gone, and everybody who waits for it asks the cache
 * again when it is over. Every ticket is answered, whatever becomes of its fetch.
 */
internal class FetchedKeys(
    cache: JwksCache,
    private val requests: KeyRequests,
    private val clock: Clock,
) : AutoCloseable {
    private val cache = CoreCache(cache)
    private val news = AtomicReference(CompletableFuture<Unit>())
    private val threads = Semaphore(MOST_THREADS)
    private val underWay = ConcurrentHashMap<ULong, Thread>()

    @Volatile
    private var isClosed = false

    /** What came of asking. */
    sealed interface Attempt<out T> {
        /** The answer. */
        class Answered<T>(
            val answer: T,
        ) : Attempt<T>

        /** There is none before news come, for which to wait so many nanoseconds at most. */
        class Wait(
            val news: CompletableFuture<Unit>,
            val nanoseconds: Long,
        ) : Attempt<Nothing>
    }

    fun monotonic(): Long = clock.monotonicNanos()

    /** Tries to verify a token; [asked] is when the caller first did. */
    fun verify(
        verifier: CoreVerifier,
        token: ByteArray,
        asked: Long,
        now: Instant,
    ): Attempt<TokenVerdict> {
        // Before the question: whatever comes after it is news.
        val news = news.get()
        val step = verifier.verify(cache, token, asked, monotonic(), now)
        step.fetch?.let(::start)
        return step.verdict?.let { Attempt.Answered(it) } ?: wait(news, step.waitUntil)
    }

    /** Tries to have keys at all: answered with null once there are some. */
    fun prepare(asked: Long): Attempt<Refusal?> {
        val news = news.get()
        val step = cache.ffi.prepare(asked.toULong(), monotonic().toULong())
        step.fetch?.let(::start)
        return if (step.ready || step.refusal != null) Attempt.Answered(step.refusal) else wait(news, step.waitUntil)
    }

    /** Asks until there is an answer, and has this thread wait in between. */
    inline fun <T> answer(attempt: () -> Attempt<T>): T {
        while (true) {
            when (val made = attempt()) {
                is Attempt.Answered -> {
                    return made.answer
                }

                is Attempt.Wait -> {
                    try {
                        made.news.get(made.nanoseconds, NANOSECONDS)
                    } catch (_: TimeoutException) {
                        // The cache knows what to do now.
                    }
                }
            }
        }
    }

    /** The keys that are held, fresh or stale. */
    fun keys(): dev.verijot.ffi.JwkSet? = cache.ffi.keys()

    fun health(): KeyHealth = KeyHealth.of(cache.ffi.health(monotonic().toULong()))

    fun export(): KeySnapshot? =
        cache.ffi.export(monotonic().toULong())?.let {
            KeySnapshot(it.jwks, clock.now().minus(duration(it.age)), it.sha256)
        }

    fun seed(snapshot: KeySnapshot) {
        val age = snapshot.fetchedAt?.let { Duration.between(it, clock.now()) } ?: Duration.ZERO
        cache.ffi.seed(
            snapshot.jwks,
            snapshot.sha256,
            maxOf(age, Duration.ZERO).nanoseconds(),
            monotonic().toULong(),
        )
        tell()
    }

    /** From now on nothing is fetched, and nobody waits. */
    override fun close() {
        isClosed = true
        for ((number, thread) in underWay) {
            fail(number, CLOSED)
            thread.interrupt()
        }
    }

    override fun toString(): String = requests.toString()

    private fun wait(
        news: CompletableFuture<Unit>,
        until: ULong?,
    ) = Attempt.Wait(news, if (until == null) 0 else (until.toLong() - monotonic()).coerceAtLeast(0))

    private fun start(ticket: CacheTicket) {
        // The cache lets one fetch be under way: an earlier one has had its time.
        underWay.values.forEach(Thread::interrupt)
        if (!threads.tryAcquire()) return fail(ticket.number, "earlier fetches have not come back")
        val thread = Thread({ run(ticket) }, "verijot-keys")
        thread.isDaemon = true
        // Or it would keep the classes of whoever happened to cause it.
        thread.contextClassLoader = null
        underWay[ticket.number] = thread
        try {
            thread.start()
        } catch (failure: Throwable) {
            threads.release()
            underWay.remove(ticket.number)
            fail(ticket.number, failure.described())
            if (failure !is OutOfMemoryError) throw failure
        }
    }

    private fun run(ticket: CacheTicket) {
        try {
            if (isClosed) fail(ticket.number, CLOSED) else answer(ticket.number, requests.make(ticket))
        } catch (failure: Throwable) {
            // No ticket goes without an answer.
            fail(ticket.number, failure.described())
            if (failure is VirtualMachineError) throw failure
        } finally {
            underWay.remove(ticket.number)
            threads.release()
        }
    }

    private fun answer(
        ticket: ULong,
        response: FetchResponse,
    ) {
        val headers = response.headers.mapKeys { (name, _) -> name.lowercase() }
        val answer =
            FetchAnswer(
                status = response.status.toUShort(),
                body = response.body,
                cacheControl = headers["cache-control"],
                age = headers["age"],
                entityTag = headers["etag"],
                lastModified = headers["last-modified"],
            )
        val problem = cache.ffi.onResponse(ticket, answer, monotonic().toULong())
        if (problem != null) warn(problem)
        tell()
    }

    private fun fail(
        ticket: ULong,
        problem: String,
    ) {
        if (cache.ffi.onError(ticket, problem, monotonic().toULong())) warn(problem)
        tell()
    }

    private fun warn(problem: String) = LOG.warning { "no new keys from $requests: $problem" }

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
