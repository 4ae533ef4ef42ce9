package dev.verijot.internal

import dev.verijot.Refusal
import dev.verijot.TenantCheck
import dev.verijot.Verdict
import dev.verijot.VerifiedToken

/** What only the caller knows of an accepted token: whether its tenant is known, then whether it is revoked. */
internal class CallerChecks(
    private val tenants: TenantCheck?,
    private val revocation: RevocationChecks?,
) {
    /** Asks about a token that this verifier has accepted. Between the two questions [check] may refuse it. */
    fun apply(
        verdict: Verdict,
        verifier: CoreVerifier,
        check: (VerifiedToken) -> Unit = {},
    ): Verdict {
        val known = checkTenant(verdict, verifier)
        known.token?.let(check)
        return revocation?.apply(known) ?: known
    }

    private fun checkTenant(
        verdict: Verdict,
        verifier: CoreVerifier,
    ): Verdict {
        val issuer = verdict.token?.issuer ?: return verdict
        val tenants = tenants ?: return verdict
        val tenant = verifier.handle.use { it.tenant(issuer) } ?: return verdict
        if (tenants.isKnown(tenant)) return verdict
        return Verdict.Refused(Refusal(verifier.handle.use { it.unknownTenant(issuer) }))
    }
}
