package dev.verijot.coroutines

import dev.verijot.AccessTokenException
import dev.verijot.IssuedTokens
import dev.verijot.RefreshSettings
import dev.verijot.SignInNeededException
import dev.verijot.TokenKeeper
import dev.verijot.TokenSession
import dev.verijot.UNAUTHORIZED
import dev.verijot.checkTokenUrl
import dev.verijot.internal.HeldTokens.Usable
import kotlinx.coroutines.runBlocking

/**
 * A [TokenSession] for coroutines: a caller that waits for a refresh is suspended instead of blocked. It has
 * the tokens of the session it was made from. Needs `kotlinx-coroutines-core`.
 *
 * ```
 * val session = SuspendingTokenSession(keeper)
 * val answer = session.execute("https://api.example/notes", { it.status.value }) { authorization ->
 *     http.get("https://api.example/notes") { header("Authorization", authorization) }
 * }
 * ```
 *
 * A refresh belongs to nobody: a coroutine that is cancelled ends no refresh that others wait for.
 */
public class SuspendingTokenSession internal constructor(
    /** The session whose tokens these are. */
    public val session: TokenSession,
) {
    /**
     * A session of its own.
     *
     * @param keeper asks the token endpoint, and stores tokens.
     * @param settings when tokens are refreshed.
     */
    public constructor(
        keeper: SuspendingTokenKeeper,
        settings: RefreshSettings = RefreshSettings.DEFAULT,
    ) : this(TokenSession(Blocking(keeper), settings))

    /**
     * Takes up tokens from a sign-in, and stores them, as [TokenSession.signIn] does. They are stored
     * even if this coroutine is cancelled.
     */
    public suspend fun signIn(tokens: IssuedTokens) {
        val generation = session.held.signIn(tokens)
        answer { session.held.stored(generation) }
    }

    /**
     * The value of the header `Authorization` for one request, for callers who do the rest. It goes
     * over https only, or to this very machine.
     *
     * @throws AccessTokenException as [TokenSession.authorization] does.
     */
    public suspend fun authorization(): String = usable().use { it.tokens.authorization }

    /**
     * Sends a request with the access token, and once more if it is answered with 401, as
     * [TokenSession.execute] does.
     *
     * @param url where the request goes: over https, or to this very machine.
     * @param status the HTTP status of an answer.
     * @param request sends it. What it throws is thrown here.
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
            if (status(answer) != UNAUTHORIZED) return answer
            val second = answer { session.held.tokens(first.attempt) } ?: return answer
            (answer as? AutoCloseable)?.close()
            return second.use { request(it.tokens.authorization) }
        }
    }

    override fun toString(): String = "Suspending$session"

    private suspend fun usable(): Usable = answer { session.held.tokens() } ?: throw SignInNeededException()
}

/** This session for coroutines. */
@JvmSynthetic
public fun TokenSession.suspending(): SuspendingTokenSession = SuspendingTokenSession(this)

/**
 * A [TokenKeeper] whose functions suspend. They run in a thread that is there for one refresh, and are
 * cancelled when they take too long.
 */
public interface SuspendingTokenKeeper {
    /**
     * Asks the token endpoint once, as [TokenKeeper.refresh] does.
     *
     * @throws dev.verijot.RefreshFailedException for an answer without tokens.
     */
    public suspend fun refresh(refreshToken: String): IssuedTokens

    /** Keeps new tokens, as [TokenKeeper.store] does. */
    public suspend fun store(tokens: IssuedTokens)

    /** Whether tokens could be stored now, as [TokenKeeper.canStore] says it. */
    public fun canStore(): Boolean = true
}

/** An interruption of the thread cancels the coroutine. */
private class Blocking(
    private val keeper: SuspendingTokenKeeper,
) : TokenKeeper {
    override fun refresh(refreshToken: String): IssuedTokens = runBlocking { keeper.refresh(refreshToken) }

    override fun store(tokens: IssuedTokens) = runBlocking { keeper.store(tokens) }

    override fun canStore(): Boolean = keeper.canStore()
}
