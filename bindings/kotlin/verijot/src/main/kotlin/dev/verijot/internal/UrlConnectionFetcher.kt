package dev.verijot.internal

import dev.verijot.FetchRequest
import dev.verijot.FetchResponse
import dev.verijot.Fetcher
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.Proxy
import java.net.SocketTimeoutException
import java.net.URI
import java.util.Timer
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.concurrent.schedule

/** Fetches with `HttpURLConnection`, which Android has. It uses no proxy for plain http. */
internal object UrlConnectionFetcher : Fetcher {
    override fun fetch(request: FetchRequest): FetchResponse {
        val url =
            try {
                URI.create(request.url).toURL()
            } catch (_: IllegalArgumentException) {
                // Whose message would show the query, which may be secret.
                throw IOException("java.net cannot read this URL")
            }
        val connection = if (url.protocol == "http") url.openConnection(Proxy.NO_PROXY) else url.openConnection()
        connection as HttpURLConnection
        connection.instanceFollowRedirects = false
        connection.useCaches = false
        val milliseconds = request.timeout.toMillis().coerceIn(1, Int.MAX_VALUE.toLong())
        connection.connectTimeout = milliseconds.toInt()
        connection.readTimeout = milliseconds.toInt()
        request.headers.forEach(connection::setRequestProperty)
        // The timeouts of a socket are per operation: a server that sends an octet now and then would never
        // exceed them.
        val isOver = AtomicBoolean()
        val watch = Timer("verijot-timeout", true)
        watch.schedule(milliseconds) {
            isOver.set(true)
            connection.disconnect()
        }
        try {
            val answer = answer(connection, request.maxOctets)
            if (isOver.get()) throw SocketTimeoutException(TOO_SLOW)
            return answer
        } catch (failure: IOException) {
            throw if (isOver.get()) SocketTimeoutException(TOO_SLOW) else failure
        } finally {
            watch.cancel()
            connection.disconnect()
        }
    }

    private fun answer(
        connection: HttpURLConnection,
        maxOctets: Int,
    ): FetchResponse {
        val status = connection.responseCode
        if (status < 0) throw IOException("the response is not HTTP")
        val headers = mutableMapOf<String, String>()
        for ((name, values) in connection.headerFields) {
            // The status line has no name. Values of the same name are in reverse order.
            if (name != null) headers[name] = values.asReversed().joinToString()
        }
        // It has no body, whatever its headers say (RFC 9112 §6.3).
        if (status == HttpURLConnection.HTTP_NOT_MODIFIED) return FetchResponse(status, headers, ByteArray(0))
        val stream = if (status < FIRST_ERROR) connection.inputStream else connection.errorStream
        val body = stream?.use { read(it, maxOctets + 1) } ?: ByteArray(0)
        if (body.size < minOf(connection.contentLengthLong, maxOctets + 1L)) throw IOException("the body ended early")
        return FetchResponse(status, headers, body)
    }

    private fun read(
        stream: InputStream,
        limit: Int,
    ): ByteArray {
        val body = ByteArrayOutputStream()
        val buffer = ByteArray(BUFFER)
        while (body.size() < limit) {
            val octets = stream.read(buffer, 0, minOf(buffer.size, limit - body.size()))
            if (octets < 0) break
            body.write(buffer, 0, octets)
        }
        return body.toByteArray()
    }

    private const val BUFFER = 8192

    private const val FIRST_ERROR = 400

    private const val TOO_SLOW = "the response did not arrive in time"
}
