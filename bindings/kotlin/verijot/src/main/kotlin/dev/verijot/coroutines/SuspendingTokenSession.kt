package dev.verijot.coroutines

import dev.verijot.AccessTokenException
import dev.verijot.IssuedTokens
import dev.verijot.RefreshSettings
import dev.verijot.SignInNeededException
import dev.verijot.TokenKeeper
import dev.verijot.TokenSession
import dev.verijot.UNAUTHORIZED
import dev.verijot.checkTokenUrl
import dev.verijot.closingIfItFails
import dev.verijot.internal.SessionTokens.Usable
import kotlinx.coroutines.runBlocking

/**
 * A [TokenSession] for coroutines: callers that wait for a refresh are suspended instead of blocked. It shares
 * the tokens of the session it was made from. Needs `kotlinx-coroutines-core`.
 *
 * ```
 * val session = SuspendingTokenSession(keeper)
 * val answer = session.execute("https://api.example/notes", { it.status.value }) { authorization ->
 *     http.get("https://api.example/notes") { header("Authorization", authorization) }
 * }
 * ```
 *
 * Cancelling a waiting coroutine does not stop the refresh that others wait for.
 */
public class SuspendingTokenSession internal constructor(
    /** The session that it was made from. */
    public val session: TokenSession,
) {
    /**
     * Makes a session with a suspending keeper.
     *
     * @param keeper makes the requests to the token endpoint, and stores tokens.
     * @param settings when tokens are refreshed.
     */
    public constructor(
        keeper: SuspendingTokenKeeper,
        settings: RefreshSettings = RefreshSettings.DEFAULT,
    ) : this(TokenSession(Blocking(keeper), settings))

    /**
     * Takes the tokens of a sign-in, and stores them, as [TokenSession.signIn] does. They are stored even if
     * this coroutine is cancelled.
     */
    public suspend fun signIn(tokens: IssuedTokens) {
        val generation = session.tokens.signIn(tokens)
        awaitReady { session.tokens.stored(generation) }
    }

    /**
     * Returns the value of the `Authorization` header for one request. Send it over https only, or to this
     * machine.
     *
     * @throws AccessTokenException as [TokenSession.authorization] does.
     */
    public suspend fun authorization(): String = usable().use { it.tokens.authorization }

    /**
     * Sends a request with the access token, and again after a response with 401, as [TokenSession.execute]
     * does.
     *
     * @param url where the request goes: over https, or to this machine.
     * @param status returns the HTTP status of a response.
     * @param request sends the request. Its exceptions are passed on.
     * @throws AccessTokenException as [TokenSession.execute] does.
     */
    public suspend fun <R> execute(
        url: String,
        status: (R) -> Int,
        request: suspend (authorization: String) -> R,
    ): R {
        checkTokenUrl(url)
        usable().use { first ->
            val answer = request(first.tokens.authorization)
            val second =
                closingIfItFails(answer) {
                    if (status(answer) != UNAUTHORIZED) return answer
                    awaitReady { session.tokens.usable(first.attempt) } ?: return answer
                }
            return second.use {
                (answer as? AutoCloseable)?.close()
                request(it.tokens.authorization)
            }
        }
    }

    override fun toString(): String = "Suspending$session"

    private suspend fun usable(): Usable = awaitReady { session.tokens.usable() } ?: throw SignInNeededException()
}

/** Returns this session for coroutines. */
@JvmSynthetic
public fun TokenSession.suspending(): SuspendingTokenSession = SuspendingTokenSession(this)

/**
 * A [TokenKeeper] with suspending functions. Each refresh runs them in a thread of its own, and cancels them if
 * they take too long.
 */
public interface SuspendingTokenKeeper {
    /**
     * Makes one request to the token endpoint, as [TokenKeeper.refresh] does.
     *
     * @throws dev.verijot.RefreshFailedException for a response without tokens.
     */
    public suspend fun refresh(refreshToken: String): IssuedTokens

    /** Stores new tokens, as [TokenKeeper.store] does. */
    public suspend fun store(tokens: IssuedTokens)

    /** Returns whether tokens could be stored now, as [TokenKeeper.canStore] does. */
    public fun canStore(): Boolean = true
}

/** Runs the coroutines of a keeper; interrupting the thread cancels them. */
private class Blocking(
    private val keeper: SuspendingTokenKeeper,
) : TokenKeeper {
    override fun refresh(refreshToken: String): IssuedTokens = runBlocking { keeper.refresh(refreshToken) }

    override fun store(tokens: IssuedTokens) = runBlocking { keeper.store(tokens) }

    override fun canStore(): Boolean = keeper.canStore()
}
