package dev.verijot

import dev.verijot.internal.UrlConnectionFetcher
import dev.verijot.issuer.LocalIssuer
import dev.verijot.issuer.Signer
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import java.io.IOException
import java.io.OutputStream
import java.net.InetAddress
import java.net.ServerSocket
import java.net.http.HttpClient
import java.time.Duration
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.concurrent.thread

@Timeout(60)
class FetcherTest {
    private fun request(
        url: String,
        milliseconds: Long = 5000,
    ) = FetchRequest(url, mapOf("Accept" to "application/json"), Duration.ofMillis(milliseconds), 1000)

    @ParameterizedTest
    @MethodSource("fetchers")
    fun `returns a response of any status`(fetcher: Fetcher) {
        LocalIssuer(Signer("k")).use { issuer ->
            issuer.headers = mapOf("ETag" to "\"1\"", "Location" to "/x")
            for (status in listOf(200, 302, 404, 503)) {
                issuer.status = status
                val answer = fetcher.fetch(request(issuer.url))
                assertEquals(status, answer.status)
                assertEquals(issuer.jwks, answer.body.toString(Charsets.UTF_8))
                assertEquals("\"1\"", answer.headers.mapKeys { it.key.lowercase() }["etag"])
            }
            assertEquals(4, issuer.requests.get())
        }
    }

    @ParameterizedTest
    @MethodSource("fetchers")
    fun `reads at most one octet more than the limit`(fetcher: Fetcher) {
        answering { out ->
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n".toByteArray())
            while (true) out.write(ByteArray(1000))
        }.use { assertEquals(1001, fetcher.fetch(request(it.url)).body.size) }
    }

    @ParameterizedTest
    @MethodSource("fetchers")
    fun `joins a header that comes twice`(fetcher: Fetcher) {
        answering {
            it.write(
                "HTTP/1.1 200 OK\r\nCache-Control: no-cache\r\nCache-Control: max-age=5\r\nContent-Length: 2\r\n\r\n{}"
                    .toByteArray(),
            )
        }.use {
            val headers = fetcher.fetch(request(it.url)).headers.mapKeys { (name, _) -> name.lowercase() }
            assertEquals("no-cache, max-age=5", headers["cache-control"])
        }
    }

    @ParameterizedTest
    @MethodSource("fetchers")
    fun `times out on a slow server`(fetcher: Fetcher) {
        val slow =
            listOf<(OutputStream) -> Unit>(
                { drip(it, "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(10_000)) },
                { drip(it, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + " ".repeat(500)) },
                { Thread.sleep(30_000) },
            )
        for (behaviour in slow) {
            answering(behaviour).use {
                val start = System.nanoTime()
                assertThrows(IOException::class.java) { fetcher.fetch(request(it.url, milliseconds = 300)) }
                assertTrue(System.nanoTime() - start < SECONDS.toNanos(5))
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fetchers")
    fun `fails on an incomplete response`(fetcher: Fetcher) {
        val halves =
            listOf("", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", "nonsense\r\n\r\n")
        for (half in halves) {
            answering { it.write(half.toByteArray()) }.use {
                assertThrows<IOException>(half) { fetcher.fetch(request(it.url)) }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fetchers")
    fun `awaits no body of a 304`(fetcher: Fetcher) {
        for (framing in listOf("Content-Length: 50", "Content-Length: 5000", "Transfer-Encoding: chunked")) {
            for (isOpen in listOf(true, false)) {
                answering {
                    it.write("HTTP/1.1 304 Not Modified\r\n$framing\r\nETag: \"1\"\r\n\r\n".toByteArray())
                    if (isOpen) Thread.sleep(30_000)
                }.use {
                    val answer = fetcher.fetch(request(it.url, milliseconds = 2000))
                    assertEquals(304, answer.status)
                    assertEquals(0, answer.body.size)
                }
            }
        }
    }

    @Test
    fun `uses HttpClient where the platform has it`() {
        assertInstanceOf(HttpClientFetcher::class.java, Fetcher.ofPlatform())
    }

    @Test
    fun `clients share threads, also after they are closed`() {
        LocalIssuer(Signer("k")).use { issuer ->
            val settings = CacheSettings.builder().build()
            val clients = List(20) { JwksClient(issuer.url, Verifier("i", "a"), settings) }
            for (client in clients) client.use { it.ready() }
            val threads = Thread.getAllStackTraces().keys.map { it.name }
            assertTrue(threads.count { "SelectorManager" in it } < clients.size, "$threads")
        }
    }

    @Test
    fun `refuses a client that follows redirects`() {
        val follows = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()
        assertThrows(IllegalArgumentException::class.java) { HttpClientFetcher(follows) }
    }

    private class Answering(
        private val server: ServerSocket,
    ) : AutoCloseable by server {
        val url = "http://127.0.0.1:${server.localPort}/keys"
    }

    private fun answering(behaviour: (OutputStream) -> Unit): Answering {
        val server = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
        thread(isDaemon = true) {
            while (!server.isClosed) {
                val socket = runCatching { server.accept() }.getOrNull() ?: break
                thread(isDaemon = true) {
                    socket.use {
                        runCatching {
                            readRequest(it.getInputStream())
                            behaviour(it.getOutputStream())
                        }
                    }
                }
            }
        }
        return Answering(server)
    }

    private fun readRequest(stream: java.io.InputStream) {
        stream.bufferedReader().lineSequence().first { it.isEmpty() }
    }

    private fun drip(
        out: OutputStream,
        text: String,
    ) {
        for (octet in text.toByteArray()) {
            out.write(octet.toInt())
            out.flush()
            Thread.sleep(20)
        }
    }

    companion object {
        @JvmStatic
        fun fetchers() = listOf(HttpClientFetcher(), UrlConnectionFetcher)
    }
}
