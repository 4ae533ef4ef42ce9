package dev.verijot

import dev.verijot.ffi.CacheNumbers
import dev.verijot.ffi.JwkSetLimits
import dev.verijot.internal.nanoseconds
import java.time.Duration

/** How a [JwksClient] fetches and keeps keys. Without settings everything has the default below. */
public class JwksSettings private constructor(
    internal val numbers: CacheNumbers,
    internal val limits: JwkSetLimits,
    internal val fetcher: Fetcher?,
    internal val clock: Clock,
    internal val takesCustomaryPlace: Boolean,
) {
    internal val maxOctets: Int get() = limits.octets?.toInt() ?: JwkSet.DEFAULT_MAX_OCTETS

    /** Makes [JwksSettings]. Every method gives the builder itself. */
    public class Builder internal constructor() {
        private var freshFor: ULong? = null
        private var shortestFresh: ULong? = null
        private var longestFresh: ULong? = null
        private var staleFor: ULong? = null
        private var unknownWindow: ULong? = null
        private var shortestRest: ULong? = null
        private var longestRest: ULong? = null
        private var fetchTimeout: ULong? = null
        private var maxOctets: ULong? = null
        private var maxKeys: ULong? = null
        private var fetcher: Fetcher? = null
        private var clock: Clock = Clock
        private var takesCustomaryPlace = true

        /** How long keys are fresh where the response says nothing (10 minutes). */
        public fun freshFor(span: Duration): Builder = apply { freshFor = checked(span) }

        /** The least that a response can say (1 minute). */
        public fun shortestFresh(span: Duration): Builder = apply { shortestFresh = checked(span) }

        /** The most that a response can say (24 hours). */
        public fun longestFresh(span: Duration): Builder = apply { longestFresh = checked(span) }

        /** How long keys are used beyond that while the issuer is down (24 hours). */
        public fun staleFor(span: Duration): Builder = apply { staleFor = checked(span) }

        /** In which span an unknown kid may cause two fetches (30 seconds). */
        public fun unknownWindow(span: Duration): Builder = apply { unknownWindow = checked(span) }

        /** The rest after a first failed fetch, doubled with each further one (1 second); at least a millisecond. */
        public fun shortestRest(span: Duration): Builder = apply { shortestRest = rest(span) }

        /** The longest such rest (60 seconds); at least a millisecond. */
        public fun longestRest(span: Duration): Builder = apply { longestRest = rest(span) }

        /** After how long a fetch counts as failed (5 seconds). */
        public fun fetchTimeout(span: Duration): Builder = apply { fetchTimeout = checked(span) }

        /** The most octets that a set may have (262144). */
        public fun maxOctets(octets: Int): Builder = apply { maxOctets = limit(octets) }

        /** The most keys that a set may have (100). */
        public fun maxKeys(keys: Int): Builder = apply { maxKeys = limit(keys) }

        /** Somebody else to make the requests than [Fetcher.ofPlatform]. */
        public fun fetcher(fetcher: Fetcher): Builder = apply { this.fetcher = fetcher }

        /** Another clock than the machine's. */
        public fun clock(clock: Clock): Builder = apply { this.clock = clock }

        /** An issuer without metadata is not asked at `/.well-known/jwks.json`. */
        public fun withoutCustomaryPlace(): Builder = apply { takesCustomaryPlace = false }

        /** The settings. */
        public fun build(): JwksSettings {
            val numbers =
                CacheNumbers(
                    freshFor = freshFor,
                    shortestFresh = shortestFresh,
                    longestFresh = longestFresh,
                    staleFor = staleFor,
                    unknownWindow = unknownWindow,
                    shortestRest = shortestRest,
                    longestRest = longestRest,
                    fetchTimeout = fetchTimeout,
                )
            val limits = JwkSetLimits(symmetricKeys = false, octets = maxOctets, keys = maxKeys)
            return JwksSettings(numbers, limits, fetcher, clock, takesCustomaryPlace)
        }
    }

    public companion object {
        /** The default of everything. */
        @JvmField
        public val DEFAULT: JwksSettings = Builder().build()

        /** Begins settings. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}

private fun checked(span: Duration): ULong {
    require(!span.isNegative) { "a span of time is negative" }
    return span.nanoseconds()
}

/** Without any rest, those who wait for keys would have the issuer asked without end. */
private fun rest(span: Duration): ULong = checked(maxOf(span, Duration.ofMillis(1)))

private fun limit(limit: Int): ULong {
    require(limit in 0 until Int.MAX_VALUE) { "a limit is negative or too large" }
    return limit.toULong()
}
