package dev.verijot

import dev.verijot.ffi.Problem

/** A policy, a demand, a key, a key set or a key location that the caller passed cannot be used. */
public open class SetupException internal constructor(
    /** The stable code, the same in every language. */
    public val code: String,
    /** What is wrong and what to do, human-readable. */
    override val message: String,
) : IllegalArgumentException(message) {
    override fun toString(): String = "${javaClass.name}: $code: $message"
}

internal fun Problem.code(): String = facts().first

internal fun Problem.message(): String = facts().second

/** The exception of the same kind. */
internal fun Problem.exception(): SetupException =
    when (this) {
        is Problem.Policy -> InvalidPolicyException.of(this)
        is Problem.Jwks -> InvalidJwksException.of(this)
        is Problem.Key -> UnusableKeyException.of(this)
        is Problem.Demand -> InvalidDemandException.of(this)
        is Problem.Location -> InvalidKeySourceException.of(this)
    }

private fun Problem.facts(): Pair<String, String> =
    when (this) {
        is Problem.Policy -> code to text
        is Problem.Jwks -> code to text
        is Problem.Key -> code to text
        is Problem.Demand -> code to text
        is Problem.Location -> code to text
    }
