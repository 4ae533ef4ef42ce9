package dev.verijot.internal

import dev.verijot.Explanation
import dev.verijot.InvalidPolicyException
import dev.verijot.JwkSet
import dev.verijot.JwksClient
import dev.verijot.ReplayWindow
import dev.verijot.Verdict
import dev.verijot.VerifiedToken
import dev.verijot.ffi.Problem
import dev.verijot.ffi.Profile
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import java.time.Instant

/** The core's verifier for one kind of token. */
internal class CoreProfile(
    name: String,
    settings: String,
    tokenCache: UInt = 0u,
) : AutoCloseable {
    private val handle = Handle(profile(name, settings, tokenCache))

    /** Makes the core's verifier for one call, or for all calls that expect the same. */
    fun verifier(
        expectations: String,
        window: ReplayWindow?,
    ): CoreVerifier =
        try {
            handle.use { CoreVerifier(it.verifier(expectations, window?.core)) }
        } catch (problem: Problem) {
            throw InvalidPolicyException.of(problem)
        }

    fun verify(
        token: String,
        keys: JwkSet,
        expectations: String,
        now: Instant,
        window: ReplayWindow? = null,
    ): Checked = checked(expectations, window) { core -> Verdict.of(core.verify(keys.core, token.tokenOctets(), now)) }

    fun verify(
        token: String,
        client: JwksClient,
        expectations: String,
        now: Instant?,
        window: ReplayWindow? = null,
    ): Checked = checked(expectations, window) { core -> client.verdictOfCore(token.tokenOctets(), now, core) }

    fun explain(
        token: String,
        keys: JwkSet,
        expectations: String,
        now: Instant,
    ): Explanation =
        closing(verifier(expectations, null)) { core ->
            val explained =
                core.handle.use { verifier ->
                    keys.core.handle.use { verifier.explain(token.tokenOctets(), it, now.moment()) }
                }
            Explanation.of(explained, null)
        }

    override fun close() {
        handle.close()
    }

    private fun checked(
        expectations: String,
        window: ReplayWindow?,
        verify: (CoreVerifier) -> Verdict,
    ): Checked =
        closing(verifier(expectations, window)) { core ->
            val token = verify(core).orThrow()
            val claims = checkNotNull(core.handle.use { it.checked() }) { "the profile has checked nothing" }
            Checked(token, Json.decodeFromString(JsonObject.serializer(), claims))
        }
}

/** A verified token, and the claims that its profile has checked. */
internal class Checked(
    val token: VerifiedToken,
    val claims: JsonObject,
)

private inline fun <R> closing(
    core: CoreVerifier,
    use: (CoreVerifier) -> R,
): R =
    try {
        use(core)
    } finally {
        core.handle.close()
    }

private fun profile(
    name: String,
    settings: String,
    tokenCache: UInt,
): Profile {
    NativeLibrary.isDirect
    return try {
        Profile.fromDocument(name, settings, tokenCache)
    } catch (problem: Problem) {
        throw InvalidPolicyException.of(problem)
    }
}
