package dev.verijot.ffi

/**
 * The calls that every request makes, through JNI. Their names are those that the native library
 * looks for. Each gives the serialized result, or null if one of the objects has been closed.
 */
internal object DirectCalls {
    /** A serialized [TokenVerdict]. */
    @JvmStatic
    external fun verify(
        verifier: Long,
        keys: Long,
        token: ByteArray,
        seconds: Long,
        nanoseconds: Int,
    ): ByteArray?

    /** A serialized [CacheStep]. */
    @JvmStatic
    external fun verifyWithCache(
        cache: Long,
        verifier: Long,
        token: ByteArray,
        asked: Long,
        monotonic: Long,
        wallSeconds: Long,
        wallNanoseconds: Int,
        seconds: Long,
        nanoseconds: Int,
    ): ByteArray?
}
