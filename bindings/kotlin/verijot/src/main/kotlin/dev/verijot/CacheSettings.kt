package dev.verijot

import dev.verijot.ffi.CacheNumbers
import dev.verijot.ffi.FetchRules
import dev.verijot.ffi.JwkSetLimits
import dev.verijot.internal.hasLoneSurrogate
import dev.verijot.internal.nanoseconds
import java.time.Duration

/** How a [JwksClient] fetches and caches keys. The defaults are in parentheses. */
public class CacheSettings private constructor(
    internal val numbers: CacheNumbers,
    internal val limits: JwkSetLimits,
    internal val rules: FetchRules,
    internal val fetcher: Fetcher?,
    internal val clock: Clock,
    internal val discoveryOnly: Boolean,
) {
    /** The same settings for keys of these purposes, or as certificates. */
    internal fun reading(
        purposes: List<String>?,
        certificates: List<String>?,
    ) = CacheSettings(
        numbers,
        limits.copy(
            purposes = only("purposes", limits.purposes, purposes),
            certificates = only("certificates", limits.certificates, certificates),
        ),
        rules,
        fetcher,
        clock,
        discoveryOnly,
    )

    /** The same settings for sets that are read as a service's settings say, where these say nothing. */
    internal fun reading(read: JwkSetLimits): CacheSettings {
        val ignored =
            listOf(
                "allowedHosts" to (rules.hosts != null),
                "allowPlainHttp" to rules.plainHttp,
                "discoveryOnly" to discoveryOnly,
                "purposes" to (limits.purposes != null),
                "certificates" to (limits.certificates != null),
            ).firstOrNull { it.second }
        if (ignored != null) {
            throw InvalidSettingsException("${ignored.first}: the settings of the service decide it; leave it out")
        }
        return CacheSettings(
            numbers,
            limits.copy(
                maxOctets = limits.maxOctets ?: read.maxOctets,
                maxKeys = limits.maxKeys ?: read.maxKeys,
                purposes = read.purposes,
                certificates = read.certificates,
            ),
            rules,
            fetcher,
            clock,
            discoveryOnly,
        )
    }

    /**
     * Builds [CacheSettings]. Every method returns the builder. A second, different list of hosts, purposes or
     * certificates is an [InvalidKeySourceException]; a negative duration or maximum is an [IllegalArgumentException].
     */
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
        private var purposes: List<String>? = null
        private var certificates: List<String>? = null
        private var emptySetRevokes = false
        private var fetcher: Fetcher? = null
        private var clock: Clock = Clock
        private var discoveryOnly = false
        private var plainHttp = false
        private var hosts: List<String>? = null

        /** The lifetime of a set if the response does not state one (10 minutes). */
        public fun freshFor(duration: Duration): Builder = apply { freshFor = checked(duration) }

        /** The minimum lifetime that a response can set (1 minute; at least 1 second). */
        public fun shortestFresh(duration: Duration): Builder = apply { shortestFresh = checked(duration) }

        /** The maximum lifetime that a response can set (24 hours). */
        public fun longestFresh(duration: Duration): Builder = apply { longestFresh = checked(duration) }

        /**
         * How long after its lifetime a set is still used while it is fetched again in the background
         * (10 minutes; at most the set's lifetime, [staleFor] and the response's `stale-while-revalidate`).
         * After that, requests wait for the fetch, and use the old set only if the fetch fails.
         */
        public fun revalidateFor(duration: Duration): Builder = apply { revalidateFor = checked(duration) }

        /**
         * How long after its lifetime a set is still used while the issuer cannot be reached (24 hours; at
         * most the response's `stale-if-error`). Zero if the response has `no-store`, `no-cache` or
         * `must-revalidate`.
         */
        public fun staleFor(duration: Duration): Builder = apply { staleFor = checked(duration) }

        /**
         * Uses a set for [revalidateFor] and [staleFor] even if the response forbids it, for an issuer whose
         * framework sends such headers by default.
         */
        public fun staleDespiteHeaders(): Builder = apply { staleDespiteHeaders = true }

        /**
         * The time in which unknown kids and bad signatures may cause two fetches, evenly spread
         * (30 seconds; at least 2 seconds).
         */
        public fun unknownWindow(duration: Duration): Builder = apply { unknownWindow = checked(duration) }

        /**
         * The wait after a failed fetch, doubled with each failure in a row (1 second; at least
         * 100 milliseconds).
         */
        public fun shortestRest(duration: Duration): Builder = apply { shortestRest = checked(duration) }

        /** The maximum of that wait (60 seconds; at least [shortestRest]). */
        public fun longestRest(duration: Duration): Builder = apply { longestRest = checked(duration) }

        /** After how long a fetch counts as failed (5 seconds; at least 100 milliseconds). */
        public fun fetchTimeout(duration: Duration): Builder = apply { fetchTimeout = checked(duration) }

        /** The maximum number of octets of a set (262144). */
        public fun maxOctets(octets: Int): Builder = apply { maxOctets = limit(octets) }

        /** The maximum number of keys of a set (100). */
        public fun maxKeys(keys: Int): Builder = apply { maxKeys = limit(keys) }

        /** The only values that the `use` of a key may have, such as `jwt-svid` (missing or `sig`). */
        public fun purposes(names: Collection<String>): Builder =
            apply { purposes = only("purposes", purposes, names(names)) }

        /**
         * The algorithms of keys that are published as an object of `kid` and certificate or public key in PEM,
         * in place of a JWK Set. If the URL has `{kid}` in it, each key is fetched by itself.
         */
        public fun certificates(algorithms: Collection<String>): Builder =
            apply { certificates = only("certificates", certificates, names(algorithms)) }

        /** A set without any key revokes all keys, as that of SPIFFE; otherwise it counts as a failed fetch. */
        public fun emptySetRevokes(): Builder = apply { emptySetRevokes = true }

        /** What makes the requests ([Fetcher.ofPlatform]). */
        public fun fetcher(fetcher: Fetcher): Builder = apply { this.fetcher = fetcher }

        /** Another clock than the system's. */
        public fun clock(clock: Clock): Builder = apply { this.clock = clock }

        /** Does not fall back to `/.well-known/jwks.json` for an issuer without metadata. */
        public fun discoveryOnly(): Builder = apply { discoveryOnly = true }

        /**
         * Allows plain http. Only for a network in which nobody can impersonate the issuer, such as inside a
         * cluster: anyone who can, chooses the keys.
         */
        public fun allowPlainHttp(): Builder = apply { plainHttp = true }

        /**
         * Fetches metadata and keys only from these hosts, by name or address; port and case do not matter.
         * An empty list allows no host.
         */
        public fun allowedHosts(hosts: Collection<String>): Builder =
            apply {
                require(hosts.none { it.hasLoneSurrogate() }) { "a host has a lone surrogate" }
                this.hosts = only("allowedHosts", this.hosts, hosts.toList())
            }

        /** Returns the settings. */
        public fun build(): CacheSettings {
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
                    emptySetRevokes = emptySetRevokes,
                )
            val limits =
                JwkSetLimits(
                    symmetricKeys = false,
                    maxOctets = maxOctets,
                    maxKeys = maxKeys,
                    purposes = purposes,
                    certificates = certificates,
                )
            val rules = FetchRules(plainHttp, hosts)
            return CacheSettings(numbers, limits, rules, fetcher, clock, discoveryOnly)
        }
    }

    public companion object {
        /** All defaults. */
        @JvmField
        public val DEFAULT: CacheSettings = Builder().build()

        /** Returns a new builder. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}

/** Returns the list, of which a second, different one would forget the first. */
private fun only(
    name: String,
    known: List<String>?,
    given: List<String>?,
): List<String>? {
    if (known != null && given != null && known != given) {
        throw InvalidKeySourceException("$name is given twice, with different values; leave one out")
    }
    return given ?: known
}

private fun names(names: Collection<String>): List<String> {
    require(names.none { it.hasLoneSurrogate() }) { "a name has a lone surrogate" }
    return names.toList()
}

private fun checked(duration: Duration): ULong {
    require(!duration.isNegative) { "the duration is negative" }
    return duration.nanoseconds()
}

private fun limit(limit: Int): ULong {
    require(limit in 0 until Int.MAX_VALUE) { "the maximum is negative or too large" }
    return limit.toULong()
}
