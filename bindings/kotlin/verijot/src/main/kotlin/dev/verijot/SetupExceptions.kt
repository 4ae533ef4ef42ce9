package dev.verijot

import dev.verijot.ffi.Problem

/** `invalid_policy`: what a verifier is asked to demand makes no sense. */
public class InvalidPolicyException internal constructor(
    detail: String,
) : IllegalArgumentException("$CODE: $detail") {
    /** The stable code. */
    public val code: String get() = CODE

    internal companion object {
        private const val CODE = "invalid_policy"

        fun of(problem: Problem) = InvalidPolicyException(problem.facts().second)
    }
}

/** `invalid_demand`: a demand, a token's place or a guard makes no sense. */
public class InvalidDemandException internal constructor(
    detail: String,
) : IllegalArgumentException("$CODE: $detail") {
    /** The stable code. */
    public val code: String get() = CODE

    internal companion object {
        private const val CODE = "invalid_demand"

        fun of(problem: Problem) = InvalidDemandException(problem.facts().second)
    }
}

/** A JWK Set as a whole cannot be used. */
public class InvalidJwksException internal constructor(
    /** The stable code: `malformed_jwks` or `jwks_too_large`. */
    public val code: String,
    detail: String,
) : IllegalArgumentException("$code: $detail") {
    internal companion object {
        fun of(problem: Problem) = problem.facts().let { (code, detail) -> InvalidJwksException(code, detail) }
    }
}

/** A key that was handed over cannot be used. */
public class UnusableKeyException internal constructor(
    /** The stable code: one of the reasons that a skipped key can have. */
    public val code: String,
    detail: String,
) : IllegalArgumentException("$code: $detail") {
    internal companion object {
        fun of(problem: Problem) = problem.facts().let { (code, detail) -> UnusableKeyException(code, detail) }
    }
}

/** `invalid_key_source`: keys are not fetched from there, over plain http for example. */
public class InvalidLocationException internal constructor(
    detail: String,
) : IllegalArgumentException("$CODE: $detail") {
    /** The stable code. */
    public val code: String get() = CODE

    internal companion object {
        private const val CODE = "invalid_key_source"

        fun of(problem: Problem) = InvalidLocationException(problem.facts().second)
    }
}

/** The code and what is wrong, for people. */
private fun Problem.facts(): Pair<String, String> =
    when (this) {
        is Problem.Policy -> code to detail
        is Problem.Jwks -> code to detail
        is Problem.Key -> code to detail
        is Problem.Demand -> code to detail
        is Problem.Location -> code to detail
    }
