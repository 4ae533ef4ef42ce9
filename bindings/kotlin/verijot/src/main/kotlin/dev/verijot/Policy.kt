package dev.verijot

import dev.verijot.ffi.Problem
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.hasLoneSurrogate
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.math.BigDecimal
import java.time.Duration

/**
 * What is demanded of a token. An issuer and an audience are named or waived, there is no default
 * for them; everything else has a strict one.
 *
 * ```
 * val policy = Policy.builder().issuer("https://issuer.example").anyAudience().build()
 * ```
 *
 * A policy is also a document, the same JSON in every language: [fromJson] reads it, [toJson] writes it.
 */
public class Policy private constructor(
    private val document: String,
    private val remembered: UInt,
    internal val revocation: RevocationCheck?,
) {
    internal fun verifier(): dev.verijot.ffi.Verifier = read(document, remembered)

    /** The only issuer whose tokens are taken, if there is one. */
    internal val soleIssuer: String?
        get() {
            val issuers = Json.parseToJsonElement(toJson()).jsonObject["issuers"] as? JsonArray
            val issuer = issuers?.distinct()?.singleOrNull()
            return issuer?.jsonPrimitive?.content
        }

    /**
     * The policy's document in one line; what has the default is left out.
     *
     * @throws InvalidPolicyException if the policy makes no sense.
     */
    public fun toJson(): String = read(document, 0u).use { it.policyDocument() }

    /** Makes a [Policy]. Every method gives the builder itself. */
    public class Builder internal constructor(
        private val begun: String?,
    ) {
        private val issuers = Names()
        private val audiences = Names()

        /** Members of the document, each with its JSON text. */
        private val members = linkedMapOf<String, String>()
        private val requiredClaims = Demands()
        private val expectedClaims = mutableListOf<String>()
        private val requiredScopes = Demands()
        private val requiredRoles = mutableListOf<String>()
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
        public fun algorithms(vararg names: String): Builder = say("algorithms", array(names.asList()))

        /** The `typ` headers that are taken. Without this: none, `JWT` and `at+jwt`. */
        public fun types(vararg names: String): Builder = say("types", array(names.asList()))

        /** Any `typ` header is taken, or none. */
        public fun anyType(): Builder = say("types", "null")

        /** How far the issuer's clock may be off, for `exp`, `nbf` and `iat` (30 seconds). */
        public fun leeway(leeway: Duration): Builder = say("leeway", span(leeway))

        /** A token without `exp` is taken, for ever. */
        public fun withoutExpiry(): Builder = say("require_exp", "false")

        /** A `sub` that is a whole number is taken as the text of its digits, while an issuer migrates. */
        public fun allowNumericSubject(): Builder = say("numeric_subject", "true")

        /** An `iat` in the future is taken. */
        public fun allowFutureIssuedAt(): Builder = say("future_issued_at", "true")

        /** Claims that must be there and not null. None at all is refused when the policy is built. */
        public fun requireClaims(vararg names: String): Builder =
            say("required_claims", requiredClaims.and(names.asList()))

        /** A claim that must have exactly this value. */
        public fun expectClaim(
            name: String,
            value: String,
        ): Builder = expectClaim(name, JsonPrimitive(value))

        /** A claim that must have exactly this value. */
        public fun expectClaim(
            name: String,
            value: Boolean,
        ): Builder = expectClaim(name, JsonPrimitive(value))

        /** A claim that must have exactly this value. */
        public fun expectClaim(
            name: String,
            value: JsonElement,
        ): Builder {
            expectedClaims += "${quoted(name)}:${text(value.toString())}"
            return say("expected_claims", expectedClaims.joinToString(",", "{", "}"))
        }

        /** A claim that must have exactly this value, given as JSON text. */
        public fun expectClaimJson(
            name: String,
            json: String,
        ): Builder =
            try {
                expectClaim(name, Json.parseToJsonElement(json))
            } catch (_: SerializationException) {
                throw InvalidPolicyException("an expected claim's value is not JSON")
            }

        /** The most that may have gone by since `iat`. */
        public fun maxAge(age: Duration): Builder = say("max_age", span(age))

        /** The most that may lie between `iat` and `exp`. */
        public fun maxLifetime(lifetime: Duration): Builder = say("max_lifetime", span(lifetime))

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
        ): Builder {
            val classes = ceilings.map { (value, ceiling) -> "${quoted(value)}:${span(ceiling)}" }
            val default = otherwise?.let(::span) ?: "null"
            return say(
                "max_lifetime_by",
                """{"claim":${quoted(claim)},"ceilings":${classes.joinToString(",", "{", "}")},"default":$default}""",
            )
        }

        /** Scopes that must all be in `scope` or `scp`. None at all is refused when the policy is built. */
        public fun requireScopes(vararg scopes: String): Builder =
            say("required_scopes", requiredScopes.and(scopes.asList()))

        /** Roles that must all be in the claim at [path], whose names dots separate: `realm_access.roles`. */
        public fun requireRoles(
            path: String,
            vararg roles: String,
        ): Builder = requireRoles(path.split('.'), roles.asList())

        /** Roles that must all be in the claim at [path], from the outermost claim inwards. */
        public fun requireRoles(
            path: List<String>,
            roles: Collection<String>,
        ): Builder {
            requiredRoles += """{"path":${array(path)},"roles":${array(roles)}}"""
            return say("required_roles", requiredRoles.joinToString(",", "[", "]"))
        }

        /** The most octets that a token may have (16384). */
        public fun maxTokenOctets(octets: Int): Builder = say("limits", """{"token_octets":${count(octets)}}""")

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
         * @throws InvalidPolicyException if issuers or audiences are neither named nor waived, or if the
         *   policy makes no sense.
         */
        public fun build(): Policy {
            if (begun == null || issuers.isSaid) say("issuers", issuers.decided("issuer"))
            if (begun == null || audiences.isSaid) say("audiences", audiences.decided("audience"))
            val said = members.map { (name, value) -> "${quoted(name)}:$value" }
            val document = (listOfNotNull(begun) + said).joinToString(",", "{", "}")
            read(document, 0u).close()
            return Policy(document, remembered, revocation)
        }

        private fun say(
            member: String,
            json: String,
        ): Builder = apply { members[member] = json }
    }

    public companion object {
        /** Begins a policy. */
        @JvmStatic
        public fun builder(): Builder = Builder(null)

        /**
         * Begins a policy with its document. Only what that leaves open can be said then.
         *
         * @throws InvalidPolicyException if it is no policy; the message names the member at fault.
         */
        @JvmStatic
        public fun builder(document: String): Builder {
            val read = read(text(document), 0u).use { it.policyDocument() }
            return Builder(read.removeSurrounding("{", "}"))
        }

        /**
         * Reads a policy from its document, strictly.
         *
         * @throws InvalidPolicyException if it is no policy; the message names the member at fault.
         */
        @JvmStatic
        public fun fromJson(document: String): Policy = builder(document).build()

        internal fun of(
            issuer: String?,
            audience: String?,
            further: Builder.() -> Unit,
        ): Policy {
            val builder = Builder(null)
            if (issuer == null) builder.anyIssuer() else builder.issuer(issuer)
            if (audience == null) builder.anyAudience() else builder.audience(audience)
            return builder.apply(further).build()
        }

        private fun read(
            document: String,
            remembered: UInt,
        ): dev.verijot.ffi.Verifier {
            NativeLibrary.isDirect
            return try {
                dev.verijot.ffi.Verifier
                    .fromDocument(document, remembered)
            } catch (problem: Problem) {
                throw InvalidPolicyException.of(problem)
            }
        }
    }
}

