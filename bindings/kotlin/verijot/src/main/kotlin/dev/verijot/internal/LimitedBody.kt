package dev.verijot.internal

import java.io.ByteArrayOutputStream
import java.net.HttpURLConnection
import java.net.http.HttpResponse.BodySubscriber
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.Flow

/**
 * Reads a body, but at most one octet more than the limit, and nothing of a 304: it has no body, whatever its headers say
 * (RFC 9112 §6.3).
 */
internal class LimitedBody(
    status: Int,
    limit: Int,
) : BodySubscriber<ByteArray> {
    private val body = CompletableFuture<ByteArray>()
    private val read = ByteArrayOutputStream()
    private var room = if (status == HttpURLConnection.HTTP_NOT_MODIFIED) 0 else limit + 1
    private lateinit var subscription: Flow.Subscription

    override fun getBody(): CompletionStage<ByteArray> = body

    override fun onSubscribe(subscription: Flow.Subscription) {
        this.subscription = subscription
        if (room == 0) end() else subscription.request(Long.MAX_VALUE)
    }

    override fun onNext(buffers: List<ByteBuffer>) {
        for (buffer in buffers) {
            val octets = ByteArray(minOf(room, buffer.remaining()))
            buffer.get(octets)
            read.writeBytes(octets)
            room -= octets.size
        }
        if (room == 0) end()
    }

    override fun onError(failure: Throwable) {
        body.completeExceptionally(failure)
    }

    override fun onComplete() {
        body.complete(read.toByteArray())
    }

    private fun end() {
        subscription.cancel()
        onComplete()
    }
}
