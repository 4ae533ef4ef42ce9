package dev.verijot

import dev.verijot.ffi.CacheHealth
import dev.verijot.internal.duration
import java.time.Duration
import java.time.Instant

/**
 * How the keys of a client are doing.
 *
 * @property usableKeys keys that tokens are verified with; none where all are too old.
 * @property skippedKeys keys of the set that are not used.
 * @property age how long ago the issuer confirmed the set.
 * @property sha256 the SHA-256 of the set's octets, 64 lower-case hexadecimal digits.
 * @property isSeed whether the set came from elsewhere and no fetch has confirmed it since.
 * @property isFresh whether the set is within its lifetime.
 * @property failures fetches that failed since the last one that succeeded.
 * @property lastFailure the last of them, for people.
 * @property isFetching whether a fetch is under way.
 * @property purged the kids that [JwksClient.purge] has withdrawn here, in order.
 * @property fetches the fetches that were started, by what caused them.
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
            "$failures failed fetches" + lastFailure?.let { ", the last: $it" }.orEmpty()

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
 * How many fetches a client has started.
 *
 * @property due because there were no keys, or they were due.
 * @property unknownKey because of a `kid` that the held set does not have.
 * @property refusedToken because of a token that another set might accept, such as for a bad signature.
 * @property requested because of [JwksClient.refreshNow].
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
 * A set of keys, to be carried to another process or a later one.
 *
 * @property jwks the set as the issuer gave it.
 * @property fetchedAt when that was; null stands for just now.
 * @property sha256 the SHA-256 of the set's octets, 64 lower-case hexadecimal digits; null if that
 *   need not be checked.
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
