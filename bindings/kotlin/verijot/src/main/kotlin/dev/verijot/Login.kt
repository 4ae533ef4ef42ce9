package dev.verijot

import kotlinx.serialization.json.JsonObject
import java.time.Duration

/**
 * What a client knows about one login, and what its ID token must therefore say. It begins with the nonce,
 * about which nothing is assumed: [withNonce], [withoutNonce], [anyNonce] or [refreshOf]. Every method returns
 * another login. A second, different value of the same kind is an [InvalidPolicyException], and so is one beside a
 * document. What else makes no sense, such as an empty nonce, is `invalid_policy` when a token is verified.
 *
 * ```
 * val login = Login.withNonce(nonce).maxAge(Duration.ofMinutes(10))
 * ```
 */
public class Login private constructor(
    private val members: Map<String, String>,
    private val written: String? = null,
) {
    internal val document: String get() = written ?: jsonObject(members)

    /** The user must have logged in at most this long ago; the client sent `max_age`. */
    public fun maxAge(age: Duration): Login = with("max_age", seconds(age))

    /** The token must say when the user logged in, in `auth_time`. */
    public fun requireAuthenticationTime(): Login = with("auth_time_required", "true")

    /** `acr` must be one of these. */
    public fun acr(vararg contexts: String): Login = with("acr", array(contexts.asList()))

    /** This access token came with the ID token, which `at_hash` confirms. */
    public fun accessToken(
        token: String,
        channel: Channel,
    ): Login = through(channel).with("access_token", quoted(token))

    /** This code came with the ID token, or was exchanged for it, which `c_hash` confirms. */
    public fun code(
        code: String,
        channel: Channel,
    ): Login = through(channel).with("code", quoted(code))

    /** This state came back with the ID token, which `s_hash` confirms if it is there. */
    public fun state(state: String): Login = with("state", quoted(state))

    /** Like [state], and `s_hash` must be there. */
    public fun requiredState(state: String): Login = with("required_state", quoted(state))

    /** The hybrid flow gave this ID token first, and the token endpoint now gives a second. */
    public fun secondOf(first: IdToken): Login = with("second_of", first.token.payload)

    /** Shows nothing: a nonce, a code and a token are secrets. */
    override fun toString(): String = "Login"

    private fun through(channel: Channel): Login {
        val name = quoted(channel.name.lowercase())
        if (members["channel"] !in setOf(null, name)) {
            throw InvalidPolicyException("channel: one ID token came through one channel")
        }
        return with("channel", name)
    }

    private fun with(
        member: String,
        json: String,
    ): Login {
        if (written != null) throw InvalidPolicyException("a login that was read from its document is complete")
        return Login(members.toMutableMap().apply { setOnce(member, json) })
    }

    /** Where an ID token came from. */
    public enum class Channel {
        /** The authorization endpoint, through the browser. The hashes of what came with it are required. */
        FRONT,

        /** The token endpoint. The hashes are optional, and checked if they are there. */
        BACK,
    }

    public companion object {
        /** The client sent this nonce, and the token must have it. */
        @JvmStatic
        public fun withNonce(nonce: String): Login = starting("nonce", quoted(nonce))

        /** The client sent no nonce, and the token must not have one. */
        @JvmStatic
        public fun withoutNonce(): Login = starting("without_nonce", "true")

        /** Waives the check of the nonce: a token of another login is accepted. */
        @JvmStatic
        public fun anyNonce(): Login = starting("any_nonce", "true")

        /** A refresh returned the token: nothing about the user has changed. */
        @JvmStatic
        public fun refreshOf(previous: IdToken): Login = starting("refresh_of", previous.token.payload)

        /** A refresh of the ID token with these claims returned the token: at least `iss`, `sub` and `aud`. */
        @JvmStatic
        public fun refreshOf(previous: JsonObject): Login = starting("refresh_of", unicode(previous.toString()))

        /** Reads a login from its document, the same JSON in every language, when a token is verified. */
        @JvmStatic
        public fun fromJson(document: String): Login = Login(emptyMap(), unicode(document))

        private fun starting(
            member: String,
            json: String,
        ) = Login(mapOf(member to json))
    }
}
