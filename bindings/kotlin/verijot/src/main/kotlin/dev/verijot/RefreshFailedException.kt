package dev.verijot

import dev.verijot.ffi.RefreshFailure
import dev.verijot.ffi.refreshFailure
import dev.verijot.ffi.refreshFailureText
import dev.verijot.internal.NativeLibrary

/** A refresh got no tokens; [TokenKeeper]s throw it. Its message is a stable name, and perhaps a colon and a detail. */
public class RefreshFailedException private constructor(
    internal val failure: RefreshFailure,
) : Exception(failure.text()) {
    public companion object {
        /**
         * For a response without usable tokens. Only `invalid_grant` with status 400 or 401 ends the session
         * (RFC 6749 §5.2).
         *
         * @throws IllegalArgumentException if the status is not an HTTP status.
         */
        @JvmStatic
        public fun ofResponse(
            status: Int,
            body: ByteArray,
        ): RefreshFailedException {
            require(status in 0..UShort.MAX_VALUE.toInt()) { "not an HTTP status" }
            NativeLibrary.isDirect
            return RefreshFailedException(refreshFailure(status.toUShort(), body))
        }

        /** There was no response. */
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
