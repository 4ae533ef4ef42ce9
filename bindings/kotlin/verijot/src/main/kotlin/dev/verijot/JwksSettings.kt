package dev.verijot

import dev.verijot.ffi.CacheNumbers
import dev.verijot.ffi.FetchRules
import dev.verijot.ffi.JwkSetLimits
import dev.verijot.internal.hasLoneSurrogate
import dev.verijot.internal.nanoseconds
import java.time.Duration

/** How a [JwksClient] fetches and keeps keys. Without settings everything has the default below. */
public class JwksSettings private constructor(
    internal val numbers: CacheNumbers,
    internal val limits: JwkSetLimits,
    internal val rules: FetchRules,
    internal val fetcher: Fetcher?,
    internal val clock: Clock,
    internal val takesCustomaryPlace: Boolean,
) {
    /** Makes [JwksSettings]. Every method gives the builder itself. */
    public class Builder internal constructor() {
        private var freshFor: ULong? = null
        private var shortestFresh: ULong? = null
        private var longestFresh: ULong? = null
        private var revalidateFor: ULong? = null
        private var staleFor: ULong? = null
        private var staleDespiteHeaders = false
        private var unknownWindow: ULong? = null
        private var shortestRest: ULong? = null
        private var longestRest: ULong? = null
        private var fetchTimeout: ULong? = null
        private var maxOctets: ULong? = null
        private var maxKeys: ULong? = null
        private var fetcher: Fetcher? = null
        private var clock: Clock = Clock
        private var takesCustomaryPlace = true
        private var plainHttp = false
        private var hosts: List<String>? = null

        /** The lifetime of a set where the response says nothing (10 minutes). */
        public fun freshFor(span: Duration): Builder = apply { freshFor = checked(span) }

        /** The least lifetime that a response can give (1 minute; at least 1 second). */
        public fun shortestFresh(span: Duration): Builder = apply { shortestFresh = checked(span) }

        /** The greatest lifetime that a response can give (24 hours). */
        public fun longestFresh(span: Duration): Builder = apply { longestFresh = checked(span) }

        /**
         * How long after its lifetime a set is still used while it is fetched again in the background
         * (10 minutes; never more than the set's lifetime, [staleFor] and what the response says in
         * `stale-while-revalidate`). After that, requests wait for the fetch, and use the old set only
         * if the fetch fails.
         */
        public fun revalidateFor(span: Duration): Builder = apply { revalidateFor = checked(span) }

        /**
         * How long after its lifetime a set is still used while the issuer cannot be reached (24 hours;
         * never more than the response says in `stale-if-error`). Zero where the response says
         * `no-store`, `no-cache` or `must-revalidate`.
         */
        public fun staleFor(span: Duration): Builder = apply { staleFor = checked(span) }

        /**
         * Uses a set for [revalidateFor] and [staleFor] even where the response forbids it, for an
         * issuer whose framework sends such headers without meaning them.
         */
        public fun staleDespiteHeaders(): Builder = apply { staleDespiteHeaders = true }

        /**
         * The span in which unknown kids and bad signatures may cause two fetches, evenly spread
         * (30 seconds; at least 2 seconds).
         */
        public fun unknownWindow(span: Duration): Builder = apply { unknownWindow = checked(span) }

        /**
         * The rest after a first failed fetch, doubled with each one that follows (1 second; at least
         * 100 milliseconds).
         */
        public fun shortestRest(span: Duration): Builder = apply { shortestRest = checked(span) }

        /** The longest such rest (60 seconds; at least [shortestRest]). */
        public fun longestRest(span: Duration): Builder = apply { longestRest = checked(span) }

        /** After how long a fetch counts as failed (5 seconds; at least 100 milliseconds). */
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
        public fun discoveryOnly(): Builder = apply { takesCustomaryPlace = false }

        /**
         * Waives https. Only for a network in which nobody can answer in the issuer's name, such as a
         * cluster's own: anybody who can, chooses the keys.
         */
        public fun allowPlainHttp(): Builder = apply { plainHttp = true }

        /**
         * Fetches only from these hosts, by name or address, whatever the port and the case. Holds for
         * the issuer's metadata and for the place of the keys that it names. An empty list allows no
         * host.
         */
        public fun allowedHosts(hosts: Collection<String>): Builder =
            apply {
                require(hosts.none { it.hasLoneSurrogate() }) { "a host is not Unicode" }
                this.hosts = hosts.toList()
            }

        /** The settings. */
        public fun build(): JwksSettings {
            val numbers =
                CacheNumbers(
                    freshFor = freshFor,
                    shortestFresh = shortestFresh,
                    longestFresh = longestFresh,
                    revalidateFor = revalidateFor,
                    staleFor = staleFor,
                    unknownWindow = unknownWindow,
                    shortestRest = shortestRest,
                    longestRest = longestRest,
                    fetchTimeout = fetchTimeout,
                    staleDespiteHeaders = staleDespiteHeaders,
                )
            val limits = JwkSetLimits(symmetricKeys = false, octets = maxOctets, keys = maxKeys)
            val rules = FetchRules(plainHttp, hosts)
            return JwksSettings(numbers, limits, rules, fetcher, clock, takesCustomaryPlace)
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

private fun limit(limit: Int): ULong {
    require(limit in 0 until Int.MAX_VALUE) { "a limit is negative or too large" }
    return limit.toULong()
}
