package dev.verijot

import dev.verijot.ffi.Problem
import dev.verijot.ffi.checkUrl
import dev.verijot.internal.HeldTokens
import dev.verijot.internal.HeldTokens.Usable
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.answer
import dev.verijot.internal.hasLoneSurrogate
import java.time.Duration
import java.util.function.ToIntFunction

/**
 * The access token of a client of a service: refreshed before it ends, by one refresh however many
 * requests there are, and once more if it is refused with 401. Make it once and share it between
 * threads and coroutines.
 *
 * ```
 * val session = TokenSession(keeper)
 * session.resume(stored, age = Duration.ofHours(1))
 * val answer = session.execute("https://api.example/notes", { it.statusCode() }) { authorization ->
 *     val request = HttpRequest.newBuilder(URI("https://api.example/notes"))
 *     http.send(request.header("Authorization", authorization).build(), BodyHandlers.ofString())
 * }
 * ```
 *
 * A minute before its end a token is refreshed in the background, and serves on meanwhile, also while
 * refreshes fail. Requests wait for a refresh only once it has ended. A refresh belongs to nobody: a
 * thread that is interrupted ends no refresh that others wait for. Should be used for the service that
 * the tokens are for, and for nothing else. Coroutines have `suspending()` in `dev.verijot.coroutines`.
 *
 * @param keeper asks the token endpoint, and stores tokens.
 * @param settings when tokens are refreshed.
 */
public class TokenSession
    @JvmOverloads
    constructor(
        keeper: TokenKeeper,
        settings: RefreshSettings = RefreshSettings.DEFAULT,
    ) {
        internal val held = HeldTokens(keeper, settings)

        /**
         * Takes up tokens from a sign-in, and stores them. A refresh of older ones that is under way
         * will change nothing.
         */
        public fun signIn(tokens: IssuedTokens) {
            val generation = held.signIn(tokens)
            answer { held.stored(generation) }
        }

        /**
         * Takes up tokens from storage, which were issued so long ago.
         *
         * @throws IllegalArgumentException if their age is negative.
         */
        public fun resume(
            tokens: IssuedTokens,
            age: Duration,
        ) {
            require(!age.isNegative) { "a span of time is negative" }
            held.resume(tokens, age)
        }

        /** Forgets the tokens. What has been stored is the caller's to remove. */
        public fun signOut(): Unit = held.signOut()

        /** How the tokens are doing. */
        public fun health(): SessionHealth = held.health()

        /**
         * The value of the header `Authorization` for one request, for callers who do the rest. It goes
         * over https only, or to this very machine.
         *
         * @throws SignInNeededException if there are no tokens, or none that can be refreshed.
         * @throws StorageNeededException if they have to be refreshed, and new ones could not be stored.
         * @throws RefreshUnavailableException if they have ended, and the last refresh failed.
         */
        public fun authorization(): String = usable().use { it.tokens.authorization }

        /**
         * Sends a request with the access token. One that is answered with 401 is sent once more with a
         * new token; if there can be none, or that is refused too, the answer with 401 is given. An
         * answer that is not given is closed, if it can be.
         *
         * @param url where the request goes: over https, or to this very machine.
         * @param status the HTTP status of an answer.
         * @param request sends it. What it throws is thrown here.
         * @throws UnsafeUrlException if tokens are not sent there.
         * @throws AccessTokenException as [authorization] does.
         */
        @Throws(Exception::class)
        public fun <R> execute(
            url: String,
            status: ToIntFunction<R>,
            request: AuthorizedRequest<R>,
        ): R {
            checkTokenUrl(url)
            usable().use { first ->
                val answer = request.send(first.tokens.authorization)
                if (status.applyAsInt(answer) != UNAUTHORIZED) return answer
                val second = answer { held.tokens(first.attempt) } ?: return answer
                (answer as? AutoCloseable)?.close()
                return second.use { request.send(it.tokens.authorization) }
            }
        }

        /** How the tokens are doing; it shows none. */
        override fun toString(): String = "TokenSession(${health()})"

        private fun usable(): Usable = answer { held.tokens() } ?: throw SignInNeededException()
    }

/** A request that can be sent twice. */
public fun interface AuthorizedRequest<R> {
    /**
     * Sends it.
     *
     * @param authorization the value of the header `Authorization`.
     */
    @Throws(Exception::class)
    public fun send(authorization: String): R
}

internal fun checkTokenUrl(url: String) {
    if (url.hasLoneSurrogate()) throw UnsafeUrlException(LONE_SURROGATE)
    try {
        checkUrl(url)
    } catch (problem: Problem.Location) {
        throw UnsafeUrlException(problem.detail)
    }
}

internal const val UNAUTHORIZED = 401
