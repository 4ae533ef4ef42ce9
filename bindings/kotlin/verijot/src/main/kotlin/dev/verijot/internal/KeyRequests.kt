package dev.verijot.internal

import dev.verijot.FetchRequest
import dev.verijot.FetchResponse
import dev.verijot.Fetcher
import dev.verijot.ffi.CacheTicket
import dev.verijot.ffi.KeyLocation
import dev.verijot.ffi.SearchStep
import java.io.IOException
import java.net.SocketTimeoutException
import java.time.Duration

/** The requests of one fetch: for an issuer's metadata where there is need, then for the keys. */
internal class KeyRequests(
    private val location: KeyLocation,
    private val fetcher: Fetcher,
    private val maxOctets: Int,
) {
    /** The answer of whoever has the keys, within the ticket's time. */
    fun make(ticket: CacheTicket): FetchResponse {
        val deadline = System.nanoTime() + ticket.timeout.coerceAtMost(LONGEST).toLong()
        location.search().use { search ->
            while (true) {
                when (val step = search.step()) {
                    is SearchStep.Metadata -> {
                        // Some time must be left for the keys.
                        val request = request(step.url, METADATA, deadline, share = 2, METADATA_OCTETS)
                        try {
                            val answer = fetcher.fetch(request)
                            search.onResponse(answer.status.toUShort(), answer.body)
                        } catch (_: IOException) {
                            search.onError()
                        }
                    }

                    is SearchStep.Keys -> {
                        val headers = if (step.isKnown) KEYS + conditions(ticket) else KEYS
                        val answer = fetcher.fetch(request(step.url, headers, deadline, share = 1, maxOctets))
                        if (answer.status == OK) location.confirm(step.url)
                        return answer
                    }

                    is SearchStep.Failed -> {
                        throw IOException(step.failure)
                    }
                }
            }
        }
    }

    /** The place, without a query. */
    override fun toString(): String = location.description()
}

private fun request(
    url: String,
    headers: Map<String, String>,
    deadline: Long,
    share: Int,
    maxOctets: Int,
): FetchRequest {
    val remaining = (deadline - System.nanoTime()) / share
    if (remaining <= 0) throw SocketTimeoutException("no time was left for it")
    return FetchRequest(url, headers, Duration.ofNanos(remaining), maxOctets)
}

private fun conditions(ticket: CacheTicket): Map<String, String> =
    buildMap {
        ticket.ifNoneMatch?.let { put("If-None-Match", it) }
        ticket.ifModifiedSince?.let { put("If-Modified-Since", it) }
    }

private val COMMON = mapOf("Accept-Encoding" to "identity", "User-Agent" to "verijot")

private val KEYS = COMMON + ("Accept" to "application/jwk-set+json, application/json")

private val METADATA = COMMON + ("Accept" to "application/json")

/** The most octets of metadata that the core takes. */
private const val METADATA_OCTETS = 65_536

private const val OK = 200

/** A day in nanoseconds; more would be too far away to be counted. */
private const val LONGEST = 86_400_000_000_000uL
