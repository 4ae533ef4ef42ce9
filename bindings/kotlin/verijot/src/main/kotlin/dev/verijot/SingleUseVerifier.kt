package dev.verijot

import dev.verijot.internal.Admission
import dev.verijot.internal.Answers
import dev.verijot.internal.Checked
import dev.verijot.internal.CoreProfile
import java.time.Instant

/**
 * Verifies tokens that may be presented once: logout tokens with a [LogoutTokenVerifier], Security Event Tokens with a
 * [SecurityEventVerifier].
 */
public abstract class SingleUseVerifier<T> internal constructor(
    private val profile: CoreProfile,
    private val result: (Checked) -> T,
) : AutoCloseable {
    private val answers = Answers()

    /**
     * Verifies a token, and refuses one that the window knows with `replayed`.
     *
     * @throws VerificationException if the token is refused.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        keys: JwkSet,
        window: ReplayWindow,
        now: Instant = Instant.now(),
    ): T = verified(token, keys, now, window.admission)

    /**
     * Verifies a token with the keys of a client, whose own verifier is not used.
     *
     * @param now the time to verify at; null for the client's clock.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        client: JwksClient,
        window: ReplayWindow,
        now: Instant? = null,
    ): T = verified(token, client, now, window.admission)

    /**
     * Verifies a token, and refuses one that the store knows with `replayed`.
     *
     * @throws VerificationException if the token is refused.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        keys: JwkSet,
        store: ReplayStore,
        now: Instant = Instant.now(),
    ): T = verified(token, keys, now, store.admission(answers))

    /**
     * Verifies a token with the keys of a client, whose own verifier is not used, and a store.
     *
     * @param now the time to verify at; null for the client's clock.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        client: JwksClient,
        store: ReplayStore,
        now: Instant? = null,
    ): T = verified(token, client, now, store.admission(answers))

    /** Verifies a token that may have been presented before. */
    @JvmOverloads
    public fun verifyWithoutReplayCheck(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): T = verified(token, keys, now, null)

    /** Verifies a token and returns the outcome of each check but that of a window. Safe to log. */
    @JvmOverloads
    public fun explain(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): Explanation = profile.explain(token, keys, NOTHING, now)

    /** Frees the memory outside the heap when the last running verification ends. */
    override fun close() {
        profile.close()
    }

    private fun verified(
        token: String,
        keys: JwkSet,
        now: Instant,
        admission: Admission?,
    ): T = result(profile.verify(token, keys, NOTHING, now, admission))

    private fun verified(
        token: String,
        client: JwksClient,
        now: Instant?,
        admission: Admission?,
    ): T = result(profile.verify(token, client, NOTHING, now, admission))
}

private const val NOTHING = "{}"
