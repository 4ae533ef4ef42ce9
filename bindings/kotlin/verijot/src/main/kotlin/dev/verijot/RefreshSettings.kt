package dev.verijot

import dev.verijot.ffi.RefreshNumbers
import dev.verijot.internal.nanoseconds
import java.time.Duration

/** When a [TokenSession] refreshes its tokens. Without settings everything has the default below. */
public class RefreshSettings private constructor(
    internal val numbers: RefreshNumbers,
    internal val clock: Clock,
) {
    /** Makes [RefreshSettings]. Every method gives the builder itself. */
    public class Builder internal constructor() {
        private var skew: ULong? = null
        private var unauthorizedRest: ULong? = null
        private var shortestRest: ULong? = null
        private var longestRest: ULong? = null
        private var refreshTimeout: ULong? = null
        private var clock: Clock = Clock

        /**
         * How long before its end an access token is refreshed, but not before four fifths of its life
         * have gone by (60 seconds).
         */
        public fun skew(span: Duration): Builder = apply { skew = checked(span) }

        /** How long a token that came from a refresh is not refreshed again because of a 401 (30 seconds). */
        public fun unauthorizedRest(span: Duration): Builder = apply { unauthorizedRest = checked(span) }

        /**
         * The rest after a first failed refresh, doubled with each one that follows, and the least
         * between two refreshes that succeed (1 second; at least 100 milliseconds).
         */
        public fun shortestRest(span: Duration): Builder = apply { shortestRest = checked(span) }

        /** The longest such rest (60 seconds; at least [shortestRest]). */
        public fun longestRest(span: Duration): Builder = apply { longestRest = checked(span) }

        /**
         * After how long a refresh counts as failed (30 seconds; at least 100 milliseconds). This
         * should be more than the request itself may take.
         */
        public fun refreshTimeout(span: Duration): Builder = apply { refreshTimeout = checked(span) }

        /** Another clock than the machine's, for the tokens to age by. */
        public fun clock(clock: Clock): Builder = apply { this.clock = clock }

        /** The settings. */
        public fun build(): RefreshSettings {
            val numbers = RefreshNumbers(skew, unauthorizedRest, shortestRest, longestRest, refreshTimeout)
            return RefreshSettings(numbers, clock)
        }
    }

    public companion object {
        /** The default of everything. */
        @JvmField
        public val DEFAULT: RefreshSettings = Builder().build()

        /** Begins settings. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}

private fun checked(span: Duration): ULong {
    require(!span.isNegative) { "a span of time is negative" }
    return span.nanoseconds()
}
