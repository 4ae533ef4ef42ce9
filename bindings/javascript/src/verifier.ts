/** Verifies tokens with keys that the caller has. */
import { instant, type Instant, type Time } from "./core/instant.js";
import { documentJson } from "./core/document.js";
import { call, callWith, number, Status, text } from "./core/memory.js";
import { ownOptions } from "./core/own.js";
import { type Problem, refusalError, setupError } from "./errors/index.js";
import { JwkSet } from "./keys/jwk_set.js";
import type { LoadedKeys } from "./keys/loaded_keys.js";
import { type LocalOptions, ownMembers, takeDocument, takeLocal } from "./local_options.js";
import { type PolicyOptions, policyDocument } from "./policy.js";
import { Caller } from "./token/caller.js";
import { type Explanation, explained } from "./token/explanation.js";
import { RememberedTokens } from "./token/remembered_tokens.js";
import { type StandardSchema, into, intoSync } from "./token/schema.js";
import {
  type CoreVerifier,
  type EncodedToken,
  Mode,
  fixed,
  textOf,
  type Verdict,
  verify,
  verifySync,
} from "./token/verification.js";
import { host } from "#host";
import { type Claims, VerifiedJws, VerifiedToken } from "./token/verified_token.js";

/** What is demanded of a token, and what the verifier does beyond that. */
export interface VerifierOptions extends PolicyOptions, LocalOptions {}

/** A policy's document in place of options. */
export interface PolicyDocument extends LocalOptions {
  /** The document (`core/guide/policy.md`): JSON as text, or an object. */
  readonly policy: string | object;
}

/** A refusal that the core has just given. */
export type Refused = Extract<Verdict, { accepted: false }>;

/** What verifies one token with keys that are there; a client finds the keys for it. */
export interface Verifying<T> {
  readonly core: CoreVerifier;
  /** `onRefusal` is called before anything else can call the core. */
  verifyWith(
    token: EncodedToken,
    keys: LoadedKeys,
    now: () => Instant,
    onRefusal?: (refusal: Refused) => void,
  ): Promise<T>;
  /** The same without waiting. */
  verifySyncWith(token: EncodedToken, keys: LoadedKeys, now: Instant, onRefusal?: (refusal: Refused) => void): T;
}

/** How one token is verified. */
export interface VerifyOptions<Schema extends StandardSchema | undefined = undefined> {
  /** The time by which `exp`, `nbf` and `iat` are judged. The clock's. */
  readonly now?: Time;
  /** What the claims must fit: a schema of zod, valibot, arktype or another of Standard Schema. */
  readonly schema?: Schema;
}

/** The claims that a schema gives, or those of JSON. */
export type ClaimsOf<Schema> = Schema extends StandardSchema<unknown, infer Output> ? Output : Claims;

/**
 * Verifies tokens against one policy. Make it once.
 *
 * ```ts
 * import { JwkSet, Verifier } from "verijot";
 * const verifier = new Verifier({ issuer: "https://issuer.example", audience: "https://api.example" });
 * const keys = JwkSet.from({ keys: [] });
 * await verifier.verify("no token", keys).catch((error) => console.log(error.code)); // malformed_token
 * ```
 */
export class Verifier {
  /** @internal */
  readonly core: CoreVerifier;
  /** @internal */
  readonly caller: Caller | undefined;
  readonly #remembered: RememberedTokens | undefined;

  /**
   * @throws InvalidPolicyError if what is demanded makes no sense; its `member` says where.
   */
  constructor(options: VerifierOptions | PolicyDocument) {
    const members = ownMembers(options);
    const local = takeLocal(members);
    const status = callWith("verijot_verifier", [], [documentOf(members)]);
    if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
    this.core = { number: number(0), longestToken: number(1) };
    this.caller = Caller.of(this, local, number(2));
    const { tokenCache } = local;
    this.#remembered = tokenCache === undefined ? undefined : new RememberedTokens(this.core.number, tokenCache);
    // Not of the verifier: a verification that waits holds the core's, and nobody may hold this one.
    forgotten.register(this.core, this.core.number);
  }

  /** The policy's document, for the vectors, the command line, and other languages. */
  get policy(): string {
    call("verijot_policy", this.core.number);
    return text();
  }

