// Written by cargo run -p verijot-testvectors-generator
// from core/src/codes.rs; do not edit.

package dev.verijot

import dev.verijot.ffi.Problem

/** A JWK Set as a whole cannot be used. [code] says why. */
public class InvalidJwksException internal constructor(
    code: String,
    message: String,
) : SetupException(code, message) {
    internal companion object {
        fun of(problem: Problem) = InvalidJwksException(problem.code(), problem.message())
    }
}

/** A key cannot be used. [code] says why. */
public class UnusableKeyException internal constructor(
    code: String,
    message: String,
) : SetupException(code, message) {
    internal companion object {
        fun of(problem: Problem) = UnusableKeyException(problem.code(), problem.message())
    }
}

/** `invalid_policy`: The policy is invalid or contradictory. */
public class InvalidPolicyException internal constructor(
    message: String,
) : SetupException("invalid_policy", message) {
    internal companion object {
        fun of(problem: Problem) = InvalidPolicyException(problem.message())
    }
}

/** `invalid_demand`: A demand, a token place or a guard is invalid. */
public class InvalidDemandException internal constructor(
    message: String,
) : SetupException("invalid_demand", message) {
    internal companion object {
        fun of(problem: Problem) = InvalidDemandException(problem.message())
    }
}

/** `invalid_settings`: The settings are invalid or contradictory. */
public class InvalidSettingsException internal constructor(
    message: String,
) : SetupException("invalid_settings", message) {
    internal companion object {
        fun of(problem: Problem) = InvalidSettingsException(problem.message())
    }
}

/** `invalid_key_source`: Keys cannot come from this source, such as a plain http URL. */
public class InvalidKeySourceException internal constructor(
    message: String,
) : SetupException("invalid_key_source", message) {
    internal companion object {
        fun of(problem: Problem) = InvalidKeySourceException(problem.message())
    }
}
