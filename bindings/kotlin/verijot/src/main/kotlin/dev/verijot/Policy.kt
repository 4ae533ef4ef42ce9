package dev.verijot

import dev.verijot.ffi.Problem
import dev.verijot.internal.CallerChecks
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.RevocationChecks
import dev.verijot.internal.hasLoneSurrogate
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import java.math.BigDecimal
import java.time.Duration

/**
 * The rules that a token must satisfy. You must name an issuer and an audience, or accept any; everything
 * else has a strict default.
 *
 * ```
 * val policy = Policy.builder().issuer("https://issuer.example").anyAudience().build()
 * ```
 *
 * A policy is also a JSON document, the same in every language: [fromJson] reads it, [toJson] writes it.
 */
public class Policy private constructor(
    private val document: String,
    internal val tokenCache: UInt,
    internal val caller: CallerChecks?,
) {
    internal fun verifier(): dev.verijot.ffi.Verifier = read(document, tokenCache)

    /** The only issuer whose tokens are accepted, if there is exactly one. */
    internal val soleIssuer: String?
        get() {
            val issuers = Json.parseToJsonElement(toJson()).jsonObject["issuers"] as? JsonArray
            val issuer = issuers?.distinct()?.singleOrNull()
            return (issuer as? JsonPrimitive)?.content
        }

    /**
     * Returns the policy's document in one line, without members that have their default.
     *
     * @throws InvalidPolicyException if the policy makes no sense.
     */
    public fun toJson(): String = read(document, 0u).use { it.policyDocument() }

    /**
     * Builds a [Policy]. Every method returns the builder. Demands add up; of what can have one value only, a second,
     * different one is an [InvalidPolicyException].
     */
    public class Builder internal constructor(
        private val base: String?,
    ) {
        private val issuers = Names()
        private val audiences = Names()

        /** Members of the document, each with its JSON text. */
        private val members = linkedMapOf<String, String>()
        private val requiredClaims = Demands()
        private val expectedClaims = mutableListOf<String>()
        private val requiredScopes = Demands()
        private val requiredRoles = mutableListOf<String>()
        private var tokenCache: UInt? = null
        private val revocation = mutableListOf<RevocationCheck>()
        private var revocationTimeout: Duration? = null
        private var tenants: TenantCheck? = null

        /** Accepts this `iss`. Call it again to accept another one, too. */
        public fun issuer(name: String): Builder = issuers(listOf(name))

        /** Accepts any `iss` of these. */
        public fun issuers(names: Collection<String>): Builder = apply { issuers.add(names) }

        /** Accepts any `iss`, or none. */
        public fun anyIssuer(): Builder = apply { issuers.acceptAny() }

        /** Accepts an `aud` that contains this. Call it again to accept another one, too. */
        public fun audience(name: String): Builder = audiences(listOf(name))

        /** Accepts an `aud` that contains any of these. */
        public fun audiences(names: Collection<String>): Builder = apply { audiences.add(names) }

        /** Accepts any `aud`, or none. */
        public fun anyAudience(): Builder = apply { audiences.acceptAny() }

        /**
         * The accepted algorithms, such as `ES256` or `EdDSA` (all asymmetric ones, and HMAC with keys made
         * for HMAC).
         */
        public fun algorithms(vararg names: String): Builder = once("algorithms", array(names.asList()))

        /** The accepted `typ` headers (none, `JWT` and `at+jwt`). */
        public fun types(vararg names: String): Builder = once("types", array(names.asList()))

        /** Accepts any `typ` header, or none. */
        public fun anyType(): Builder = once("types", "null")

        /** How far the issuer's clock may differ, for `exp`, `nbf` and `iat` (30 seconds). */
        public fun leeway(leeway: Duration): Builder = once("leeway", seconds(leeway))

        /** Accepts tokens without `exp`, which never expire. */
        public fun allowMissingExpiry(): Builder = set("require_exp", "false")

        /** Accepts a whole number as `sub`, as the text of its digits, for an issuer that still migrates. */
        public fun allowNumericSubject(): Builder = set("numeric_subject", "true")

        /** Accepts an `iat` in the future. */
        public fun allowFutureIssuedAt(): Builder = set("future_issued_at", "true")

        /** Requires claims to be present and not null. An empty list fails in [build]. */
        public fun requireClaims(vararg names: String): Builder =
            set("required_claims", requiredClaims.and(names.asList()))

        /** Requires a claim to have exactly this value. */
        public fun expectClaim(
            name: String,
            value: String,
        ): Builder = expectClaim(name, JsonPrimitive(value))

        /** Requires a claim to have exactly this value. */
        public fun expectClaim(
            name: String,
            value: Boolean,
        ): Builder = expectClaim(name, JsonPrimitive(value))

        /** Requires a claim to have exactly this value. */
        public fun expectClaim(
            name: String,
            value: JsonElement,
        ): Builder = expect(name, value.toString())

        private fun expect(
            name: String,
            json: String,
        ): Builder {
            expectedClaims += "${quoted(name)}:${unicode(json)}"
            return set("expected_claims", expectedClaims.joinToString(",", "{", "}"))
        }

        /** Requires a claim to have exactly this value, given as JSON text. */
        public fun expectClaimJson(
            name: String,
            json: String,
        ): Builder {
            try {
                Json.parseToJsonElement(json)
            } catch (_: SerializationException) {
                throw InvalidPolicyException("the expected value of a claim is not JSON")
            }
            // As it is written: of a name that comes twice the parser keeps one.
            return expect(name, json)
        }

        /** The maximum time since `iat`. */
        public fun maxAge(age: Duration): Builder = once("max_age", seconds(age))

        /** The maximum time between `iat` and `exp`. */
        public fun maxLifetime(lifetime: Duration): Builder = once("max_lifetime", seconds(lifetime))

        /**
         * The maximum time between `iat` and `exp`, by the value of a claim.
         *
         * @param claim the claim whose string value names the class of a token.
         * @param ceilings the maximum for each value.
         * @param otherwise the maximum for all other tokens; null refuses those.
         */
        public fun maxLifetimeBy(
            claim: String,
            ceilings: Map<String, Duration>,
            otherwise: Duration?,
        ): Builder {
            val classes = ceilings.map { (value, ceiling) -> "${quoted(value)}:${seconds(ceiling)}" }
            val default = otherwise?.let(::seconds) ?: "null"
            return once(
                "max_lifetime_by",
                """{"claim":${quoted(claim)},"ceilings":${classes.joinToString(",", "{", "}")},"default":$default}""",
            )
        }

        /** Requires all of these scopes, in `scope` or `scp`. An empty list fails in [build]. */
        public fun requireScopes(vararg scopes: String): Builder =
            set("required_scopes", requiredScopes.and(scopes.asList()))

        /** Requires all of these roles in the claim at [path], a path with dots: `realm_access.roles`. */
        public fun requireRoles(
            path: String,
            vararg roles: String,
        ): Builder = requireRoles(path.split('.'), roles.asList())

        /** Requires all of these roles in the claim at [path], from the outermost name inwards. */
        public fun requireRoles(
            path: List<String>,
            roles: Collection<String>,
        ): Builder {
            requiredRoles += """{"path":${array(path)},"roles":${array(roles)}}"""
            return set("required_roles", requiredRoles.joinToString(",", "[", "]"))
        }

        /** The maximum number of octets of a token (16384). */
        public fun maxTokenOctets(octets: Int): Builder = once("limits", """{"token_octets":${count(octets)}}""")

        /**
         * The maximum number of cached accepted tokens (0). A cached token costs a hash instead of a signature;
         * it is still refused once it expires, is revoked or loses its key.
         */
        public fun tokenCache(tokens: Int): Builder =
            apply {
                if (tokenCache !in setOf(null, count(tokens))) throw contradiction("tokenCache")
                tokenCache = count(tokens)
            }

        /**
         * Checks whether a token has been revoked, after all other checks. Call it again to add another
         * check, which runs only if the ones before it pass.
         */
        public fun revoked(check: RevocationCheck): Builder = apply { revocation += check }

        /**
         * How long each check of [revoked] may take (2 seconds). After that the token is refused with
         * `revocation_unavailable` (503), and the check is interrupted.
         */
        public fun revocationTimeout(timeout: Duration): Builder =
            apply {
                if (revocationTimeout !in setOf(null, timeout)) throw contradiction("revocationTimeout")
                revocationTimeout = notNegative(timeout)
            }

        /**
         * Asks whether the tenant is known, for each token that an issuer template accepts. Such a template is a
         * member of `issuers` in a policy's document; tokens of issuers that are named exactly are not asked about.
         * Call it again to add another check, which is asked only if the ones before it know the tenant.
         */
        public fun knownTenants(check: TenantCheck): Builder =
            apply {
                val before = tenants
                tenants = if (before == null) check else TenantCheck { before.isKnown(it) && check.isKnown(it) }
            }

        /**
         * Returns the policy.
         *
         * @throws InvalidPolicyException if neither issuers nor [anyIssuer] were set, or neither audiences nor
         *   [anyAudience], or if the policy makes no sense.
         */
        public fun build(): Policy {
            if (base == null || issuers.isSet) set("issuers", issuers.toJson("issuer"))
            if (base == null || audiences.isSet) set("audiences", audiences.toJson("audience"))
            val added = members.map(::member)
            val document = (listOfNotNull(base) + added).joinToString(",", "{", "}")
            read(document, 0u).close()
            return Policy(document, tokenCache ?: 0u, caller())
        }

        private fun caller(): CallerChecks? {
            if (revocation.isEmpty() && tenants == null) return null
            val timeout = revocationTimeout ?: defaultRevocationTimeout()
            val checks = if (revocation.isEmpty()) null else RevocationChecks(revocation.toList(), timeout)
            return CallerChecks(tenants, checks)
        }

        /** The members that were set, and what is not one, for a profile, which decides the rest. */
        internal fun forProfile(): ProfileSettings {
            if (issuers.isSet) set("issuers", issuers.toJson("issuer"))
            if (audiences.isSet) set("audiences", audiences.toJson("audience"))
            return ProfileSettings(members.toMap(), tokenCache ?: 0u, caller())
        }

        private fun set(
            member: String,
            json: String,
        ): Builder = apply { members[member] = json }

        /** Sets a member that has one value. */
        private fun once(
            member: String,
            json: String,
        ): Builder = apply { members.setOnce(member, json) }
    }

    public companion object {
        /** Returns a new builder. */
        @JvmStatic
        public fun builder(): Builder = Builder(null)

        /**
         * Returns a builder that starts from a policy's document and can set what the document does not.
         *
         * @throws InvalidPolicyException if the document is not a policy; the message names the member at fault.
         */
        @JvmStatic
        public fun builder(document: String): Builder {
            val read = read(unicode(document), 0u).use { it.policyDocument() }
            return Builder(read.removeSurrounding("{", "}"))
        }

        /**
         * Reads a policy from its document, strictly.
         *
         * @throws InvalidPolicyException if the document is not a policy; the message names the member at fault.
         */
        @JvmStatic
        public fun fromJson(document: String): Policy = builder(document).build()

        internal fun of(
            issuer: String?,
            audience: String?,
            configure: Builder.() -> Unit,
        ): Policy {
            val builder = Builder(null)
            if (issuer == null) builder.anyIssuer() else builder.issuer(issuer)
            if (audience == null) builder.anyAudience() else builder.audience(audience)
            return builder.apply(configure).build()
        }

        private fun read(
            document: String,
            tokenCache: UInt,
        ): dev.verijot.ffi.Verifier {
            NativeLibrary.isDirect
            return try {
                dev.verijot.ffi.Verifier
                    .fromDocument(document, tokenCache)
            } catch (problem: Problem) {
                throw InvalidPolicyException.of(problem)
            }
        }
    }
}

