package dev.verijot.vectors

import dev.verijot.AccessTokenVerifier
import dev.verijot.Explanation
import dev.verijot.IdTokenVerifier
import dev.verijot.JwkSet
import dev.verijot.Login
import dev.verijot.LogoutTokenVerifier
import dev.verijot.ReplayWindow
import dev.verijot.SecurityEventVerifier
import dev.verijot.StepUp
import dev.verijot.VerificationException
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.contentOrNull
import java.time.Instant

/** The verifier for one kind of token that a vector wants, with what its call expects. */
class ProfileOfCase(
    case: Case,
) {
    private val expectations = case.expectations ?: "{}"
    private val settings = checkNotNull(case.profile)
    private val document = settings.toString()
    private val isPresentedBefore = case.replayWindow == "has_token"
    private val window = ReplayWindow(if (case.replayWindow == "full") 0 else 1)
    private val verifier: AutoCloseable =
        when ((settings["profile"] as? JsonPrimitive)?.contentOrNull) {
            "logout-token" -> LogoutTokenVerifier.fromJson(document)
            "security-event" -> SecurityEventVerifier.fromJson(document)
            "access-token" -> AccessTokenVerifier.fromJson(document)
            else -> IdTokenVerifier.fromJson(document)
        }

    fun verify(
        token: String,
        keys: JwkSet,
        now: Instant,
    ): Accepted {
        if (isPresentedBefore) {
            try {
                once(token, keys, now)
            } catch (_: VerificationException) {
                // It is refused again below.
            }
        }
        return once(token, keys, now)
    }

    fun explain(
        token: String,
        keys: JwkSet,
        now: Instant,
    ): Explanation =
        when (verifier) {
            is LogoutTokenVerifier -> verifier.explain(token, keys, now)
            is SecurityEventVerifier -> verifier.explain(token, keys, now)
            is AccessTokenVerifier -> verifier.explain(token, keys, StepUp.fromJson(expectations), now)
            is IdTokenVerifier -> verifier.explain(token, keys, Login.fromJson(expectations), now)
            else -> throw UnusableCaseException("an unknown profile")
        }

    private fun once(
        token: String,
        keys: JwkSet,
        now: Instant,
    ): Accepted =
        when (verifier) {
            is LogoutTokenVerifier -> {
                verifier.verify(token, keys, window, now).let { accepted(it.token, it.checked) }
            }

            is SecurityEventVerifier -> {
                verifier.verify(token, keys, window, now).let { accepted(it.token, it.checked) }
            }

            is AccessTokenVerifier -> {
                val verified = verifier.verify(token, keys, StepUp.fromJson(expectations), now)
                accepted(verified.token, verified.checked)
            }

            is IdTokenVerifier -> {
                val verified = verifier.verify(token, keys, Login.fromJson(expectations), now)
                accepted(verified.token, verified.checked)
            }

            else -> {
                throw UnusableCaseException("an unknown profile")
            }
        }

    companion object {
        /** Whether the case gives expectations to a verifier that takes none, which the compiler refuses here. */
        fun isInexpressible(case: Case): Boolean =
            case.expectations != null &&
                case.profile?.get("profile") in setOf(JsonPrimitive("logout-token"), JsonPrimitive("security-event"))
    }
}
