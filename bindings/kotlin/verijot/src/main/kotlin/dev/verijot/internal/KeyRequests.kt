package dev.verijot.internal

import dev.verijot.FetchRequest
import dev.verijot.FetchResponse
import dev.verijot.Fetcher
import dev.verijot.ffi.FetchAnswer
import dev.verijot.ffi.KeyFetch
import dev.verijot.ffi.KeyFetchStep
import dev.verijot.ffi.KeyQuery
import java.io.IOException
import java.net.SocketTimeoutException
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/** Makes the requests of a fetch. The core decides their content and limits. */
internal class KeyRequests(
    private val fetcher: Fetcher,
) {
    private val late = AtomicInteger()

    /** How many requests were interrupted because their time is over, and have not returned yet. */
    val lateRequests: Int get() = late.get()

    /** A request for keys and its response. */
    class Exchange(
        val request: KeyQuery,
        val answer: FetchAnswer,
    )

    /** Makes the requests one after the other, up to the one for keys. */
    fun make(fetch: KeyFetch): Exchange {
        val start = System.nanoTime()
        while (true) {
            when (val step = fetch.step((System.nanoTime() - start).toULong())) {
                is KeyFetchStep.Metadata -> {
                    try {
                        val response = ask(step.request)
                        fetch.onMetadata(response.status(), response.body)
                    } catch (_: IOException) {
                        fetch.onMissingMetadata()
                    }
                }

                is KeyFetchStep.Keys -> {
                    return Exchange(step.request, answer(ask(step.request)))
                }

                is KeyFetchStep.Failed -> {
                    throw IOException(step.failure)
                }
            }
        }
    }

    private fun ask(query: KeyQuery): FetchResponse {
        val timeout = duration(query.timeout)
        if (timeout.isZero) throw SocketTimeoutException("the fetch timed out before this request")
        val maxOctets = query.maxOctets.coerceAtMost(MAX_BODY_OCTETS).toInt()
        val request = FetchRequest(query.url, query.headers, timeout, maxOctets)
        val isLate = AtomicBoolean()
        try {
            return withTimeLimit(timeout.toNanos(), { late(isLate) }) { fetcher.fetch(request) }
        } catch (interrupted: InterruptedException) {
            throw if (isLate.get()) SocketTimeoutException("the response did not arrive in time") else interrupted
        } finally {
            if (isLate.get()) late.decrementAndGet()
        }
    }

    private fun late(isLate: AtomicBoolean) {
        isLate.set(true)
        late.incrementAndGet()
    }
}

private fun answer(response: FetchResponse): FetchAnswer {
    // A header that comes twice, in different case.
    val headers = response.headers.entries.groupBy({ it.key.lowercase() }, { it.value })

    fun header(name: String) = headers[name]?.joinToString()
    return FetchAnswer(
        status = response.status(),
        body = response.body,
        cacheControl = header("cache-control"),
        age = header("age"),
        entityTag = header("etag"),
        lastModified = header("last-modified"),
    )
}

private fun FetchResponse.status(): UShort = status.coerceIn(0, UShort.MAX_VALUE.toInt()).toUShort()

/** A fetcher reads one octet more, which must still be an `Int`. */
private const val MAX_BODY_OCTETS = 2_147_483_646uL
