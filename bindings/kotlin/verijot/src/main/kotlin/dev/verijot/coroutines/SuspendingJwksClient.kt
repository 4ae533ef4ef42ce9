package dev.verijot.coroutines

import dev.verijot.Guard
import dev.verijot.JwksClient
import dev.verijot.Revocation
import dev.verijot.Verdict
import dev.verijot.VerificationException
import dev.verijot.VerifiedToken
import dev.verijot.defaultRevocationTimeout
import dev.verijot.internal.Answers
import dev.verijot.internal.ClientKeys
import dev.verijot.internal.tokenOctets
import dev.verijot.notNegative
import dev.verijot.unlessRevoked
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.runInterruptible
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.KSerializer
import kotlinx.serialization.serializer
import java.time.Duration
import java.time.Instant
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.time.toKotlinDuration

/**
 * A [JwksClient] for coroutines: callers that wait for keys are suspended instead of blocked. It shares the
 * keys of the client it was made from. Needs `kotlinx-coroutines-core`.
 *
 * ```
 * val client = JwksClient.fromIssuer("https://issuer.example", audience = null).suspending()
 * val token = client.verify(raw)
 * ```
 */
public class SuspendingJwksClient internal constructor(
    /** The client that it was made from. */
    public val client: JwksClient,
    private val revoked: (suspend (VerifiedToken) -> Revocation)?,
    private val revocationTimeout: Duration,
) {
    private val answers = Answers()

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
     * Verifies a token and decodes its claims as your own type.
     *
     * @throws VerificationException if the token is refused, or its claims do not match the type.
     */
    public suspend fun <T> verify(
        token: String,
        serializer: KSerializer<T>,
        now: Instant? = null,
    ): T = verify(token, now).into(serializer)

    /** Verifies a token and decodes its claims as your own type: `client.verify<MyClaims>(raw)`. */
    @JvmSynthetic
    @JvmName("verifyInto")
    public suspend inline fun <reified T> verify(
        token: String,
        now: Instant? = null,
    ): T = verify(token, serializer<T>(), now)

    /** Verifies a token as [verify] does, and returns the outcome as a value. */
    public suspend fun verdict(
        token: String,
        now: Instant? = null,
    ): Verdict = askCaller(verdictOfCore(token, now))

    /**
     * Waits until there are keys. Call it before a service takes its first request.
     *
     * @throws dev.verijot.KeysUnavailableException if the keys could not be fetched.
     */
    public suspend fun ready() {
        val keys = (client.keys as? ClientKeys.Fetched ?: return).keys
        val requestedAt = keys.monotonic()
        val refusal = awaitReady { keys.ready(requestedAt) }
        if (refusal != null) throw VerificationException.of(refusal)
    }

    /**
     * Fetches the issuer's current keys as [JwksClient.refreshNow] does.
     *
     * @throws dev.verijot.KeysUnavailableException if the fetch fails, or if the last one was too recent.
     */
    public suspend fun refreshNow() {
        val keys = (client.keys as? ClientKeys.Fetched ?: return).keys
        val requestedAt = keys.monotonic()
        val refusal = awaitReady { keys.refreshNow(requestedAt) }
        if (refusal != null) throw VerificationException.of(refusal)
    }

    override fun toString(): String = "Suspending$client"

    internal fun now(): Instant = client.now()

    /** Verifies a token, then asks the caller, and runs [check] before the question about revocation. */
    internal suspend fun admit(
        token: String,
        check: (VerifiedToken) -> Unit,
    ): VerifiedToken = askCaller(verdictOfCore(token, null), check).orThrow()

    /** The core's verdict, before the caller is asked. */
    private suspend fun verdictOfCore(
        token: String,
        now: Instant?,
    ): Verdict {
        val octets = token.tokenOctets()
        val verifier = client.verifier
        val verdict =
            when (val source = client.keys) {
                is ClientKeys.Static -> {
                    verifier.core.verify(source.keys.core, octets, now ?: client.now())
                }

                is ClientKeys.Fetched -> {
                    val requestedAt = source.keys.monotonic()
                    awaitReady { source.keys.verify(verifier.core, octets, requestedAt, now) }
                }
            }
        return Verdict.of(verdict)
    }

    private suspend fun askCaller(
        verdict: Verdict,
        check: (VerifiedToken) -> Unit = {},
    ): Verdict {
        val verifier = client.verifier
        val checked =
            if (verifier.caller == null || verdict !is Verdict.Accepted) {
                verifier.askCaller(verdict, check)
            } else {
                runInterruptible(Dispatchers.IO) { verifier.askCaller(verdict, check) }
            }
        if (revoked == null || checked !is Verdict.Accepted) return checked
        return checked.unlessRevoked(answerOf(revoked, checked.token))
    }

    /** Waits for an answer, at most as long as a check may take, even if it ignores that it is cancelled. */
    private suspend fun answerOf(
        check: suspend (VerifiedToken) -> Revocation,
        token: VerifiedToken,
    ): Revocation? {
        if (answers.isFull) return null
        val answer = CoroutineScope(currentCoroutineContext().minusKey(Job)).async { check(token) }
        val isDecided = AtomicBoolean()
        answer.invokeOnCompletion { answers.ended(isDecided) }
        return try {
            withTimeoutOrNull(revocationTimeout.toKotlinDuration()) { answer.await() }
        } catch (_: CancellationException) {
            // If the caller was cancelled, so is this; otherwise only the check was.
            currentCoroutineContext().ensureActive()
            null
        } catch (_: Exception) {
            null
        } finally {
            answer.cancel()
            answers.givenUp(isDecided)
        }
    }
}

/**
 * Returns this client for coroutines.
 *
 * @param revoked checks whether a token has been revoked. It runs last, after the policy's own checks. An
 *   exception, or no answer in time, refuses the token with `revocation_unavailable`.
 * @param revocationTimeout how long [revoked] may take (2 seconds). While a thousand calls that were given up still run,
 *   nobody is asked.
 * @throws dev.verijot.InvalidPolicyException if the time is negative.
 */
@JvmSynthetic
public fun JwksClient.suspending(
    revocationTimeout: Duration = defaultRevocationTimeout(),
    revoked: (suspend (VerifiedToken) -> Revocation)? = null,
): SuspendingJwksClient = SuspendingJwksClient(this, revoked, notNegative(revocationTimeout))

/**
 * Verifies the token of a request whose header [Guard.headerName] has these values. Returns null only if the
 * guard is optional and the request has no token.
 *
 * @throws VerificationException if the request is refused; [Guard.answer] makes the response.
 */
public suspend fun Guard.admit(
    values: List<String?>,
    client: SuspendingJwksClient,
): VerifiedToken? = token(values)?.let { raw -> client.admit(raw) { check(it, client.now()) } }
