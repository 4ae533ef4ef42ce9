package dev.verijot

import dev.verijot.ffi.CacheHealth
import dev.verijot.internal.duration
import java.time.Duration
import java.time.Instant

/**
 * The state of a client's keys.
 *
 * @property usableKeys how many keys tokens are verified with; zero if all are too old.
 * @property skippedKeys how many keys of the set are not used.
 * @property age how long ago the issuer confirmed the set.
 * @property sha256 the SHA-256 of the set's octets, as 64 lower-case hexadecimal digits.
 * @property isSeed whether the set was seeded and no fetch has confirmed it since.
 * @property isFresh whether the set is within its lifetime.
 * @property failures how many fetches in a row have failed.
 * @property lastFailure why the latest of them failed, human-readable.
 * @property isFetching whether a fetch is under way.
 * @property purged every `kid` that [JwksClient.purge] has withdrawn, sorted.
 * @property fetches how many fetches were started, by cause.
 */
public class KeyHealth internal constructor(
    public val usableKeys: Int,
    public val skippedKeys: Int,
    public val age: Duration?,
    public val sha256: String?,
    public val isSeed: Boolean,
    public val isFresh: Boolean,
    public val failures: Int,
    public val lastFailure: String?,
    public val isFetching: Boolean,
    public val purged: List<String>,
    public val fetches: KeyFetches,
) {
    override fun toString(): String =
        "$usableKeys usable keys, $skippedKeys skipped, ${if (isFresh) "fresh" else "not fresh"}, age $age, " +
            "$failures failed fetches" + lastFailure?.let { ", the latest: $it" }.orEmpty()

    internal companion object {
        fun of(health: CacheHealth): KeyHealth =
            KeyHealth(
                usableKeys = health.usableKeys.toInt(),
                skippedKeys = health.skippedKeys.toInt(),
                age = health.age?.let(::duration),
                sha256 = health.sha256,
                isSeed = health.isSeed,
                isFresh = health.isFresh,
                failures = health.failures.toInt(),
                lastFailure = health.lastFailure,
                isFetching = health.isFetching,
                purged = health.purged,
                fetches =
                    KeyFetches(
                        due = health.fetches.due.toLong(),
                        unknownKey = health.fetches.unknownKey.toLong(),
                        refusedToken = health.fetches.refusedToken.toLong(),
                        requested = health.fetches.requested.toLong(),
                    ),
            )
    }
}

/**
 * How many fetches a client has started, by cause.
 *
 * @property due there were no keys, or they were due.
 * @property unknownKey a token had a `kid` that the cached set does not have.
 * @property refusedToken a token was refused that another set might accept, such as for a bad signature.
 * @property requested [JwksClient.refreshNow] was called.
 */
public class KeyFetches internal constructor(
    public val due: Long,
    public val unknownKey: Long,
    public val refusedToken: Long,
    public val requested: Long,
) {
    override fun toString(): String =
        "$due due, $unknownKey for unknown keys, $refusedToken for refused tokens, $requested requested"
}

/**
 * A set of keys, for another process or a later one.
 *
 * @property jwks the set as the issuer gave it.
 * @property fetchedAt when the issuer published it; null for now.
 * @property sha256 the SHA-256 of the set's octets, as 64 lower-case hexadecimal digits; null to skip the
 *   check.
 */
public class KeySnapshot
    @JvmOverloads
    constructor(
        public val jwks: String,
        public val fetchedAt: Instant? = null,
        public val sha256: String? = null,
    ) {
        override fun toString(): String = "KeySnapshot(fetchedAt=$fetchedAt, sha256=$sha256)"
    }
