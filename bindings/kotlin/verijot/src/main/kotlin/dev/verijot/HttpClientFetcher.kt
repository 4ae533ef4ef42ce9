package dev.verijot

import dev.verijot.internal.LimitedBody
import java.io.IOException
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
 * The default client uses the system's proxy for https, where the connection stays encrypted end to end,
 * and none for plain http, which is for this machine.
 *
 * @param client a client with its own certificates or proxy. It must not follow redirects.
 * @throws IllegalArgumentException if the client follows redirects.
 */
public class HttpClientFetcher(
    private val client: HttpClient,
) : Fetcher {
    init {
        require(client.followRedirects() == HttpClient.Redirect.NEVER) { "the client must not follow redirects" }
    }

    /** Makes a fetcher with the default client. */
    public constructor() : this(
        HttpClient
            .newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpsProxies)
            .build(),
    )

    override fun fetch(request: FetchRequest): FetchResponse {
        val get = get(request.url)
        request.headers.forEach { (name, value) -> get.header(name, value) }
        // Plain http does not need an upgrade to HTTP/2.
        if (request.url.startsWith("http:", ignoreCase = true)) get.version(HttpClient.Version.HTTP_1_1)
        val answer = client.sendAsync(get.build()) { LimitedBody(it.statusCode(), request.maxOctets) }
        return try {
            answer.get(request.timeout.toNanos(), NANOSECONDS).response()
        } catch (failure: ExecutionException) {
            throw failure.cause ?: failure
        } catch (_: TimeoutException) {
            throw java.net.http.HttpTimeoutException("the response did not arrive in time")
        } finally {
            answer.cancel(true)
        }
    }
}

/** Begins a request. A URL can be valid and unknown to Java; its message would show the query, which may be secret. */
private fun get(url: String): HttpRequest.Builder =
    try {
        HttpRequest.newBuilder(URI.create(url)).GET()
    } catch (_: IllegalArgumentException) {
        throw IOException("java.net.http cannot read this URL")
    }

/** Joins a header that comes twice into one list (RFC 9110 §5.3). */
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
