/** Errors, by the code that the core gives. */
import { ACCESS_TOKEN, SETUP, VERIFICATION } from "./tables.js";
import { AccessTokenError, type Problem, type Refusal, SetupError, VerificationError } from "./base.js";

export * from "./base.js";
export * from "./classes.js";

/** The error for a refusal, of the class of its code. */
export function refusalError(refusal: Refusal): VerificationError {
  // By its own constructor: with that of another class the error has no stack.
  return new (VERIFICATION.get(refusal.code) ?? VerificationError)(refusal);
}

/** The error for arguments that make no sense, of the class of its code. */
export function setupError(problem: Problem): SetupError {
  return new (SETUP.get(problem.code) ?? SetupError)(problem);
}

/** The error of a client that has no access token, of the class of its code. */
export function accessTokenError(problem: Problem, retryAfter?: number): AccessTokenError {
  return new (ACCESS_TOKEN.get(problem.code) ?? AccessTokenError)(problem, retryAfter);
}
