/** Every check of one verification with its outcome. */
import type { Refusal, VerificationError } from "../errors/index.js";
import { bare } from "../core/own.js";
import { refusalError } from "../errors/index.js";
import type { Verdict } from "./verification.js";

/** What became of a check. */
export type Outcome = "passed" | "failed" | "not_made";

/** One check. */
export interface Step {
  /** A stable name. */
  readonly check: string;
  readonly outcome: Outcome;
  /** More about it; may be empty. */
  readonly detail: string;
  /** The date that a passed check was about, if the token has it. */
  readonly date: Date | undefined;
}

/** What became of one verification. Holds no token, signature or key, and of the claims only dates. */
export interface Explanation {
  /** Every check in order. */
  readonly steps: readonly Step[];
  /** The error that `verify` throws; `undefined` if it accepts. */
  readonly error: VerificationError | undefined;
  /**
   * One sentence about the cause that a refusal probably has, if it is a well-known one, such as an issuer that differs
   * by a slash; otherwise `undefined`. It is not for the sender of the token.
   */
  readonly hint: string | undefined;
  /** A line for each check, then one for the verdict, and one for the hint if there is one. */
  readonly text: string;
}

/** The explanation that the core wrote. */
export function explained(verdict: Verdict): Explanation {
  const written = bare(JSON.parse(verdict.accepted ? (verdict.explanation ?? "{}") : "{}")) as {
    steps?: { check: string; outcome: Outcome; detail?: string; date?: number }[];
    hint?: string;
    text?: string;
    refusal?: Refusal;
  };
  const steps = (written.steps ?? []).map(bare).map(({ check, outcome, detail, date }) => ({
    check,
    outcome,
    detail: detail ?? "",
    date: date === undefined ? undefined : new Date(date * 1000),
  }));
  const error = written.refusal === undefined ? undefined : refusalError(written.refusal);
  return { steps, error, hint: written.hint, text: written.text ?? "" };
}
