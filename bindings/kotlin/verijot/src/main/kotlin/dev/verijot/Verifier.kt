package dev.verijot

import dev.verijot.internal.CoreVerifier
import dev.verijot.internal.claimsInto
import dev.verijot.internal.moment
import dev.verijot.internal.tokenOctets
import kotlinx.serialization.KSerializer
import kotlinx.serialization.serializer
import java.time.Instant

/**
 * Verifies JSON Web Tokens against one policy. Make it once: it is immutable and can be shared
 * between threads.
 *
 * ```
 * val verifier = Verifier(issuer = "https://issuer.example", audience = "https://api.example")
 * val token = verifier.verify(raw, keys)
 * ```
 *
 * Its memory is outside the heap and is freed by [close], or once nobody refers to it any more.
 *
 * @param policy what is demanded of a token.
 * @throws InvalidPolicyException if the policy makes no sense.
 */
public class Verifier(
    policy: Policy,
) : AutoCloseable {
    internal val core: CoreVerifier = CoreVerifier(policy.verifier())
    internal val revocation: RevocationCheck? = policy.revocation

    /**
     * A verifier for the tokens of one issuer to one audience.
     *
     * @param issuer what `iss` must be; null waives the check.
     * @param audience what must be in `aud`; null waives the check.
     * @param further what else is demanded.
     * @throws InvalidPolicyException if the policy makes no sense.
     */
    @JvmOverloads
    public constructor(
        issuer: String?,
        audience: String?,
        further: Policy.Builder.() -> Unit = {},
    ) : this(Policy.of(issuer, audience, further))

    /**
     * Verifies a token in compact serialization.
     *
     * @param token the token; a string of any content and length.
     * @param keys the keys of the issuer.
     * @param now the time to judge `exp`, `nbf` and `iat` by.
     * @throws VerificationException if the token is refused; its class and its `code` say why.
     * @throws IllegalStateException if the verifier or the set has been closed.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): VerifiedToken = verdict(token, keys, now).orThrow()

    /**
     * Verifies a token and reads its claims as a type of yours.
     *
     * @param serializer what reads the claims from the payload; claims that it does not know are
     *   passed over.
     * @throws VerificationException as the other `verify`, and [MissingClaimException] or
     *   [InvalidClaimException] with the outermost claim at fault if the claims do not fit the type.
     */
    @JvmOverloads
    public fun <T> verify(
        token: String,
        keys: JwkSet,
        serializer: KSerializer<T>,
        now: Instant = Instant.now(),
    ): T = claimsInto(verify(token, keys, now).payload, serializer)

    /**
     * Verifies a token and reads its claims as a type of yours:
     * `verifier.verify<MyClaims>(raw, keys)`.
     *
     * @throws VerificationException as the other `verify`, and [MissingClaimException] or
     *   [InvalidClaimException] with the outermost claim at fault if the claims do not fit the type.
     */
    @JvmSynthetic
    public inline fun <reified T> verify(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): T = verify(token, keys, serializer<T>(), now)

    /**
     * Verifies a token as [verify] does, and gives the outcome as a value: without an exception a
     * refusal costs less.
     */
    @JvmOverloads
    public fun verdict(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): Verdict = verdict(token.tokenOctets(), keys, now)

    /** The same for the octets of a token. */
    @JvmOverloads
    public fun verdict(
        token: ByteArray,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): Verdict = Verdict.of(core.verify(keys.core, token, now), revocation)

    /**
     * Verifies only the signature and the header of a JWS in compact serialization: the payload can
     * be anything, and nobody has looked at it.
     *
     * @throws VerificationException if the token is refused.
     */
    public fun verifyJws(
        token: String,
        keys: JwkSet,
    ): VerifiedJws = verifyJws(token.tokenOctets(), keys)

    /** The same for the octets of a token. */
    public fun verifyJws(
        token: ByteArray,
        keys: JwkSet,
    ): VerifiedJws =
        VerifiedJws.of(
            core.held.use { verifier -> keys.core.held.use { verifier.verifyJws(token, it) } },
        )

    /**
     * Verifies as [verify] does and says what became of each check. It holds no token, key or secret
     * and can be logged.
     */
    @JvmOverloads
    public fun explain(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): Explanation = explain(token.tokenOctets(), keys, now)

    /** The same for the octets of a token. */
    @JvmOverloads
    public fun explain(
        token: ByteArray,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): Explanation =
        Explanation.of(
            core.held.use { verifier -> keys.core.held.use { verifier.explain(token, it, now.moment()) } },
            revocation,
        )

    /** Frees the memory outside the heap, once every verification that is under way has ended. */
    override fun close() {
        core.held.close()
    }
}
