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

/** Makes the requests of a fetch, which the core words and limits. */
internal class KeyRequests(
    private val fetcher: Fetcher,
) {
    /** The answer to a request for keys. */
    class Answered(
        val request: KeyQuery,
        val answer: FetchAnswer,
    )

    /** Makes the requests one after the other, to the one for keys. */
    fun make(fetch: KeyFetch): Answered {
        val start = System.nanoTime()
        while (true) {
            when (val step = fetch.step((System.nanoTime() - start).toULong())) {
                is KeyFetchStep.Metadata -> {
                    try {
                        val response = ask(step.request)
                        fetch.onMetadata(response.status.toUShort(), response.body)
                    } catch (_: IOException) {
                        fetch.onMissingMetadata()
                    }
                }

                is KeyFetchStep.Keys -> {
                    return Answered(step.request, answer(ask(step.request)))
                }

                is KeyFetchStep.Failed -> {
                    throw IOException(step.failure)
                }
            }
        }
    }

    private fun ask(query: KeyQuery): FetchResponse {
        val timeout = duration(query.timeout)
        if (timeout.isZero) throw SocketTimeoutException("no time was left for it")
        val maxOctets = query.maxOctets.coerceAtMost(MOST_OCTETS).toInt()
        return fetcher.fetch(FetchRequest(query.url, query.headers, timeout, maxOctets))
    }
}

private fun answer(response: FetchResponse): FetchAnswer {
    val headers = response.headers.mapKeys { (name, _) -> name.lowercase() }
    return FetchAnswer(
        status = response.status.toUShort(),
        body = response.body,
        cacheControl = headers["cache-control"],
        age = headers["age"],
        entityTag = headers["etag"],
        lastModified = headers["last-modified"],
    )
}

/** One octet more than this still has a number. */
private const val MOST_OCTETS = 2_147_483_646uL
