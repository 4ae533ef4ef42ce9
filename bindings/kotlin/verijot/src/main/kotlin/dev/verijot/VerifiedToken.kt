package dev.verijot

import dev.verijot.ffi.Token
import dev.verijot.ffi.VerifiedSignature
import dev.verijot.internal.decodeClaims
import dev.verijot.internal.hasLoneSurrogate
import dev.verijot.internal.instant
import kotlinx.serialization.KSerializer
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.serializer
import java.time.Instant

/** A verified token. [toString] shows only the algorithm. */
public class VerifiedToken internal constructor(
    private val token: Token,
) {
    /** `iss` */
    public val issuer: String? get() = token.issuer

    /** `sub` */
    public val subject: String? get() = token.subject

    /** The strings in `aud`. */
    public val audience: List<String> get() = token.audience

    /** `exp` */
    public val expiresAt: Instant? get() = token.expiresAt?.instant()

    /** `nbf` */
    public val notBefore: Instant? get() = token.notBefore?.instant()

    /** `iat` */
    public val issuedAt: Instant? get() = token.issuedAt?.instant()

    /** `jti` */
    public val id: String? get() = token.id

    /** The scopes in `scope` or, if that is missing, in `scp`. */
    public val scopes: List<String> get() = token.scopes

    /** The algorithm's name. */
    public val algorithm: String get() = token.signature.algorithm

    /** The `kid` of the header or, if that has none, of the key. */
    public val keyId: String? get() = token.signature.keyId

    /** The `typ` header. */
    public val type: String? get() = token.signature.tokenType

    /** The `cty` header. */
    public val contentType: String? get() = token.signature.contentType

    /** The payload exactly as it was signed: one JSON object. */
    public val payload: String get() = token.payload

    /** The claims, parsed from the payload on first use. */
    public val claims: JsonObject by lazy(LazyThreadSafetyMode.PUBLICATION) { jsonObject(token.payload) }

    /** The JOSE header, parsed on first use. */
    public val header: JsonObject by lazy(LazyThreadSafetyMode.PUBLICATION) { jsonObject(token.signature.header) }

    /** The JOSE header as JSON text. */
    public val headerJson: String get() = token.signature.header

    /**
     * Decodes the claims as your own type, ignoring claims that it does not have.
     *
     * @throws VerificationException [MissingClaimException] or [InvalidClaimException], with the outermost
     *   claim at fault, if the claims do not match the type.
     */
    public fun <T> into(serializer: KSerializer<T>): T = decodeClaims(payload, serializer)

    /** Decodes the claims as your own type: `token.into<MyClaims>()`. */
    @JvmSynthetic
    public inline fun <reified T> into(): T = into(serializer<T>())

    /** Returns whether the token grants all of these scopes; false for an empty list, which demands nothing. */
    public fun hasScopes(vararg scopes: String): Boolean =
        scopes.isNotEmpty() && this.scopes.containsAll(scopes.asList())

    /**
     * Refuses a token that does not grant all of these scopes.
     *
     * @throws InsufficientScopeException (403)
     * @throws InvalidDemandException if the list is empty or a name is blank.
     */
    public fun requireScopes(vararg scopes: String): Unit = Demand.allScopes(*scopes).check(this)

    /**
     * Refuses a token that grants none of these scopes.
     *
     * @throws InsufficientScopeException (403)
     * @throws InvalidDemandException if the list is empty or a name is blank.
     */
    public fun requireAnyScope(vararg scopes: String): Unit = Demand.anyScope(*scopes).check(this)

    /**
     * Returns the roles in the claim at [path], a path with dots: `realm_access.roles`. The claim is an
     * array of strings, or one string; a claim of another type grants nothing.
     */
    public fun roles(path: String): List<String> = roles(path.split('.'))

    /** Returns the roles in the claim at [path], from the outermost name inwards. */
    public fun roles(path: List<String>): List<String> =
        if (path.any { it.hasLoneSurrogate() }) emptyList() else dev.verijot.ffi.roles(payload, path)

    /**
     * Refuses a token that does not grant all of these roles in the claim at [path].
     *
     * @throws InsufficientScopeException (403)
     * @throws InvalidDemandException if the list is empty or a name is blank.
     */
    public fun requireRoles(
        path: String,
        vararg roles: String,
    ): Unit = Demand.allRoles(path, *roles).check(this)

    /**
     * Refuses a token that grants none of these roles in the claim at [path].
     *
     * @throws InsufficientScopeException (403)
     * @throws InvalidDemandException if the list is empty or a name is blank.
     */
    public fun requireAnyRole(
        path: String,
        vararg roles: String,
    ): Unit = Demand.anyRole(path, *roles).check(this)

    override fun toString(): String = "VerifiedToken($algorithm)"
}

/** A JWS with a verified signature. Its payload is not checked. */
public class VerifiedJws internal constructor(
    private val signature: VerifiedSignature,
    private val octets: ByteArray,
) {
    /** The algorithm's name. */
    public val algorithm: String get() = signature.algorithm

    /** The `kid` of the header or, if that has none, of the key. */
    public val keyId: String? get() = signature.keyId

    /** The `typ` header. */
    public val type: String? get() = signature.tokenType

    /** The `cty` header. */
    public val contentType: String? get() = signature.contentType

    /** The payload exactly as it was signed. */
    public val payload: ByteArray get() = octets.clone()

    /** The JOSE header, parsed on first use. */
    public val header: JsonObject by lazy(LazyThreadSafetyMode.PUBLICATION) { jsonObject(signature.header) }

    override fun toString(): String = "VerifiedJws($algorithm)"

    internal companion object {
        fun of(verdict: dev.verijot.ffi.JwsVerdict): VerifiedJws =
            when (verdict) {
                is dev.verijot.ffi.JwsVerdict.Accepted -> VerifiedJws(verdict.signature, verdict.payload)
                is dev.verijot.ffi.JwsVerdict.Refused -> throw VerificationException.of(verdict.refusal)
            }
    }
}

private fun jsonObject(text: String): JsonObject = Json.decodeFromString(JsonObject.serializer(), text)
