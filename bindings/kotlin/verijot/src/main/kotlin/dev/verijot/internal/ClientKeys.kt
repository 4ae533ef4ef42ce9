package dev.verijot.internal

import dev.verijot.JwkSet
import dev.verijot.KeyFetches
import dev.verijot.KeyHealth

/** The keys that a client verifies with. */
internal sealed interface ClientKeys {
    /** A fixed set from the caller. */
    class Static(
        val keys: JwkSet,
    ) : ClientKeys {
        fun health() =
            KeyHealth(
                usableKeys = keys.keys.size,
                skippedKeys = keys.skipped.size,
                age = null,
                sha256 = null,
                isSeed = false,
                isFresh = true,
                failures = 0,
                lastFailure = null,
                isFetching = false,
                purged = emptyList(),
                fetches = KeyFetches(due = 0, unknownKey = 0, refusedToken = 0, requested = 0),
            )

        override fun toString() = "static keys"
    }

    /** Keys that are fetched from the issuer. */
    class Fetched(
        val keys: FetchedKeys,
    ) : ClientKeys {
        override fun toString() = keys.toString()
    }
}
