package dev.verijot

import dev.verijot.ffi.ExpectedClaim
import dev.verijot.ffi.LifetimeClass
import dev.verijot.ffi.Problem
import dev.verijot.ffi.RequiredRoles
import dev.verijot.ffi.TokenTypes
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.hasLoneSurrogate
import dev.verijot.internal.nanoseconds
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonPrimitive
import java.time.Duration

/**
 * What is demanded of a token. An issuer and an audience are named or waived, there is no default
 * for them; everything else has a strict one.
 *
 * ```
 * val policy = Policy.builder().issuer("https://issuer.example").anyAudience().build()
 * ```
 */
public class Policy private constructor(
    private val demands: dev.verijot.ffi.Policy,
    private val remembered: UInt,
    internal val revocation: RevocationCheck?,
) {
    internal fun verifier(): dev.verijot.ffi.Verifier {
        NativeLibrary.isDirect
        return try {
            dev.verijot.ffi.Verifier(demands, remembered)
        } catch (problem: Problem) {
            throw InvalidPolicyException.of(problem)
        }
    }

    /** The only issuer whose tokens are taken, if there is one. */
    internal val soleIssuer: String? get() = demands.issuers?.distinct()?.singleOrNull()

    /** Makes a [Policy]. Every method gives the builder itself. */
    public class Builder internal constructor() {
        private val issuers = Names()
        private val audiences = Names()
        private var algorithms: List<String>? = null
        private var types: TokenTypes = TokenTypes.Usual
        private var leeway: ULong? = null
        private var requiresExpiry = true
        private var takesNumericSubject = false
        private var takesFutureIssuedAt = false
        private var requiredClaims: List<String>? = null
        private val expectedClaims = mutableListOf<ExpectedClaim>()
        private var maxAge: ULong? = null
        private var maxLifetime: ULong? = null
        private var lifetimeClasses: dev.verijot.ffi.LifetimeClasses? = null
        private var requiredScopes: List<String>? = null
        private val requiredRoles = mutableListOf<RequiredRoles>()
        private var tokenOctets: ULong? = null
        private var remembered = 0u
        private var revocation: RevocationCheck? = null

        /** `iss` must be this; said again, either. */
        public fun issuer(name: String): Builder = issuers(listOf(name))

        /** `iss` must be one of these. */
        public fun issuers(names: Collection<String>): Builder = apply { issuers.add(names) }

        /** `iss` can be anything, or absent. */
        public fun anyIssuer(): Builder = apply { issuers.waive() }

        /** `aud` must be this or have it; said again, either. */
        public fun audience(name: String): Builder = audiences(listOf(name))

        /** `aud` must have one of these. */
        public fun audiences(names: Collection<String>): Builder = apply { audiences.add(names) }

        /** `aud` can be anything, or absent. */
        public fun anyAudience(): Builder = apply { audiences.waive() }

        /**
         * The algorithms that are taken, such as `ES256` or `EdDSA`. Without this, every asymmetric
         * one, and HMAC with keys that were made for it.
         */
        public fun algorithms(vararg names: String): Builder = apply { algorithms = names.map(::text) }

        /** The `typ` headers that are taken. Without this: none, `JWT` and `at+jwt`. */
        public fun types(vararg names: String): Builder = apply { types = TokenTypes.OneOf(names.map(::text)) }

        /** Any `typ` header is taken, or none. */
        public fun anyType(): Builder = apply { types = TokenTypes.Any }

        /** How far the issuer's clock may be off, for `exp`, `nbf` and `iat` (30 seconds). */
        public fun leeway(leeway: Duration): Builder = apply { this.leeway = span(leeway) }

        /** A token without `exp` is taken, for ever. */
        public fun withoutExpiry(): Builder = apply { requiresExpiry = false }

        /** A `sub` that is a whole number is taken as the text of its digits, while an issuer migrates. */
        public fun allowNumericSubject(): Builder = apply { takesNumericSubject = true }

        /** An `iat` in the future is taken. */
        public fun allowFutureIssuedAt(): Builder = apply { takesFutureIssuedAt = true }

        /** Claims that must be there and not null. None at all is refused when the verifier is made. */
        public fun requireClaims(vararg names: String): Builder =
            apply { requiredClaims = requiredClaims.orEmpty() + names.map(::text) }

        /** A claim that must have exactly this value. */
        public fun expectClaim(
            name: String,
            value: String,
        ): Builder = expectClaim(name, JsonPrimitive(text(value)))

        /** A claim that must have exactly this value. */
        public fun expectClaim(
            name: String,
            value: Boolean,
        ): Builder = expectClaim(name, JsonPrimitive(value))

        /** A claim that must have exactly this value. */
        public fun expectClaim(
            name: String,
            value: JsonElement,
        ): Builder = expectClaimJson(name, value.toString())

        /** A claim that must have exactly this value, given as JSON text. */
        public fun expectClaimJson(
            name: String,
            json: String,
        ): Builder = apply { expectedClaims += ExpectedClaim(text(name), text(json)) }

        /** The most that may have gone by since `iat`. */
        public fun maxAge(age: Duration): Builder = apply { maxAge = span(age) }

        /** The most that may lie between `iat` and `exp`. */
        public fun maxLifetime(lifetime: Duration): Builder = apply { maxLifetime = span(lifetime) }

        /**
         * Ceilings of the time between `iat` and `exp`, told by the value of a claim.
         *
         * @param claim the claim whose string value names the class of a token.
         * @param ceilings the ceiling for each value.
         * @param otherwise the ceiling for every other token; null refuses those.
         */
        public fun maxLifetimeBy(
            claim: String,
            ceilings: Map<String, Duration>,
            otherwise: Duration?,
        ): Builder =
            apply {
                val classes = ceilings.map { (value, ceiling) -> LifetimeClass(text(value), span(ceiling)) }
                lifetimeClasses = dev.verijot.ffi.LifetimeClasses(text(claim), classes, otherwise?.let(::span))
            }

        /** Scopes that must all be in `scope` or `scp`. None at all is refused when the verifier is made. */
        public fun requireScopes(vararg scopes: String): Builder =
            apply { requiredScopes = requiredScopes.orEmpty() + scopes.map(::text) }

        /** Roles that must all be in the claim at [path], whose names dots separate: `realm_access.roles`. */
        public fun requireRoles(
            path: String,
            vararg roles: String,
        ): Builder = requireRoles(path.split('.'), roles.asList())

        /** Roles that must all be in the claim at [path], from the outermost claim inwards. */
        public fun requireRoles(
            path: List<String>,
            roles: Collection<String>,
        ): Builder = apply { requiredRoles += RequiredRoles(path.map(::text), roles.map(::text)) }

        /** The most octets that a token may have (16384). */
        public fun maxTokenOctets(octets: Int): Builder = apply { tokenOctets = count(octets).toULong() }

        /**
         * Remembers so many accepted tokens: the same one again costs a hash instead of a signature,
         * and is still refused once it expires, is revoked or loses its key.
         */
        public fun rememberTokens(tokens: Int): Builder = apply { remembered = count(tokens) }

        /**
         * Asks whether a token has been revoked, once it has passed all other checks. Said again, this
         * check is asked too, unless one before it has refused the token.
         */
        public fun revoked(check: RevocationCheck): Builder = apply { revocation = revocation.then(check) }

        /**
         * The policy.
         *
         * @throws InvalidPolicyException if issuers or audiences are neither named nor waived.
         */
        public fun build(): Policy {
            val demands =
                dev.verijot.ffi.Policy(
                    issuers = issuers.decided("issuer"),
                    audiences = audiences.decided("audience"),
                    algorithms = algorithms,
                    types = types,
                    leeway = leeway,
                    requireExpiry = requiresExpiry,
                    numericSubject = takesNumericSubject,
                    futureIssuedAt = takesFutureIssuedAt,
                    requiredClaims = requiredClaims,
                    expectedClaims = expectedClaims.toList(),
                    maxAge = maxAge,
                    maxLifetime = maxLifetime,
                    lifetimeClasses = lifetimeClasses,
                    requiredScopes = requiredScopes,
                    requiredRoles = requiredRoles.toList(),
                    tokenOctets = tokenOctets,
                )
            return Policy(demands, remembered, revocation)
        }
    }

    public companion object {
        /** Begins a policy. */
        @JvmStatic
        public fun builder(): Builder = Builder()

        internal fun of(
            issuer: String?,
            audience: String?,
            further: Builder.() -> Unit,
        ): Policy {
            val builder = Builder()
            if (issuer == null) builder.anyIssuer() else builder.issuer(issuer)
            if (audience == null) builder.anyAudience() else builder.audience(audience)
            return builder.apply(further).build()
        }
    }
}

/** Names of which one must match, or none of which need to. */
private class Names {
    private val named = mutableListOf<String>()
    private var isNamed = false
    private var isWaived = false

    fun add(names: Collection<String>) {
        named += names.map(::text)
        isNamed = true
    }

    fun waive() {
        isWaived = true
    }

    fun decided(what: String): List<String>? =
        when {
            isNamed && isWaived -> throw InvalidPolicyException("an $what is named, and any $what is taken as well")
            isWaived -> null
            isNamed -> named.toList()
            else -> throw InvalidPolicyException("name the $what, or say that any $what is taken")
        }
}

private fun text(value: String): String =
    if (value.hasLoneSurrogate()) throw InvalidPolicyException(LONE_SURROGATE) else value

private fun span(span: Duration): ULong =
    if (span.isNegative) throw InvalidPolicyException("a span of time is negative") else span.nanoseconds()

private fun count(count: Int): UInt =
    if (count < 0) throw InvalidPolicyException("a number is negative") else count.toUInt()
