// Written by cargo run -p verijot-testvectors-generator
// from core/src/codes.rs; do not edit.

package dev.verijot

import dev.verijot.ffi.Problem

/** A JWK Set as a whole cannot be used. [code] says why. */
public class InvalidJwksException internal constructor(
    code: String,
    detail: String,
) : SetupException(code, detail) {
    internal companion object {
        fun of(problem: Problem) = InvalidJwksException(problem.code(), problem.detail())
    }
}

/** A key cannot be used. [code] says why. */
public class UnusableKeyException internal constructor(
    code: String,
    detail: String,
) : SetupException(code, detail) {
    internal companion object {
        fun of(problem: Problem) = UnusableKeyException(problem.code(), problem.detail())
    }
}

/** `invalid_policy`: The policy makes no sense. */
public class InvalidPolicyException internal constructor(
    detail: String,
) : SetupException("invalid_policy", detail) {
    internal companion object {
        fun of(problem: Problem) = InvalidPolicyException(problem.detail())
    }
}

/** `invalid_demand`: A demand, a token's place or a guard makes no sense. */
public class InvalidDemandException internal constructor(
    detail: String,
) : SetupException("invalid_demand", detail) {
    internal companion object {
        fun of(problem: Problem) = InvalidDemandException(problem.detail())
    }
}

/** `invalid_key_source`: Keys cannot come from there, over plain http for example. */
public class InvalidKeySourceException internal constructor(
    detail: String,
) : SetupException("invalid_key_source", detail) {
    internal companion object {
        fun of(problem: Problem) = InvalidKeySourceException(problem.detail())
    }
}
