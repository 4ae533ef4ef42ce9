package dev.verijot

import dev.verijot.internal.CallerChecks
import dev.verijot.internal.CoreVerifier
import dev.verijot.internal.instant
import java.time.Instant

/**
 * The outcome of one verification, check by check. It contains no token, key or secret and is safe to
 * log. [toString] has a line for each check, one for the verdict, and one for the hint if there is one.
 *
 * @property steps every check in order.
 * @property verdict the verdict of `verify`.
 * @property hint one sentence about the cause that a refusal probably has, if it is a well-known one, such as an
 *   issuer that differs by a slash; otherwise null. It is not for the sender of the token.
 */
public class Explanation private constructor(
    public val steps: List<Step>,
    public val verdict: Verdict,
    public val hint: String?,
    private val text: String,
) {
    /** Whether the token is accepted. */
    public val isAccepted: Boolean get() = verdict is Verdict.Accepted

    override fun toString(): String = text

    internal companion object {
        fun of(
            explanation: dev.verijot.ffi.Explanation,
            caller: CallerChecks?,
            verifier: CoreVerifier,
        ): Explanation {
            val steps = explanation.steps.map { Step(it.check, Outcome.of(it.outcome), it.detail, it.date?.instant()) }
            val verdict = Verdict.of(explanation.verdict)
            val explained = Explanation(steps, verdict, explanation.hint, explanation.text)
            if (caller == null || verdict is Verdict.Refused) return explained
            return caller.apply(verdict, verifier).refusal?.let(explained::refusedByCaller) ?: explained
        }
    }

    /** Replaces the last check, that of what only the caller knows. */
    private fun refusedByCaller(refusal: Refusal): Explanation {
        val last = Step(steps.last().check, Outcome.FAILED, refusal.toString(), null)
        val lines = text.lines().dropLastWhile { it.isEmpty() }.dropLast(2)
        val text = (lines + "failed  ${last.check}: $refusal" + "refused: $refusal").joinToString("\n")
        return Explanation(steps.dropLast(1) + last, Verdict.Refused(refusal), null, text)
    }
}

/**
 * One check and its outcome.
 *
 * @property check the check's stable name.
 * @property outcome its outcome.
 * @property detail a human-readable detail; may be empty.
 * @property date the date that a passed check compared, if the token has one.
 */
public class Step internal constructor(
    public val check: String,
    public val outcome: Outcome,
    public val detail: String,
    public val date: Instant?,
) {
    override fun toString(): String = "$check: $outcome"
}

/** The outcome of a check. */
public enum class Outcome {
    /** The token passed. */
    PASSED,

    /** The token failed, which decided the verdict. */
    FAILED,

    /** Not made: an earlier check decided the verdict. */
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