  /**
   * Verifies a token.
   *
   * @throws VerificationError of the class of its code, if any check fails.
   */
  async verify<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: JwkSet,
    options?: VerifyOptions<S>,
  ): Promise<VerifiedToken<ClaimsOf<S>>> {
    const { now, schema } = ownOptions(options, VERIFY_OPTIONS) as VerifyOptions<S>;
    const encoded = fixed(token);
    const loaded = JwkSet.loadedOf(keys);
    // A host that need not be waited for is not.
    const verified =
      host.loadSync === undefined
        ? await this.verifyWith(encoded, loaded, times(now))
        : this.verifySyncWith(encoded, loaded, instant(now));
    if (schema === undefined && this.caller === undefined) return verified as VerifiedToken<ClaimsOf<S>>;
    return finish(verified, schema, this.caller);
  }

  /**
   * Verifies a token without waiting, where the platform has such cryptography: on Node, Bun and Deno.
   *
   * @throws VerificationError of the class of its code, if any check fails; TypeError where verifying must
   *   be waited for.
   */
  verifySync<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: JwkSet,
    options?: VerifyOptions<S>,
  ): VerifiedToken<ClaimsOf<S>> {
    const { now, schema } = ownOptions(options, VERIFY_OPTIONS) as VerifyOptions<S>;
    const verified = this.verifySyncWith(fixed(token), JwkSet.loadedOf(keys), instant(now));
    this.caller?.askSync(verified);
    return schema === undefined
      ? (verified as VerifiedToken<ClaimsOf<S>>)
      : (intoSync(verified, schema) as VerifiedToken<ClaimsOf<S>>);
  }

  /**
   * Verifies the signature and the header of a JWS, whose payload may be anything. Of the policy only the
   * algorithms, the size and types that it names apply.
   *
   * @throws VerificationError of the class of its code, if a check fails.
   */
  async verifyJws(token: EncodedToken, keys: JwkSet): Promise<VerifiedJws> {
    const encoded = fixed(token);
    const verdict = await verify(
      this.core,
      JwkSet.loadedOf(keys),
      encoded,
      Mode.Jws,
      times(undefined),
      (ended) => ended,
    );
    if (!verdict.accepted) throw refusalError(verdict.refusal);
    return new VerifiedJws(textOf(encoded), verdict.keyId);
  }

  /**
   * Every check of {@link Verifier.verify} with its outcome, but for what only the caller knows, and schemas. Never
   * throws for a token.
   */
  async explain(token: EncodedToken, keys: JwkSet, options?: { readonly now?: Time }): Promise<Explanation> {
    const { now } = ownOptions(options, ["now"]);
    return this.explainWith(fixed(token), JwkSet.loadedOf(keys), times(now));
  }

  /** @internal */
  async explainWith(token: EncodedToken, keys: LoadedKeys, now: () => Instant): Promise<Explanation> {
    return explained(await verify(this.core, keys, token, Mode.Explain, now, (ended) => ended));
  }

  /**
   * Verifies up to what only the caller knows, and schemas. `onRefusal` is called before anything else can call the
   * core.
   *
   * @internal
   */
  async verifyWith(
    token: EncodedToken,
    keys: LoadedKeys,
    now: () => Instant,
    onRefusal?: (refusal: Refused) => void,
  ): Promise<VerifiedToken> {
    const known = this.#remembered?.find(textOf(token), keys, now());
    if (known !== undefined) return known.verified;
    return verify(this.core, keys, token, Mode.Jwt, now, (verdict) => {
      if (!verdict.accepted) onRefusal?.(verdict);
      return this.#accepted(token, keys, verdict);
    });
  }

  /**
   * The same without waiting.
   *
   * @internal
   */
  verifySyncWith(
    token: EncodedToken,
    keys: LoadedKeys,
    now: Instant,
    onRefusal?: (refusal: Refused) => void,
  ): VerifiedToken {
    const known = this.#remembered?.find(textOf(token), keys, now);
    if (known !== undefined) return known.verified;
    const verdict = verifySync(this.core, keys, token, Mode.Jwt, now);
    if (!verdict.accepted) onRefusal?.(verdict);
    return this.#accepted(token, keys, verdict);
  }

  #accepted(token: EncodedToken, keys: LoadedKeys, verdict: Verdict): VerifiedToken {
    if (!verdict.accepted) throw refusalError(verdict.refusal);
    const verified = new VerifiedToken(new VerifiedJws(textOf(token), verdict.keyId), verdict.payload);
    this.#remembered?.keep(textOf(token), keys, verified);
    return verified;
  }
}

/** Asks the caller, then applies the schema. */
export async function finish<S extends StandardSchema | undefined>(
  verified: VerifiedToken,
  schema: S | undefined,
  caller: Caller | undefined,
): Promise<VerifiedToken<ClaimsOf<S>>> {
  if (caller !== undefined) await caller.ask(verified);
  return schema === undefined
    ? (verified as VerifiedToken<ClaimsOf<S>>)
    : ((await into(verified, schema)) as VerifiedToken<ClaimsOf<S>>);
}

/** The time of each of a verification's halves: the caller's, or the clock's each time. */
export function times(now: Time | undefined): () => Instant {
  if (now === undefined) return () => instant(undefined);
  const given = instant(now);
  return () => given;
}

/** The policy's document: the one that was given, or that of the options. */
function documentOf(members: Map<string, unknown>): string {
  const given = takeDocument(members, "policy", "a policy's");
  if (given === undefined) return policyDocument(members);
  return typeof given === "string" ? given : documentJson(given, "");
}

const forgotten = new FinalizationRegistry<number>((verifier) => {
  call("verijot_verifier_drop", verifier);
});

const VERIFY_OPTIONS = ["now", "schema"] as const;
