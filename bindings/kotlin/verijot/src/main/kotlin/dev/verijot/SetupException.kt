package dev.verijot

import dev.verijot.ffi.Problem

/** What the caller hands over cannot be used: a policy, a demand, a key, a set of keys or the place to fetch it from. */
public open class SetupException internal constructor(
    /** The stable code, the same in every language. */
    public val code: String,
    /** What is wrong and what to do, for people. */
    public val detail: String,
) : IllegalArgumentException("$code: $detail")

internal fun Problem.code(): String = facts().first

internal fun Problem.detail(): String = facts().second

private fun Problem.facts(): Pair<String, String> =
    when (this) {
        is Problem.Policy -> code to detail
        is Problem.Jwks -> code to detail
        is Problem.Key -> code to detail
        is Problem.Demand -> code to detail
        is Problem.Location -> code to detail
    }
