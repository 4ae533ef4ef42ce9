package dev.verijot.internal

import dev.verijot.Revocation
import dev.verijot.RevocationCheck
import dev.verijot.Verdict
import dev.verijot.unlessRevoked
import java.time.Duration

/** The revocation checks of a policy. */
internal class RevocationChecks(
    private val checks: List<RevocationCheck>,
    private val timeout: Duration,
) {
    private val answers = Answers()

    /** Runs the checks on an accepted token, in order, until one does not answer [Revocation.CLEAR]. */
    fun apply(verdict: Verdict): Verdict {
        if (verdict !is Verdict.Accepted) return verdict
        for (check in checks) {
            val answer = answers.within(timeout) { check.check(verdict.token) }
            if (answer != Revocation.CLEAR) return verdict.unlessRevoked(answer)
        }
        return verdict
    }
}