/** Names of which one must match, or none of which need to. */
private class Names {
    private val named = mutableListOf<String>()
    private var isNamed = false
    private var isWaived = false

    val isSaid: Boolean get() = isNamed || isWaived

    fun add(names: Collection<String>) {
        named += names
        isNamed = true
    }

    fun waive() {
        isWaived = true
    }

    /** As JSON. */
    fun decided(what: String): String =
        when {
            isNamed && isWaived -> throw InvalidPolicyException("an $what is named, and any $what is taken as well")
            isWaived -> "null"
            isNamed -> array(named)
            else -> throw InvalidPolicyException("name the $what, or say that any $what is taken")
        }
}

/** Names that are all demanded, from one call or several. */
private class Demands {
    private val calls = mutableListOf<List<String>>()

    /** With more of them, as JSON. A call without any stays visible: there is nothing that it can mean. */
    fun and(names: List<String>): String {
        calls.add(names)
        return array(if (calls.any { it.isEmpty() }) emptyList() else calls.flatten())
    }
}

private fun text(value: String): String =
    if (value.hasLoneSurrogate()) throw InvalidPolicyException(LONE_SURROGATE) else value

private fun quoted(value: String): String = JsonPrimitive(text(value)).toString()

private fun array(values: Collection<String>): String = values.joinToString(",", "[", "]", transform = ::quoted)

/** Decimal seconds, in quotation marks. */
private fun span(span: Duration): String {
    if (span.isNegative) throw InvalidPolicyException("a span of time is negative")
    val seconds = BigDecimal(span.seconds).add(BigDecimal.valueOf(span.nano.toLong(), 9))
    return quoted(seconds.stripTrailingZeros().toPlainString())
}

private fun count(count: Int): UInt =
    if (count < 0) throw InvalidPolicyException("a number is negative") else count.toUInt()
