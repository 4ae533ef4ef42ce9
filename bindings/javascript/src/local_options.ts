/** What a verifier does in this process beside what its document demands. */
import { setupError } from "./errors/index.js";
import type { Asked, KnownTenants } from "./token/caller.js";
import type { Revoked } from "./token/revocation.js";

/** What a verifier does beside what is demanded of a token. */
export interface LocalOptions {
  /** Whether a tenant is known, for tokens that an issuer template accepts. Asked before `revoked`. */
  readonly knownTenants?: KnownTenants;
  /** Whether a token that passed every other check is revoked. Refuses the token if it throws. */
  readonly revoked?: Revoked;
  /** How many seconds to wait for the answer of `revoked`, or of a `replay` store; without one the token is refused with 503. 2. */
  readonly revokedTimeout?: number;
  /** How many accepted tokens are remembered, so that the same one again costs little. None. */
  readonly tokenCache?: number;
}

/** Their names. */
export const LOCAL_OPTIONS = ["knownTenants", "revoked", "revokedTimeout", "tokenCache"] as const;

/** The same, each of which was read once. */
export interface Local extends Asked {
  readonly tokenCache: number | undefined;
}

/**
 * The own members of an options object, each read once.
 *
 * @throws TypeError for what is no object.
 */
export function ownMembers(options: unknown): Map<string, unknown> {
  if (typeof options !== "object" || options === null) throw new TypeError("the options are not an object");
  return new Map(Object.keys(options).map((name) => [name, (options as Record<string, unknown>)[name]]));
}

/**
 * Takes the local options out of the members.
 *
 * @throws InvalidPolicyError for an option that makes no sense; its `member` says which.
 */
export function takeLocal(members: Map<string, unknown>): Local {
  const knownTenants = take(members, "knownTenants") as KnownTenants | undefined;
  const revoked = take(members, "revoked") as Revoked | undefined;
  const revokedTimeout = take(members, "revokedTimeout") as number | undefined;
  const tokenCache = take(members, "tokenCache") as number | undefined;
  for (const [name, asked] of Object.entries({ knownTenants, revoked })) {
    if (asked !== undefined && typeof asked !== "function") throw invalid(name, "not a function");
  }
  if (revokedTimeout !== undefined && !(Number.isFinite(revokedTimeout) && revokedTimeout > 0)) {
    throw invalid("revokedTimeout", "must be a positive number of seconds");
  }
  if (tokenCache !== undefined && !(Number.isInteger(tokenCache) && tokenCache > 0)) {
    throw invalid("tokenCache", "not a number of tokens");
  }
  return { knownTenants, revoked, revokedTimeout, tokenCache };
}

/**
 * Takes a document out of the members, beside which no option may stand; `undefined` if there is none.
 *
 * @param kind what it is the document of, in words.
 * @throws InvalidPolicyError for an option beside it.
 */
export function takeDocument(members: Map<string, unknown>, name: string, kind: string): unknown {
  const document = take(members, name);
  if (document === undefined) return undefined;
  const [other] = members.keys();
  if (other !== undefined) throw invalid(other, `stands beside ${kind} document; write it into the document`);
  return document;
}

function take(members: Map<string, unknown>, name: string): unknown {
  const value = members.get(name);
  members.delete(name);
  return value;
}

function invalid(member: string, problem: string): Error {
  return setupError({ code: "invalid_policy", message: `${member}: ${problem}`, member });
}
