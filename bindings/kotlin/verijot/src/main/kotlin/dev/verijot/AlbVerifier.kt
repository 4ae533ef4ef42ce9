package dev.verijot

import dev.verijot.ffi.AlbVerdict
import dev.verijot.ffi.Problem
import dev.verijot.internal.Handle
import dev.verijot.internal.NativeLibrary
import dev.verijot.internal.moment
import dev.verijot.internal.tokenOctets
import java.time.Instant
import dev.verijot.ffi.AlbVerifier as Core

/**
 * Verifies the tokens that AWS Application Load Balancers put into the header `x-amzn-oidc-data`. They look like
 * JWTs and are none: this class refuses every JWT, and a [Verifier] refuses every such token. Make it once: it is
 * immutable, and threads can share it.
 */
public class AlbVerifier private constructor(
    private val handle: Handle<Core>,
) : AutoCloseable {
    /**
     * Verifies a token.
     *
     * @throws VerificationException if the token is refused. A header parameter is named like a claim.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        keys: JwkSet,
        now: Instant = Instant.now(),
    ): AlbToken =
        accepted(
            handle.use { verifier ->
                keys.core.handle.use { verifier.verify(token.tokenOctets(), it, now.moment()) }
            },
        )

    /**
     * Verifies a token with the key of its `kid`, which a client fetches. The client's own verifier is not used.
     * Make the client with [Preset.client], or for a URL with `{kid}` in it and
     * [CacheSettings.Builder.certificates].
     *
     * @param now the time to verify at; null for the client's clock.
     * @throws VerificationException as the other `verify`; [KeysUnavailableException] (503) if the key could not
     *   be fetched.
     */
    @JvmOverloads
    public fun verify(
        token: String,
        client: JwksClient,
        now: Instant? = null,
    ): AlbToken = accepted(client.verdictOf(token.tokenOctets(), now, handle))

    private fun accepted(verdict: AlbVerdict): AlbToken =
        when (verdict) {
            is AlbVerdict.Accepted -> AlbToken(verdict.token)
            is AlbVerdict.Refused -> throw VerificationException.of(verdict.refusal)
        }

    /** Frees the memory outside the heap when the last running verification ends. */
    override fun close() {
        handle.close()
    }

    public companion object {
        /**
         * Reads a verifier from its document, the same JSON in every language: `signers`, the ARNs of the load
         * balancers; `clients` and `issuers`, as which and at which users sign in, or null to waive the check; and
         * perhaps `leeway`. [Preset.loadBalancer] is one.
         *
         * @throws InvalidPolicyException if the document is not valid; the message names the member at fault.
         */
        @JvmStatic
        public fun fromJson(document: String): AlbVerifier {
            NativeLibrary.isDirect
            val text = unicode(document)
            return try {
                AlbVerifier(Handle(Core.fromDocument(text)))
            } catch (problem: Problem) {
                throw problem.exception()
            }
        }
    }
}