/** Names of which one must match, unless any is accepted. */
private class Names {
    private val named = mutableListOf<String>()
    private var isNamed = false
    private var isAny = false

    val isSet: Boolean get() = isNamed || isAny

    fun add(names: Collection<String>) {
        named += names
        isNamed = true
    }

    fun acceptAny() {
        isAny = true
    }

    /** Returns the document's member. */
    fun toJson(what: String): String =
        when {
            isNamed && isAny -> throw InvalidPolicyException("name the $what or accept any $what, not both")
            isAny -> "null"
            isNamed -> array(named)
            else -> throw InvalidPolicyException("name the $what, or accept any $what")
        }
}

/** Required names, from one call or several. */
private class Demands {
    private val calls = mutableListOf<List<String>>()

    /** Adds names and returns all of them as JSON. A call without names makes the list empty, which is refused. */
    fun and(names: List<String>): String {
        calls.add(names)
        return array(if (calls.any { it.isEmpty() }) emptyList() else calls.flatten())
    }
}

/** Sets a member that has one value: a second, different one would replace it. */
internal fun MutableMap<String, String>.setOnce(
    member: String,
    json: String,
) {
    if (getOrPut(member) { json } != json) throw contradiction(member)
}

internal fun contradiction(member: String) =
    InvalidPolicyException("$member: two calls give it different values; leave one out")

internal fun unicode(value: String): String =
    if (value.hasLoneSurrogate()) throw InvalidPolicyException(LONE_SURROGATE) else value

internal fun quoted(value: String): String = JsonPrimitive(unicode(value)).toString()

/** Returns an object of members, each with its JSON text. */
internal fun jsonObject(members: Map<String, String>): String = members.map(::member).joinToString(",", "{", "}")

private fun member(member: Map.Entry<String, String>) = "${quoted(member.key)}:${member.value}"

internal fun array(values: Collection<String>): String = values.joinToString(",", "[", "]", transform = ::quoted)

/** Decimal seconds, in quotation marks. */
internal fun seconds(duration: Duration): String {
    val seconds = BigDecimal(notNegative(duration).seconds).add(BigDecimal.valueOf(duration.nano.toLong(), 9))
    return quoted(seconds.stripTrailingZeros().toPlainString())
}

internal fun notNegative(duration: Duration): Duration =
    if (duration.isNegative) throw InvalidPolicyException("a duration is negative") else duration

internal fun count(count: Int): UInt =
    if (count < 0) throw InvalidPolicyException("a number is negative") else count.toUInt()
