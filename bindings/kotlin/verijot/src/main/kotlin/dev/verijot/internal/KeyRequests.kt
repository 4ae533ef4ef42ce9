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

/** Makes the requests of a fetch. The core decides their content and limits. */
internal class KeyRequests(
    private val fetcher: Fetcher,
) {
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
                        fetch.onMetadata(response.status.toUShort(), response.body)
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

/** A fetcher reads one octet more, which must still be an `Int`. */
private const val MAX_BODY_OCTETS = 2_147_483_646uL
