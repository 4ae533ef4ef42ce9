package dev.verijot.internal

import dev.verijot.ffi.CacheStep
import dev.verijot.ffi.Clocks
import dev.verijot.ffi.DirectCalls
import dev.verijot.ffi.FfiConverterTypeCacheStep
import dev.verijot.ffi.FfiConverterTypeTokenVerdict
import dev.verijot.ffi.JwkSet
import dev.verijot.ffi.JwksCache
import dev.verijot.ffi.TokenVerdict
import dev.verijot.ffi.Verifier
import java.nio.ByteBuffer
import java.time.Instant

/**
 * The core's verifier, and the calls that every request makes: through JNI if it could be linked, otherwise
 * through JNA. In JNI, numbers identify objects.
 */
internal class CoreVerifier(
    ffi: Verifier,
) {
    val handle = Handle(ffi)
    private val number = if (NativeLibrary.isDirect) ffi.number() else NO_NUMBER

    fun verify(
        keys: CoreKeys,
        token: ByteArray,
        now: Instant,
    ): TokenVerdict =
        handle.use { verifier ->
            keys.handle.use { set ->
                if (NativeLibrary.isDirect) {
                    val octets = DirectCalls.verify(number, keys.number, token, now.epochSecond, now.nano)
                    FfiConverterTypeTokenVerdict.read(ByteBuffer.wrap(open(octets)))
                } else {
                    verifier.verify(token, set, now.moment())
                }
            }
        }

    fun verify(
        cache: CoreCache,
        token: ByteArray,
        requestedAt: Long,
        monotonic: Long,
        wall: Instant,
        now: Instant,
    ): CacheStep =
        handle.use { verifier ->
            if (NativeLibrary.isDirect) {
                val octets =
                    DirectCalls.verifyWithCache(
                        cache.number,
                        number,
                        token,
                        requestedAt,
                        monotonic,
                        wall.epochSecond,
                        wall.nano,
                        now.epochSecond,
                        now.nano,
                    )
                FfiConverterTypeCacheStep.read(ByteBuffer.wrap(open(octets)))
            } else {
                val clocks = Clocks(monotonic.toULong(), wall.moment())
                cache.ffi.verify(verifier, token, requestedAt.toULong(), clocks, now.moment())
            }
        }
}

/** A set of keys, and its number in JNI. */
internal class CoreKeys(
    ffi: JwkSet,
) {
    val handle = Handle(ffi)
    val number = if (NativeLibrary.isDirect) ffi.number() else NO_NUMBER
}

/** A cache of keys, which is never closed, and its number in JNI. */
internal class CoreCache(
    val ffi: JwksCache,
) {
    val number = if (NativeLibrary.isDirect) ffi.number() else NO_NUMBER
}

private fun open(octets: ByteArray?): ByteArray = checkNotNull(octets) { "the object has been closed" }

private const val NO_NUMBER = -1L
