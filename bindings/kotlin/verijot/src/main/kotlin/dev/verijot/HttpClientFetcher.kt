package dev.verijot

import dev.verijot.internal.LimitedBody
import java.net.ProxySelector
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeoutException

/**
 * Fetches with `java.net.http`.
 *
 * The system's proxy for https is used, through which the connection stays encrypted from end to
 * end; plain http, which is for this very machine, never goes through a proxy.
 *
 * @param client a client of yours, with certificates or a proxy of its own; it must not follow
 *   redirects.
 */
public class HttpClientFetcher(
    private val client: HttpClient,
) : Fetcher {
    init {
        require(client.followRedirects() == HttpClient.Redirect.NEVER) { "a client for keys follows no redirects" }
    }

    /** With a client of its own. */
    public constructor() : this(
        HttpClient
            .newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpsProxies)
            .build(),
    )

    override fun fetch(request: FetchRequest): FetchResponse {
        val uri = URI.create(request.url)
        val get = HttpRequest.newBuilder(uri).GET()
        request.headers.forEach { (name, value) -> get.header(name, value) }
        // Plain http needs no question whether the server would rather speak HTTP/2.
        if (uri.scheme == "http") get.version(HttpClient.Version.HTTP_1_1)
        val answer = client.sendAsync(get.build()) { LimitedBody(request.maxOctets) }
        return try {
            answer.get(request.timeout.toNanos(), NANOSECONDS).response()
        } catch (failure: ExecutionException) {
            throw failure.cause ?: failure
        } catch (_: TimeoutException) {
            throw java.net.http.HttpTimeoutException("the whole answer was not there in time")
        } finally {
            answer.cancel(true)
        }
    }
}

/** A header that comes twice is a list in two parts (RFC 9110 §5.3). */
private fun HttpResponse<ByteArray>.response() =
    FetchResponse(statusCode(), headers().map().mapValues { (_, values) -> values.joinToString() }, body())

private object HttpsProxies : ProxySelector() {
    override fun select(uri: URI) = if (uri.scheme == "https") getDefault()?.select(uri) ?: NONE else NONE

    override fun connectFailed(
        uri: URI,
        address: java.net.SocketAddress,
        failure: java.io.IOException,
    ) {
        getDefault()?.connectFailed(uri, address, failure)
    }

    private val NONE = listOf(java.net.Proxy.NO_PROXY)
}
