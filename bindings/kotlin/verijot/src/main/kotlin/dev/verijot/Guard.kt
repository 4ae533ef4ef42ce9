package dev.verijot

import dev.verijot.ffi.GuardRules
import dev.verijot.ffi.GuardedToken
import dev.verijot.ffi.Problem
import dev.verijot.internal.LONE_SURROGATE
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.hasLoneSurrogate
import java.time.Instant
import dev.verijot.ffi.TokenPlace as Place

/**
 * Admits requests with a valid token that grants what is demanded, and makes the whole response to all
 * others. It works with any framework: header values in, a token or a response out.
 *
 * ```
 * val guard = Guard(Demand.allScopes("notes:read"))
 * val token = guard.admit(request.headers.getAll(guard.headerName).orEmpty(), client)
 * ```
 *
 * @param demand what the token must grant; null if any valid token will do.
 * @param place where requests carry the token.
 * @param isOptional whether to admit requests without any such header or cookie. Not possible together
 *   with a demand.
 * @param realm the protected space, for challenges.
 * @param resourceMetadata the URL of the protected resource's metadata, for challenges (RFC 9728 §5.1); see
 *   [ResourceMetadata.url].
 * @throws InvalidDemandException if the guard is optional and has a demand, or if the URL is not an absolute
 *   one with https, or with http on this machine.
 */
public class Guard
    @JvmOverloads
    constructor(
        demand: Demand? = null,
        place: TokenPlace = TokenPlace.AUTHORIZATION,
        isOptional: Boolean = false,
        realm: String? = null,
        resourceMetadata: String? = null,
    ) {
        private val rules =
            GuardRules(demand?.document, place.ffi, isOptional, realm?.let(::text), resourceMetadata?.let(::text))
        private val demand: Demand? = demand

        /** The name of the header whose values to pass, in lower case. */
        public val headerName: String = header(rules)

        /**
         * Returns the token in the values of every line of the header, not yet verified; null only if
         * the guard is optional and the request has none. A value of null is none, as servlets return it.
         *
         * @throws MissingTokenException if there is no token.
         * @throws MalformedAuthorizationException if there is not exactly one token.
         */
        public fun token(values: List<String?>): String? {
            // A lone surrogate becomes a question mark, which no token contains.
            val texts = values.filterNotNull().map { it.toByteArray(Charsets.UTF_8).toString(Charsets.UTF_8) }
            return when (val found = dev.verijot.ffi.guardedToken(rules, texts)) {
                is GuardedToken.Found -> found.token
                is GuardedToken.Missing -> null
                is GuardedToken.Refused -> throw VerificationException.of(found.refusal)
            }
        }

        /**
         * Verifies the token of a request whose header [headerName] has these values. Returns null only
         * if the guard is optional and the request has no token.
         *
         * @throws VerificationException if the request is refused; [answer] makes the response.
         */
        public fun admit(
            values: List<String?>,
            client: JwksClient,
        ): VerifiedToken? = token(values)?.let { raw -> client.admit(raw) { check(it, client.now()) } }

        /**
         * Does the same as [admit], but returns the outcome as a value.
         *
         * @return the token, or the whole response.
         */
        public fun decide(
            values: List<String?>,
            client: JwksClient,
        ): Admission =
            try {
                Admission.Admitted(admit(values, client))
            } catch (refused: VerificationException) {
                Admission.Refused(answer(refused), refused)
            }

        /**
         * Refuses a verified token that does not grant what is demanded.
         *
         * @param now the time by which the token was verified.
         * @throws InsufficientScopeException (403)
         * @throws InsufficientAuthenticationException (401) if the user must sign in again.
         */
        @JvmOverloads
        public fun check(
            token: VerifiedToken,
            now: Instant = Instant.now(),
        ) {
            demand?.check(token, now)
        }

        /** Makes the whole response to a refused request. */
        public fun answer(refused: VerificationException): Answer =
            Answer(dev.verijot.ffi.guardAnswer(rules, refused.toRefusal()))
    }

/** The metadata of a protected resource (RFC 9728), which tell a client where to get a token. */
public object ResourceMetadata {
    /**
     * Returns the URL where to serve the metadata of a resource: `/.well-known/oauth-protected-resource` comes
     * between the host and the path of the resource (RFC 9728 §3.1).
     *
     * @throws InvalidDemandException if the resource is not an absolute URL with https, or with http on this
     *   machine.
     */
    @JvmStatic
    public fun url(resource: String): String {
        NativeLibrary.isDirect
        return try {
            dev.verijot.ffi.resourceMetadataUrl(text(resource))
        } catch (problem: Problem) {
            throw InvalidDemandException.of(problem)
        }
    }
}

/** Where requests carry their token. There must be exactly one such header or cookie. */
public class TokenPlace private constructor(
    internal val ffi: Place,
) {
    override fun toString(): String = ffi.toString()

    public companion object {
        /** The Authorization header with the scheme `Bearer`. */
        @JvmField
        public val AUTHORIZATION: TokenPlace = TokenPlace(Place.Authorization)

        /**
         * A header whose value is only the token.
         *
         * @throws InvalidDemandException if the name is not usable.
         */
        @JvmStatic
        public fun header(name: String): TokenPlace = of(Place.Header(text(name)))

        /**
         * A cookie whose value is the token.
         *
         * @throws InvalidDemandException if the name is not usable.
         */
        @JvmStatic
        public fun cookie(name: String): TokenPlace = of(Place.Cookie(text(name)))

        private fun of(place: Place): TokenPlace {
            header(GuardRules(null, place, false, null, null))
            return TokenPlace(place)
        }
    }
}

/** A guard's decision. */
public sealed interface Admission {
    /** The request is admitted. */
    public class Admitted internal constructor(
        /** Its token; null if the guard is optional and the request has none. */
        public val token: VerifiedToken?,
    ) : Admission

    /** The request is refused. */
    public class Refused internal constructor(
        /** The response. */
        public val answer: Answer,
        /** Why. */
        public val cause: VerificationException,
    ) : Admission
}

/** The whole response to a refused request. */
public class Answer internal constructor(
    private val answer: dev.verijot.ffi.Answer,
) {
    /** 401, 403 or 503. */
    public val status: Int get() = answer.status.toInt()

    /** All headers, including Content-Type and Cache-Control. */
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
