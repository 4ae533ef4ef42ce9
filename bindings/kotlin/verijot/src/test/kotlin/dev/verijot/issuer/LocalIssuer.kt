package dev.verijot.issuer

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger

/** A server on this machine that serves keys, or any response that a test sets. */
class LocalIssuer(
    vararg signers: Signer,
) : AutoCloseable {
    @Volatile
    var jwks: String = Signer.jwks(*signers)

    @Volatile
    var status: Int = 200

    @Volatile
    var headers: Map<String, String> = emptyMap()

    /** Every response waits until this opens. */
    @Volatile
    var gate: CountDownLatch = CountDownLatch(0)

    val requests = AtomicInteger()

    /** The requested paths, and the conditional headers. */
    val paths: MutableList<String> = java.util.concurrent.CopyOnWriteArrayList()
    val conditions: MutableList<String?> = java.util.concurrent.CopyOnWriteArrayList()

    private val answers: ExecutorService = Executors.newCachedThreadPool()
    private val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)

    init {
        server.executor = answers
        server.createContext("/", ::answer)
        server.start()
    }

    val origin = "http://127.0.0.1:${server.address.port}"
    val url = "$origin/keys"

    /** Whether the issuer has metadata. */
    @Volatile
    var hasMetadata = false

    /** Waits until this number of requests has arrived. */
    fun awaitRequests(count: Int) = await { requests.get() >= count }

    private fun answer(exchange: HttpExchange) {
        exchange.use {
            val path = exchange.requestURI.path
            paths += path
            conditions += exchange.requestHeaders.getFirst("If-None-Match")
            requests.incrementAndGet()
            gate.await(30, SECONDS)
            headers.forEach(exchange.responseHeaders::add)
            val body =
                when {
                    !path.startsWith("/.well-known/") -> jwks
                    path.endsWith("jwks.json") && !hasMetadata -> jwks
                    hasMetadata -> """{"issuer":"$origin","jwks_uri":"$url"}"""
                    else -> return exchange.sendResponseHeaders(404, -1)
                }.toByteArray()
            if (status == 304) return exchange.sendResponseHeaders(304, -1)
            exchange.sendResponseHeaders(status, if (body.isEmpty()) -1 else body.size.toLong())
            if (body.isNotEmpty()) exchange.responseBody.write(body)
        }
    }

    override fun close() {
        gate.countDown()
        server.stop(0)
        answers.shutdownNow()
    }
}

private inline fun HttpExchange.use(block: () -> Unit) =
    try {
        block()
    } finally {
        close()
    }
