package dev.verijot.ffi

/**
 * The calls that every request makes, through JNI. Their names must match those in the native library. Each
 * returns the serialized result, or null if one of the objects has been closed.
 */
internal object DirectCalls {
    /** Returns a serialized [TokenVerdict]. */
    @JvmStatic
    external fun verify(
        verifier: Long,
        keys: Long,
        token: ByteArray,
        seconds: Long,
        nanoseconds: Int,
    ): ByteArray?

    /** Returns a serialized [CacheStep]. */
    @JvmStatic
    external fun verifyWithCache(
        cache: Long,
        verifier: Long,
        token: ByteArray,
        requestedAt: Long,
        monotonic: Long,
        wallSeconds: Long,
        wallNanoseconds: Int,
        seconds: Long,
        nanoseconds: Int,
    ): ByteArray?
}
