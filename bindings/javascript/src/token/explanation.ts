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
  /** A line for each check, then one for the verdict. */
  readonly text: string;
}

/** The explanation that the core wrote. */
export function explained(verdict: Verdict): Explanation {
  const written = bare(JSON.parse(verdict.accepted ? (verdict.explanation ?? "{}") : "{}")) as {
    steps?: { check: string; outcome: Outcome; detail?: string; date?: number }[];
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
  return { steps, error, text: written.text ?? "" };
}
