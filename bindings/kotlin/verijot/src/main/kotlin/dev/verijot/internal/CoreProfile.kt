package dev.verijot.internal

import dev.verijot.Explanation
import dev.verijot.InvalidPolicyException
import dev.verijot.JwkSet
import dev.verijot.JwksClient
import dev.verijot.Verdict
import dev.verijot.VerificationException
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
    private val caller: CallerChecks? = null,
) : AutoCloseable {
    private val handle = Handle(profile(name, settings, tokenCache))

    /** Makes the core's verifier for one call, or for all calls that expect the same. */
    fun verifier(expectations: String): CoreVerifier =
        try {
            handle.use { CoreVerifier(it.verifier(expectations)) }
        } catch (problem: Problem) {
            throw InvalidPolicyException.of(problem)
        }

    fun verify(
        token: String,
        keys: JwkSet,
        expectations: String,
        now: Instant,
        admission: Admission? = null,
    ): Checked =
        checked(expectations, admission, { now }) { core ->
            Verdict.of(core.verify(keys.core, token.tokenOctets(), now))
        }

    fun verify(
        token: String,
        client: JwksClient,
        expectations: String,
        now: Instant?,
        admission: Admission? = null,
    ): Checked =
        checked(expectations, admission, { now ?: client.now() }) { core ->
            client.verdictOfCore(token.tokenOctets(), now, core)
        }

    fun explain(
        token: String,
        keys: JwkSet,
        expectations: String,
        now: Instant,
    ): Explanation =
        closing(verifier(expectations)) { core ->
            val explained =
                core.handle.use { verifier ->
                    keys.core.handle.use { verifier.explain(token.tokenOctets(), it, now.moment()) }
                }
            Explanation.of(explained, caller, core)
        }

    override fun close() {
        handle.close()
    }

    /** Lets the core verify, then asks the caller, and last admits a token that may be presented once. */
    private inline fun checked(
        expectations: String,
        admission: Admission?,
        now: () -> Instant,
        verify: (CoreVerifier) -> Verdict,
    ): Checked =
        closing(verifier(expectations)) { core ->
            val verdict = verify(core)
            val token = (caller?.apply(verdict, core) ?: verdict).orThrow()
            val claims = checkNotNull(core.handle.use { it.checked() }) { "the profile has checked nothing" }
            if (admission != null) {
                val replay = core.handle.use { it.replay() }
                val refusal = replay?.let { admission.refusal(it, now()) }
                if (refusal != null) throw VerificationException.of(refusal)
            }
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
