package dev.verijot

import dev.verijot.ffi.Problem
import dev.verijot.ffi.checkUrl
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.SessionTokens
import dev.verijot.internal.SessionTokens.Usable
import dev.verijot.internal.blockUntilReady
import dev.verijot.internal.hasLoneSurrogate
import java.time.Duration
import java.util.function.ToIntFunction

/**
 * Holds a client's access token for a service and refreshes it: before it expires, by one refresh for all
 * requests, and again if it is refused with 401. Make it once and share it between threads and
 * coroutines.
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
 * One minute before a token expires it is refreshed in the background; requests use it meanwhile, also
 * while refreshes fail. Requests wait for a refresh only once it has expired. Interrupting a waiting
 * thread throws an [InterruptedException] there, and does not stop the refresh that others wait for. Use a
 * session only for the service that its tokens are for. For coroutines, see `suspending()` in
 * `dev.verijot.coroutines`.
 *
 * @param keeper makes the requests to the token endpoint, and stores tokens.
 * @param settings when tokens are refreshed.
 */
public class TokenSession
    @JvmOverloads
    constructor(
        keeper: TokenKeeper,
        settings: RefreshSettings = RefreshSettings.DEFAULT,
    ) {
        internal val tokens = SessionTokens(keeper, settings)

        /**
         * Takes the tokens of a sign-in, and stores them. A refresh of older tokens that is still under way
         * has no effect.
         */
        public fun signIn(tokens: IssuedTokens) {
            val generation = this.tokens.signIn(tokens)
            blockUntilReady { this.tokens.stored(generation) }
        }

        /**
         * Takes tokens from storage.
         *
         * @param age how long ago the tokens were issued.
         * @throws IllegalArgumentException if the age is negative.
         */
        public fun resume(
            tokens: IssuedTokens,
            age: Duration,
        ) {
            require(!age.isNegative) { "the age is negative" }
            this.tokens.resume(tokens, age)
        }

        /** Forgets the tokens. It does not remove them from storage. */
        public fun signOut(): Unit = tokens.signOut()

        /** Returns the state of the tokens. */
        public fun health(): SessionHealth = tokens.health()

        /**
         * Returns the value of the `Authorization` header for one request. Send it over https only, or to
         * this machine.
         *
         * @throws SignInNeededException if there are no tokens, or they cannot be refreshed.
         * @throws StorageNeededException if they must be refreshed, but new ones cannot be stored now.
         * @throws RefreshUnavailableException if they have expired, and the last refresh failed.
         */
        public fun authorization(): String = usable().use { it.tokens.authorization }

        /**
         * Sends a request with the access token. After a response with 401 it is sent again, once, with a new
         * token. If there is no new token, or that is refused too, the response with 401 is returned. A
         * response that is not returned, also because of an exception, is closed if it is [AutoCloseable].
         *
         * @param url where the request goes: over https, or to this machine.
         * @param status returns the HTTP status of a response.
         * @param request sends the request. Its exceptions are passed on.
         * @throws UnsafeUrlException if tokens must not be sent to the URL.
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
                val second =
                    closingIfItFails(answer) {
                        if (status.applyAsInt(answer) != UNAUTHORIZED) return answer
                        blockUntilReady { tokens.usable(first.attempt) } ?: return answer
                    }
                return second.use {
                    (answer as? AutoCloseable)?.close()
                    request.send(it.tokens.authorization)
                }
            }
        }

        /** The state of the tokens, without the tokens. */
        override fun toString(): String = "TokenSession(${health()})"

        private fun usable(): Usable = blockUntilReady { tokens.usable() } ?: throw SignInNeededException()
    }

/** Sends a request, twice if need be. */
public fun interface AuthorizedRequest<R> {
    /**
     * Sends the request and returns the response.
     *
     * @param authorization the value of the `Authorization` header.
     */
    @Throws(Exception::class)
    public fun send(authorization: String): R
}

/** Closes a response that is not returned, because what decides about it has failed. */
internal inline fun <T> closingIfItFails(
    answer: Any?,
    decide: () -> T,
): T =
    try {
        decide()
    } catch (failure: Throwable) {
        try {
            (answer as? AutoCloseable)?.close()
        } catch (another: Throwable) {
            failure.addSuppressed(another)
        }
        throw failure
    }

internal fun checkTokenUrl(url: String) {
    if (url.hasLoneSurrogate()) throw UnsafeUrlException(LONE_SURROGATE)
    try {
        checkUrl(url)
    } catch (problem: Problem.Location) {
        throw UnsafeUrlException(problem.text)
    }
}

internal const val UNAUTHORIZED = 401
