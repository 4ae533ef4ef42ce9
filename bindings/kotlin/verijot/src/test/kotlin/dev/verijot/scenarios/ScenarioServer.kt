package dev.verijot.scenarios

import java.io.IOException
import java.io.InputStream
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.net.SocketTimeoutException
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/** The server of one scenario, on loopback. It answers, and misbehaves, as the scenario says. */
class ScenarioServer(
    private val answer: (Request) -> Answer,
) : AutoCloseable {
    class Request(
        val path: String,
        /** Names are in lower case. */
        val headers: Map<String, String>,
        /** Every header line as it arrived. */
        val lines: List<Pair<String, String>>,
        val body: String,
    )

    /** [fault]: `silence`, `half`, `reset`, `refuse`, `endless` or none. */
    class Answer(
        val status: Int,
        val headers: Map<String, String>,
        val body: ByteArray,
        val fault: String?,
        val hold: Boolean,
    )

    private val listener = ServerSocket(0, 256, InetAddress.getLoopbackAddress())
    private val connections = ConcurrentHashMap.newKeySet<Socket>()

    /** How many responses wait for the next release. */
    @Volatile
    private var waiting = AtomicInteger()
    val requests = CopyOnWriteArrayList<Request>()
    val origin = "http://127.0.0.1:${listener.localPort}"

    /** How many responses are held back while their clients still wait. */
    val held: Int get() = waiting.get()

    init {
        thread(isDaemon = true) {
            while (!listener.isClosed) {
                val socket = runCatching { listener.accept() }.getOrNull() ?: break
                connections += socket
                thread(isDaemon = true) { serve(socket) }
            }
        }
    }

    fun release() {
        waiting = AtomicInteger()
    }

    override fun close() {
        listener.close()
        connections.forEach(Socket::close)
    }

    private fun serve(socket: Socket) {
        try {
            socket.use { answer(it, read(it.getInputStream()) ?: return) }
        } catch (_: IOException) {
            // The client hung up.
        } finally {
            connections -= socket
        }
    }

    private fun read(input: InputStream): Request? {
        val head = StringBuilder()
        while (!head.endsWith("\r\n\r\n")) {
            head.append(input.read().takeIf { it >= 0 }?.toChar() ?: return null)
        }
        val lines = head.lines()
        val headers =
            lines.drop(1).filter { ": " in it }.map { line ->
                line.substringBefore(": ") to line.substringAfter(": ")
            }
        val path = lines[0].split(' ')[1].substringBefore('?')
        val names = headers.associate { (name, value) -> name.lowercase() to value }
        val body = input.readNBytes(names["content-length"]?.toInt() ?: 0)
        return Request(path, names, headers, body.decodeToString())
    }

    private fun answer(
        socket: Socket,
        request: Request,
    ) {
        val waiting = waiting
        val answer = answer(request)
        if (answer.fault == "refuse") return
        if (answer.hold) waiting.incrementAndGet()
        requests += request
        if (answer.hold) {
            val isConnected =
                try {
                    awaitOrHangUp(socket) { this.waiting !== waiting }
                } finally {
                    waiting.decrementAndGet()
                }
            if (!isConnected) return
        }
        write(socket, answer)
    }

    /** Returns whether the client is still connected at the end. */
    private fun awaitOrHangUp(
        socket: Socket,
        isOver: () -> Boolean,
    ): Boolean {
        socket.soTimeout = 2
        while (!isOver()) {
            try {
                if (socket.getInputStream().read() < 0) return false
            } catch (_: SocketTimeoutException) {
                // Still connected.
            }
        }
        return true
    }

    private fun write(
        socket: Socket,
        answer: Answer,
    ) {
        val output = socket.getOutputStream()
        val head = StringBuilder("HTTP/1.1 ${answer.status} Scripted\r\nConnection: close\r\n")
        answer.headers.forEach { (name, value) -> head.append("$name: $value\r\n") }
        when (answer.fault) {
            "silence" -> {
                awaitOrHangUp(socket) { false }
            }

            "reset" -> {}

            "endless" -> {
                output.write("${head}Transfer-Encoding: chunked\r\n\r\n".toByteArray())
                val chunk = "2000\r\n${" ".repeat(0x2000)}\r\n".toByteArray()
                while (true) output.write(chunk)
            }

            null, "half" -> {
                // RFC 9110 §8.6: these have no body, and no length of one.
                if (answer.status !in setOf(204, 304)) head.append("Content-Length: ${answer.body.size}\r\n")
                output.write("$head\r\n".toByteArray())
                val sent = if (answer.fault == null) answer.body.size else answer.body.size / 2
                output.write(answer.body, 0, sent)
                socket.shutdownOutput()
            }

            else -> {
                fail("unknown fault ${answer.fault}")
            }
        }
    }
}
