/** Claims as a type of the caller's, by Standard Schema (https://standardschema.dev). */
import { callWith, text } from "../core/memory.js";
import { isAwaitable, unawaited } from "../core/waiting.js";
import { type Refusal, refusalError, type VerificationError } from "../errors/index.js";
import type { Claims, VerifiedToken } from "./verified_token.js";

/** A schema of zod, valibot, arktype or another library of Standard Schema. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type Result<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

/**
 * A token whose claims fit the schema.
 *
 * @throws MissingClaimError, InvalidClaimError with the outermost claim at fault.
 */
export async function into<C>(verified: VerifiedToken, schema: StandardSchema<unknown, C>): Promise<VerifiedToken<C>> {
  return verified.withClaims(await claimsInto(verified.claims, schema));
}

/** The same without waiting. */
export function intoSync<C>(verified: VerifiedToken, schema: StandardSchema<unknown, C>): VerifiedToken<C> {
  return verified.withClaims(claimsIntoSync(verified.claims, schema));
}

/**
 * What a schema makes of verified claims.
 *
 * @throws MissingClaimError, InvalidClaimError with the outermost claim at fault.
 */
export async function claimsInto<C>(claims: Claims, schema: StandardSchema<unknown, C>): Promise<C> {
  return concluded(claims, await schema["~standard"].validate(claims));
}

/** The same without waiting. */
export function claimsIntoSync<C>(claims: Claims, schema: StandardSchema<unknown, C>): C {
  const result = schema["~standard"].validate(claims);
  if (isAwaitable(result)) {
    unawaited(result);
    throw new TypeError("the schema must be waited for; call verify");
  }
  return concluded(claims, result);
}

function concluded<C>(claims: Claims, result: Result<C>): C {
  if (result.issues === undefined) return result.value;
  const [first] = result.issues[0]?.path ?? [];
  const claim = first === undefined ? "" : String(typeof first === "object" ? first.key : first);
  throw refusal(claim !== "" && !Object.hasOwn(claims, claim) ? MISSING : INVALID, claim);
}

function refusal(cause: number, claim: string): VerificationError {
  callWith("verijot_refusal", [cause], [claim], [NaN]);
  return refusalError(JSON.parse(text()) as Refusal);
}

const MISSING = 4;
const INVALID = 5;
