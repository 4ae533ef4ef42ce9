package dev.verijot.coroutines

import dev.verijot.Guard
import dev.verijot.JwksClient
import dev.verijot.KeySource
import dev.verijot.Revocation
import dev.verijot.Verdict
import dev.verijot.VerificationException
import dev.verijot.VerifiedToken
import dev.verijot.internal.tokenOctets
import dev.verijot.unless
import dev.verijot.unlessRevoked
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.runInterruptible
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.KSerializer
import kotlinx.serialization.serializer
import java.time.Duration
import java.time.Instant

/**
 * A [JwksClient] for coroutines: a caller that waits for keys is suspended instead of blocked. It has the
 * keys of the client it was made from. Needs `kotlinx-coroutines-core`.
 *
 * ```
 * val client = JwksClient.fromIssuer("https://issuer.example", audience = null).suspending()
 * val token = client.verify(raw)
 * ```
 */
public class SuspendingJwksClient internal constructor(
    /** The client whose keys these are. */
    public val client: JwksClient,
    private val revoked: (suspend (VerifiedToken) -> Revocation)?,
    private val revocationTimeout: Duration,
) {
    /**
     * Verifies a token as [JwksClient.verify] does.
     *
     * @throws VerificationException if the token is refused.
     */
    public suspend fun verify(
        token: String,
        now: Instant? = null,
    ): VerifiedToken = verdict(token, now).orThrow()

    /**
     * Verifies a token and reads its claims as a type of yours.
     *
     * @throws VerificationException if the token is refused, or its claims do not fit the type.
     */
    public suspend fun <T> verify(
        token: String,
        serializer: KSerializer<T>,
        now: Instant? = null,
    ): T = verify(token, now).into(serializer)

    /** The same as `client.verify<MyClaims>(raw)`. */
    @JvmSynthetic
    @JvmName("verifyInto")
    public suspend inline fun <reified T> verify(
        token: String,
        now: Instant? = null,
    ): T = verify(token, serializer<T>(), now)

    /** Verifies a token as [verify] does, and gives the outcome as a value. */
    public suspend fun verdict(
        token: String,
        now: Instant? = null,
    ): Verdict = unlessRevoked(unrevoked(token, now))

    /**
     * Waits until there are keys, for a service that wants them before its first request.
     *
     * @throws dev.verijot.KeysUnavailableException if the issuer cannot be asked.
     */
    public suspend fun prepare() {
        val keys = (client.source as? KeySource.Fetched ?: return).keys
        val asked = keys.monotonic()
        val refusal = answer { keys.prepare(asked) }
        if (refusal != null) throw VerificationException.of(refusal)
    }

    /**
     * Fetches the issuer's present keys as [JwksClient.refreshNow] does.
     *
     * @throws dev.verijot.KeysUnavailableException if the fetch fails, or if the issuer was asked so
     *   recently that it is not asked now.
     */
    public suspend fun refreshNow() {
        val keys = (client.source as? KeySource.Fetched ?: return).keys
        val asked = keys.monotonic()
        val refusal = answer { keys.refreshNow(asked) }
        if (refusal != null) throw VerificationException.of(refusal)
    }

    override fun toString(): String = "Suspending$client"

    /** Verifies a token, and asks about its revocation only if it has passed [check]. */
    internal suspend fun admit(
        token: String,
        check: (VerifiedToken) -> Unit,
    ): VerifiedToken {
        val verdict = unrevoked(token, null)
        if (verdict is Verdict.Accepted) check(verdict.token)
        return unlessRevoked(verdict).orThrow()
    }

    private suspend fun unrevoked(
        token: String,
        now: Instant?,
    ): Verdict {
        val octets = token.tokenOctets()
        val verifier = client.verifier
        val verdict =
            when (val source = client.source) {
                is KeySource.Held -> {
                    verifier.core.verify(source.keys.core, octets, now ?: client.now())
                }

                is KeySource.Fetched -> {
                    val asked = source.keys.monotonic()
                    answer { source.keys.verify(verifier.core, octets, asked, now) }
                }
            }
        return Verdict.of(verdict)
    }

    private suspend fun unlessRevoked(verdict: Verdict): Verdict {
        val check = client.verifier.revocation
        // A check that blocks does so in a thread that is there for it.
        val checked =
            if (check == null || verdict !is Verdict.Accepted) {
                verdict
            } else {
                runInterruptible(Dispatchers.IO) { verdict.unlessRevoked(check) }
            }
        if (revoked == null || checked !is Verdict.Accepted) return checked
        return checked.unless(answerOf(revoked, checked.token))
    }

    private suspend fun answerOf(
        check: suspend (VerifiedToken) -> Revocation,
        token: VerifiedToken,
    ): Revocation? =
        try {
            withTimeoutOrNull(revocationTimeout.toMillis()) { check(token) }
        } catch (_: CancellationException) {
            // Either the request is cancelled, or only the check was.
            currentCoroutineContext().ensureActive()
            null
        } catch (_: Exception) {
            null
        }
}

/**
 * This client for coroutines.
 *
 * @param revoked says whether a token has been revoked; asked last, after the check of the policy if
 *   it has one. An exception, or no answer in time, refuses the token with `revocation_unavailable`.
 * @param revocationTimeout how long to wait for its answer.
 */
@JvmSynthetic
public fun JwksClient.suspending(
    revocationTimeout: Duration = Duration.ofSeconds(2),
    revoked: (suspend (VerifiedToken) -> Revocation)? = null,
): SuspendingJwksClient = SuspendingJwksClient(this, revoked, revocationTimeout)

/**
 * The verified token of a request whose header [Guard.headerName] has these values; null only if the
 * guard is optional and the request has none.
 *
 * @throws VerificationException if the request is refused; [Guard.answer] says with what.
 */
public suspend fun Guard.admit(
    values: List<String>,
    client: SuspendingJwksClient,
): VerifiedToken? = token(values)?.let { client.admit(it, ::check) }
