package dev.verijot

import dev.verijot.ffi.DemandPart
import dev.verijot.ffi.Problem
import dev.verijot.ffi.checkDemand
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.hasLoneSurrogate
import dev.verijot.internal.moment
import dev.verijot.internal.nanoseconds
import java.time.Duration
import java.time.Instant

/**
 * What a request's token must grant, besides being valid, and how its user must have signed in. Combine demands with [and].
 *
 * ```
 * val demand = Demand.allScopes("notes:read").and(Demand.anyRole("realm_access.roles", "editor", "admin"))
 * ```
 */
public class Demand private constructor(
    internal val document: String,
) {
    /** Returns a demand for both. */
    public fun and(other: Demand): Demand = of(DemandPart.Document(document), DemandPart.Document(other.document))

    /**
     * Refuses a token that does not grant everything that is demanded.
     *
     * @param now the time by which the token was verified.
     * @throws InsufficientScopeException (403)
     * @throws InsufficientAuthenticationException (401) if the user must sign in again.
     * @throws InvalidClaimException (401) if a claim that the demand reads has the wrong type.
     */
    @JvmOverloads
    public fun check(
        token: VerifiedToken,
        now: Instant = Instant.now(),
    ) {
        checkDemand(document, token.payload, now.moment())?.let { throw VerificationException.of(it) }
    }

    /** Returns the demand as a JSON document, for [fromJson]. */
    public fun toJson(): String = document

    override fun equals(other: Any?): Boolean = other is Demand && document == other.document

    override fun hashCode(): Int = document.hashCode()

    override fun toString(): String = document

    /** All of these throw an [InvalidDemandException] for an empty list or a blank name. */
    public companion object {
        /** Demands all of these scopes, in `scope` or, if that is missing, in `scp`. */
        @JvmStatic
        public fun allScopes(vararg scopes: String): Demand = of(DemandPart.AllScopes(texts(scopes.asList())))

        /** Demands at least one of these scopes. */
        @JvmStatic
        public fun anyScope(vararg scopes: String): Demand = of(DemandPart.AnyScope(texts(scopes.asList())))

        /** Demands all of these roles in the claim at [path], a path with dots: `realm_access.roles`. */
        @JvmStatic
        public fun allRoles(
            path: String,
            vararg roles: String,
        ): Demand = allRoles(path.split('.'), roles.asList())

        /** Demands all of these roles in the claim at [path], from the outermost name inwards. */
        @JvmStatic
        public fun allRoles(
            path: List<String>,
            roles: Collection<String>,
        ): Demand = of(DemandPart.AllRoles(texts(path), texts(roles)))

        /** Demands at least one of these roles in the claim at [path], a path with dots. */
        @JvmStatic
        public fun anyRole(
            path: String,
            vararg roles: String,
        ): Demand = anyRole(path.split('.'), roles.asList())

        /** Demands at least one of these roles in the claim at [path], from the outermost name inwards. */
        @JvmStatic
        public fun anyRole(
            path: List<String>,
            roles: Collection<String>,
        ): Demand = of(DemandPart.AnyRole(texts(path), texts(roles)))

        /**
         * Demands that the user signed in with one of these authentication context classes, in `acr`; best
         * first. Otherwise the challenge asks for them (RFC 9470).
         */
        @JvmStatic
        public fun acrValues(vararg values: String): Demand = of(DemandPart.AcrValues(texts(values.asList())))

        /**
         * Demands that the user signed in at most this long ago, in `auth_time`; whole seconds. Otherwise the
         * challenge asks for it (RFC 9470).
         */
        @JvmStatic
        public fun maxAuthenticationAge(age: Duration): Demand = of(DemandPart.MaxAuthenticationAge(age.nanoseconds()))

        /** Reads a demand from its JSON document, the same in every language. */
        @JvmStatic
        public fun fromJson(document: String): Demand = of(DemandPart.Document(texts(listOf(document)).single()))

        private fun of(vararg parts: DemandPart): Demand {
            NativeLibrary.isDirect
            return try {
                Demand(dev.verijot.ffi.demand(parts.asList()))
            } catch (problem: Problem) {
                throw InvalidDemandException.of(problem)
            }
        }
    }
}

private fun texts(values: Collection<String>): List<String> =
    if (values.any { it.hasLoneSurrogate() }) throw InvalidDemandException(LONE_SURROGATE) else values.toList()
