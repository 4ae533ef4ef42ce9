package dev.verijot

import dev.verijot.internal.instant
import java.time.Instant

/**
 * What became of one verification, check by check. It holds no token, key or secret and can be
 * logged; its text has a line for each check and one for the verdict.
 *
 * @property steps every check in order.
 * @property verdict what `verify` says.
 */
public class Explanation private constructor(
    public val steps: List<Step>,
    public val verdict: Verdict,
    private val text: String,
) {
    /** Whether the token is accepted. */
    public val isAccepted: Boolean get() = verdict is Verdict.Accepted

    override fun toString(): String = text

    internal companion object {
        fun of(
            explanation: dev.verijot.ffi.Explanation,
            revocation: RevocationCheck?,
        ): Explanation {
            val steps = explanation.steps.map { Step(it.check, Outcome.of(it.outcome), it.detail, it.date?.instant()) }
            val verdict = Verdict.of(explanation.verdict)
            val told = Explanation(steps, verdict, explanation.text)
            val refusal = verdict.unlessRevoked(revocation).refusal
            return if (refusal == null || verdict is Verdict.Refused) told else told.revoked(refusal)
        }
    }

    /** The core does not know of the hook, whose check is the last one. */
    private fun revoked(refusal: Refusal): Explanation {
        val last = Step(steps.last().check, Outcome.FAILED, refusal.toString(), null)
        val lines = text.lines().dropLastWhile { it.isEmpty() }.dropLast(2)
        val text = (lines + "failed  ${last.check}: $refusal" + "refused: $refusal").joinToString("\n")
        return Explanation(steps.dropLast(1) + last, Verdict.Refused(refusal), text)
    }
}

/**
 * One check and its outcome.
 *
 * @property check the check's stable name.
 * @property outcome what became of it.
 * @property detail more about it, for people; may be empty.
 * @property date the date that a passed check was about, if the token has it.
 */
public class Step internal constructor(
    public val check: String,
    public val outcome: Outcome,
    public val detail: String,
    public val date: Instant?,
) {
    override fun toString(): String = "$check: $outcome"
}

/** What became of a check. */
public enum class Outcome {
    /** It was made and the token passed. */
    PASSED,

    /** It was made and decided the verdict. */
    FAILED,

    /** An earlier check had decided the verdict. */
    NOT_MADE,
    ;

    internal companion object {
        fun of(name: String): Outcome =
            when (name) {
                "passed" -> PASSED
                "failed" -> FAILED
                else -> NOT_MADE
            }
    }
}
