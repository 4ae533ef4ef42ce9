package dev.verijot

import dev.verijot.internal.CallerChecks
import dev.verijot.internal.CoreVerifier
import dev.verijot.internal.decodeClaims
import dev.verijot.internal.moment
import dev.verijot.internal.tokenOctets
import kotlinx.serialization.KSerializer
import kotlinx.serialization.serializer
import java.time.Instant

/**
 * Verifies JSON Web Tokens against one policy. Make it once: it is immutable, and threads can share it.
 *
 * ```
 * val verifier = Verifier(issuer = "https://issuer.example", audience = "https://api.example")
 * val token = verifier.verify(raw, keys)
 * ```
 *
 * Its memory is outside the heap. [close] frees it, or the garbage collector.
 */
public class Verifier private constructor(
    internal val core: CoreVerifier,
    internal val caller: CallerChecks?,
) : AutoCloseable {
    /**
     * Makes a verifier for a policy.
     *
     * @param policy the rules that tokens must satisfy.
     * @throws InvalidPolicyException if the policy makes no sense.
     */
    public constructor(policy: Policy) : this(CoreVerifier(policy.verifier()), policy.caller)

    /**
     * Makes a verifier for the tokens of one issuer for one audience.
     *
     * @param issuer what `iss` must be; null to accept any.
     * @param audience what `aud` must contain; null to accept any.
     * @param configure sets everything else in the policy.
     * @throws InvalidPolicyException if the policy makes no sense.
     */
    @JvmOverloads
    public constructor(
        issuer: String?,
        audience: String?,
        configure: Policy.Builder.() -> Unit = {},
    ) : this(Policy.of(issuer, audience, configure))

    /**
     * Verifies a token in compact serialization.
     *
     * @param token the token; a string of any content and length.
     * @param keys the keys of the issuer.
     * @param now the time to verify `exp`, `nbf` and `iat` at.
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
     * Verifies a token and decodes its claims as your own type.
     *
     * @param serializer decodes the claims, ignoring those that it does not know.
     * @throws VerificationException like the other `verify`, and [MissingClaimException] or
     *   [InvalidClaimException] with the outermost claim at fault if the claims do not match the type.
     */
    @JvmOverloads
    public fun <T> verify(
        token: String,
        keys: JwkSet,
        serializer: KSerializer<T>,
        now: Instant = Instant.now(),
    ): T = decodeClaims(verify(token, keys, now).payload, serializer)

    /**
     * Verifies a token and decodes its claims as your own type:
     * `verifier.verify<MyClaims>(raw, keys)`.
     *
     * @throws VerificationException like the other `verify`, and [MissingClaimException] or
     *   [InvalidClaimException] with the outermost claim at fault if the claims do not match the type.
     */
    @JvmSynthetic
    public inline fun <reified T> verify(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): T = verify(token, keys, serializer<T>(), now)

    /**
     * Verifies a token as [verify] does, and returns the outcome as a value. Without an exception a refusal
     * is cheaper.
     */
    @JvmOverloads
    public fun verdict(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): Verdict = verdict(token.tokenOctets(), keys, now)

    /** Verifies a token given as octets. */
    @JvmOverloads
    public fun verdict(
        token: ByteArray,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): Verdict = askCaller(Verdict.of(core.verify(keys.core, token, now)))

    /**
     * Verifies only header and signature of a JWS in compact serialization. The payload can be anything and
     * is not checked.
     *
     * @throws VerificationException if the token is refused.
     */
    public fun verifyJws(
        token: String,
        keys: JwkSet,
    ): VerifiedJws = verifyJws(token.tokenOctets(), keys)

    /** Verifies header and signature of a JWS given as octets. */
    public fun verifyJws(
        token: ByteArray,
        keys: JwkSet,
    ): VerifiedJws =
        VerifiedJws.of(
            core.handle.use { verifier -> keys.core.handle.use { verifier.verifyJws(token, it) } },
        )

    /**
     * Verifies a token and returns the outcome of each check. The result contains no token, key or secret and
     * is safe to log.
     */
    @JvmOverloads
    public fun explain(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): Explanation = explain(token.tokenOctets(), keys, now)

    /** Explains the verification of a token given as octets. */
    @JvmOverloads
    public fun explain(
        token: ByteArray,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): Explanation =
        Explanation.of(
            core.handle.use { verifier -> keys.core.handle.use { verifier.explain(token, it, now.moment()) } },
            caller,
            core,
        )

    /** Frees the memory outside the heap when the last running verification ends. */
    override fun close() {
        core.handle.close()
    }

    /** Asks what only the caller knows of an accepted token; [check] comes before the question about revocation. */
    internal fun askCaller(
        verdict: Verdict,
        check: (VerifiedToken) -> Unit = {},
    ): Verdict {
        if (caller != null) return caller.apply(verdict, core, check)
        verdict.token?.let(check)
        return verdict
    }

    internal companion object {
        /** Not a constructor, which Java would see beside the public one of two strings. */
        fun of(
            core: CoreVerifier,
            caller: CallerChecks?,
        ) = Verifier(core, caller)
    }
}
