/** The classes above all others, and what an error carries. */
import { own } from "../core/own.js";

/** What the core says of a refused token. */
export interface Refusal {
  /** The stable code. */
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly claim?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly challenge?: string;
  readonly retry_after?: number;
}

/** What the core says of arguments that make no sense. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly member?: string;
}

/** A token is refused. Safe to log: it holds no token, no key and no secret. */
export class VerificationError extends Error {
  /** The stable code, the same in every language. */
  readonly code: string;
  /** The claim at fault, where it is one. */
  readonly claim: string | undefined;
  /** What would have been accepted, where saying so is harmless. */
  readonly expected: string | undefined;
  /** What the token has instead, where saying so is harmless. */
  readonly actual: string | undefined;
  /** The status that a resource server answers with: 401, 403 or 503. */
  readonly httpStatus: number;
  /** The value of the WWW-Authenticate header, for the answers that have one (RFC 6750 §3). */
  readonly wwwAuthenticate: string | undefined;
  /** The seconds that the client should wait, for status 503. */
  readonly retryAfter: number | undefined;

  /** @internal */
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.code = refusal.code;
    this.claim = own(refusal, "claim");
    this.expected = own(refusal, "expected");
    this.actual = own(refusal, "actual");
    this.httpStatus = refusal.status;
    this.wwwAuthenticate = own(refusal, "challenge");
    this.retryAfter = own(refusal, "retry_after");
  }
}

/** What was handed over cannot be used: a policy, a demand, keys, or where to fetch them. */
export class SetupError extends Error {
  /** The stable code, the same in every language. */
  readonly code: string;
  /** The member of the policy's document that is at fault, where it is one. */
  readonly member: string | undefined;

  /** @internal */
  constructor(problem: Problem) {
    super(problem.message);
    this.code = problem.code;
    this.member = own(problem, "member");
  }
}

/** There is no access token to send with a request. */
export class AccessTokenError extends Error {
  /** The stable code, the same in every language. */
  readonly code: string;
  /** The seconds after which trying again can succeed, where that is known. */
  readonly retryAfter: number | undefined;

  /** @internal */
  constructor(problem: Problem, retryAfter?: number) {
    super(problem.message);
    this.code = problem.code;
    this.retryAfter = retryAfter;
  }
}

/**
 * Gives each class its name, which a minifier would shorten.
 *
 * @internal
 */
export function name(classes: Record<string, { prototype: Error }>): void {
  for (const [value, each] of Object.entries(classes)) {
    Object.defineProperty(each.prototype, "name", { value, configurable: true, writable: true });
  }
}

name({ VerificationError, SetupError, AccessTokenError });
