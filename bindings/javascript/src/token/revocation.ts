/** Whether a token that passed every other check is revoked, as the caller knows. */
import { callWith, text } from "../core/memory.js";
import { isAwaitable, milliseconds, unawaited } from "../core/waiting.js";
import { type Refusal, refusalError, type VerificationError } from "../errors/index.js";
import type { VerifiedToken } from "./verified_token.js";

/** Says whether a token is revoked. If it throws, nobody can say, and the token is refused with 503. */
export type Revoked = (token: VerifiedToken) => boolean | Promise<boolean>;

/**
 * Asks about a token.
 *
 * @throws RevokedTokenError, RevocationUnavailableError
 */
export async function askRevoked(revoked: Revoked, token: VerifiedToken): Promise<void> {
  let answer: unknown;
  try {
    answer = await revoked(token);
  } catch (error) {
    throw unavailable(error);
  }
  conclude(answer);
}

/** The same without waiting; an answer that must be waited for is none. */
export function askRevokedSync(revoked: Revoked, token: VerifiedToken): void {
  let answer: unknown;
  try {
    answer = revoked(token);
  } catch (error) {
    throw unavailable(error);
  }
  conclude(answer);
}

/** Wraps `revoked` so that an answer that takes longer than these seconds fails. */
export function within(revoked: Revoked, seconds: number): Revoked {
  return (token) => answered("revoked", seconds, revoked(token));
}

/** An answer of the caller's, which fails if it takes longer than these seconds. `name` is who is asked. */
export function answered<T>(name: string, seconds: number, answer: T | PromiseLike<T>): T | Promise<T> {
  if (!isAwaitable(answer)) return answer;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not answer within ${seconds} s`)), milliseconds(seconds));
  });
  // A caller that does not wait, such as verifySync, does not handle its rejection.
  return unawaited(Promise.race([answer, late]).finally(() => clearTimeout(timer)));
}

function conclude(answer: unknown): void {
  if (answer === false) return;
  throw answer === true ? refusal(REVOKED) : unavailable(new TypeError("revoked gave neither true nor false"));
}

function unavailable(cause: unknown): VerificationError {
  const error = refusal(UNAVAILABLE);
  Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
  return error;
}

function refusal(cause: number): VerificationError {
  callWith("verijot_refusal", [cause], [null], [NaN]);
  return refusalError(JSON.parse(text()) as Refusal);
}

const REVOKED = 1;
const UNAVAILABLE = 2;
