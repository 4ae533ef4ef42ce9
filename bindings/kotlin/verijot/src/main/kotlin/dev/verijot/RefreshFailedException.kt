package dev.verijot

import dev.verijot.ffi.RefreshFailure
import dev.verijot.ffi.refreshFailure
import dev.verijot.ffi.refreshFailureText
import dev.verijot.internal.NativeLibrary

/** A refresh brought no tokens: for a [TokenKeeper] to throw. Its message is a stable name, and perhaps a colon and more. */
public class RefreshFailedException private constructor(
    internal val failure: RefreshFailure,
) : Exception(failure.text()) {
    public companion object {
        /**
         * What an answer without usable tokens means. Only `invalid_grant` with status 400 or 401
         * ends the session (RFC 6749 §5.2).
         *
         * @throws IllegalArgumentException if the status is not one of HTTP.
         */
        @JvmStatic
        public fun ofResponse(
            status: Int,
            body: ByteArray,
        ): RefreshFailedException {
            require(status in 0..UShort.MAX_VALUE.toInt()) { "no status of HTTP" }
            NativeLibrary.isDirect
            return RefreshFailedException(refreshFailure(status.toUShort(), body))
        }

        /** There was no answer. */
        @JvmStatic
        public fun noAnswer(): RefreshFailedException = RefreshFailedException(RefreshFailure.NoAnswer)

        /** It took too long. */
        @JvmStatic
        public fun timedOut(): RefreshFailedException = RefreshFailedException(RefreshFailure.TimedOut)
    }
}

private fun RefreshFailure.text(): String {
    NativeLibrary.isDirect
    return refreshFailureText(this)
}
