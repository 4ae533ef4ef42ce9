package dev.verijot

import dev.verijot.ffi.RefreshNumbers
import dev.verijot.internal.nanoseconds
import java.time.Duration

/** When a [TokenSession] refreshes its tokens. The defaults are in parentheses. */
public class RefreshSettings private constructor(
    internal val numbers: RefreshNumbers,
    internal val clock: Clock,
) {
    /**
     * Builds [RefreshSettings]. Every method returns the builder. A negative duration is an
     * [IllegalArgumentException].
     */
    public class Builder internal constructor() {
        private var skew: ULong? = null
        private var unauthorizedRest: ULong? = null
        private var shortestRest: ULong? = null
        private var longestRest: ULong? = null
        private var refreshTimeout: ULong? = null
        private var clock: Clock = Clock

        /**
         * How long before it expires an access token is refreshed, but not before four fifths of its lifetime
         * have passed (60 seconds).
         */
        public fun skew(duration: Duration): Builder = apply { skew = checked(duration) }

        /** How long a refreshed token is not refreshed again because of a 401 (30 seconds). */
        public fun unauthorizedRest(duration: Duration): Builder = apply { unauthorizedRest = checked(duration) }

        /**
         * The wait after a failed refresh, doubled with each failure in a row, and the minimum time between
         * two successful refreshes (1 second; at least 100 milliseconds).
         */
        public fun shortestRest(duration: Duration): Builder = apply { shortestRest = checked(duration) }

        /** The maximum of that wait (60 seconds; at least [shortestRest]). */
        public fun longestRest(duration: Duration): Builder = apply { longestRest = checked(duration) }

        /**
         * After how long a refresh counts as failed (30 seconds; at least 100 milliseconds). It should be
         * longer than the timeout of the request itself.
         */
        public fun refreshTimeout(duration: Duration): Builder = apply { refreshTimeout = checked(duration) }

        /** Another clock than the system's, for the age of tokens. */
        public fun clock(clock: Clock): Builder = apply { this.clock = clock }

        /** Returns the settings. */
        public fun build(): RefreshSettings {
            val numbers = RefreshNumbers(skew, unauthorizedRest, shortestRest, longestRest, refreshTimeout)
            return RefreshSettings(numbers, clock)
        }
    }

    public companion object {
        /** All defaults. */
        @JvmField
        public val DEFAULT: RefreshSettings = Builder().build()

        /** Returns a new builder. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}

private fun checked(duration: Duration): ULong {
    require(!duration.isNegative) { "the duration is negative" }
    return duration.nanoseconds()
}
