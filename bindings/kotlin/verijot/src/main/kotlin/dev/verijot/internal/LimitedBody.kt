package dev.verijot.internal

import java.io.ByteArrayOutputStream
import java.net.http.HttpResponse.BodySubscriber
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.Flow

/** Reads a body, but at most one octet more than the limit. */
internal class LimitedBody(
    limit: Int,
) : BodySubscriber<ByteArray> {
    private val body = CompletableFuture<ByteArray>()
    private val read = ByteArrayOutputStream()
    private var room = limit + 1
    private lateinit var subscription: Flow.Subscription

    override fun getBody(): CompletionStage<ByteArray> = body

    override fun onSubscribe(subscription: Flow.Subscription) {
        this.subscription = subscription
        subscription.request(Long.MAX_VALUE)
    }

    override fun onNext(buffers: List<ByteBuffer>) {
        for (buffer in buffers) {
            val octets = ByteArray(minOf(room, buffer.remaining()))
            buffer.get(octets)
            read.writeBytes(octets)
            room -= octets.size
        }
        if (room == 0) {
            subscription.cancel()
            onComplete()
        }
    }

    override fun onError(failure: Throwable) {
        body.completeExceptionally(failure)
    }

    override fun onComplete() {
        body.complete(read.toByteArray())
    }
}
