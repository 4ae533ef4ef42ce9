package dev.verijot

import dev.verijot.ffi.GuardRules
import dev.verijot.ffi.GuardedToken
import dev.verijot.ffi.Problem
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.hasLoneSurrogate
import dev.verijot.ffi.TokenPlace as Place

/**
 * Lets requests in that carry a good token which grants what is demanded, and knows the whole answer
 * to every other one. It fits every framework: header values in, a token or an answer out.
 *
 * ```
 * val guard = Guard(Demand.allScopes("notes:read"))
 * val token = guard.admit(request.headers.getAll(guard.headerName).orEmpty(), client)
 * ```
 *
 * @param demand what the token must grant; null for a good token.
 * @param place where the token is.
 * @param isOptional whether a request without any such header or cookie is let in. It cannot go with a
 *   demand.
 * @param realm the protected space, for challenges.
 * @throws InvalidDemandException if it is optional and demands something.
 */
public class Guard
    @JvmOverloads
    constructor(
        demand: Demand? = null,
        place: TokenPlace = TokenPlace.AUTHORIZATION,
        isOptional: Boolean = false,
        realm: String? = null,
    ) {
        private val rules = GuardRules(demand?.document, place.ffi, isOptional, realm?.let(::text))
        private val demand: Demand? = demand

        /** The header whose values are to be handed over, in lower case. */
        public val headerName: String = header(rules)

        /**
         * The token in the values of every line of the header; null only if the guard is optional and
         * the request has none. It has not been verified.
         *
         * @throws MissingTokenException if there is none.
         * @throws MalformedAuthorizationException if there is not exactly one.
         */
        public fun token(values: List<String>): String? {
            // A lone surrogate becomes a question mark, which no token has.
            val texts = values.map { it.toByteArray(Charsets.UTF_8).toString(Charsets.UTF_8) }
            return when (val found = dev.verijot.ffi.guardedToken(rules, texts)) {
                is GuardedToken.Found -> found.token
                is GuardedToken.Nobody -> null
                is GuardedToken.Refused -> throw VerificationException.of(found.refusal)
            }
        }

        /**
         * The verified token of a request whose header [headerName] has these values; null only if the
         * guard is optional and the request has none.
         *
         * @throws VerificationException if the request is refused; [answer] says with what.
         */
        public fun admit(
            values: List<String>,
            client: JwksClient,
        ): VerifiedToken? = token(values)?.let { client.admit(it, ::check) }

        /**
         * The same as a value.
         *
         * @return the token, nobody, or the whole answer.
         */
        public fun decide(
            values: List<String>,
            client: JwksClient,
        ): Admission =
            try {
                Admission.Admitted(admit(values, client))
            } catch (refused: VerificationException) {
                Admission.Refused(answer(refused), refused)
            }

        /**
         * Refuses a token that does not grant what is demanded.
         *
         * @throws InsufficientScopeException (403)
         */
        public fun check(token: VerifiedToken) {
            demand?.check(token)
        }

        /** The whole answer to a request that is refused. */
        public fun answer(refused: VerificationException): Answer =
            Answer(dev.verijot.ffi.guardAnswer(rules, refused.toRefusal()))
    }

/** Where a request carries its token: exactly one, in exactly one such header or cookie. */
public class TokenPlace private constructor(
    internal val ffi: Place,
) {
    override fun toString(): String = ffi.toString()

    public companion object {
        /** The Authorization header with the scheme `Bearer`. */
        @JvmField
        public val AUTHORIZATION: TokenPlace = TokenPlace(Place.Authorization)

        /**
         * A header whose value is the token and nothing else.
         *
         * @throws InvalidDemandException if there can be no such header.
         */
        @JvmStatic
        public fun header(name: String): TokenPlace = of(Place.Header(text(name)))

        /**
         * A cookie whose value is the token.
         *
         * @throws InvalidDemandException if there can be no such cookie.
         */
        @JvmStatic
        public fun cookie(name: String): TokenPlace = of(Place.Cookie(text(name)))

        private fun of(place: Place): TokenPlace {
            header(GuardRules(null, place, false, null))
            return TokenPlace(place)
        }
    }
}

/** What a guard has decided. */
public sealed interface Admission {
    /** The request is let in. */
    public class Admitted internal constructor(
        /** Its token; null if the guard is optional and it has none. */
        public val token: VerifiedToken?,
    ) : Admission

    /** The request is refused. */
    public class Refused internal constructor(
        /** What to answer. */
        public val answer: Answer,
        /** Why. */
        public val cause: VerificationException,
    ) : Admission
}

/** The whole answer to a request that is refused. */
public class Answer internal constructor(
    private val answer: dev.verijot.ffi.Answer,
) {
    /** 401, 403 or 503. */
    public val status: Int get() = answer.status.toInt()

    /** Each header once, with its value: Content-Type and Cache-Control among them. */
    public val headers: Map<String, String> get() = answer.headers.associate { it.name to it.value }

    /** JSON that names the code: `{"detail":"expired"}`. */
    public val body: String get() = answer.body

    /** The code to close a WebSocket with. */
    public val webSocketCloseCode: Int get() = answer.websocketCloseCode.toInt()

    override fun equals(other: Any?): Boolean = other is Answer && answer == other.answer

    override fun hashCode(): Int = answer.hashCode()

    override fun toString(): String = "$status $body"
}

private fun header(rules: GuardRules): String {
    NativeLibrary.isDirect
    return try {
        dev.verijot.ffi.guardedHeader(rules)
    } catch (problem: Problem) {
        throw InvalidDemandException.of(problem)
    }
}

private fun text(value: String): String =
    if (value.hasLoneSurrogate()) throw InvalidDemandException(LONE_SURROGATE) else value
