/** A verifier for one kind of token: an ordinary verifier, and a check of what it accepts, made for every call. */
import { type Instant, instant, type Time } from "../core/instant.js";
import { call, callWith, number, Status, text } from "../core/memory.js";
import { type Problem, type Refusal, refusalError, setupError } from "../errors/index.js";
import { JwksClient } from "../issuer/jwks_client.js";
import { JwkSet } from "../keys/jwk_set.js";
import type { LoadedKeys } from "../keys/loaded_keys.js";
import { type LocalOptions, ownMembers, takeDocument, takeLocal } from "../local_options.js";
import { documentJson } from "../core/document.js";
import { Caller } from "../token/caller.js";
import { type Explanation, explained } from "../token/explanation.js";
import { RememberedTokens } from "../token/remembered_tokens.js";
import { into, intoSync, type StandardSchema } from "../token/schema.js";
import {
  type CoreVerifier,
  type EncodedToken,
  fixed,
  Mode,
  textOf,
  verify,
  verifySync,
} from "../token/verification.js";
import type { Verdict } from "../token/verification.js";
import { type Claims, VerifiedJws, VerifiedToken } from "../token/verified_token.js";
import { type ClaimsOf, type Refused, times, type Verifying } from "../verifier.js";
import { settingsDocument } from "./documents.js";
import type { Unadmitted } from "./replay.js";

/** Where the keys come from: a set, or a client of the issuer, whose own policy is not applied. */
export type KeysOf = JwkSet | JwksClient;

/**
 * @throws TypeError for what is neither a set nor a client.
 */
export function checkedKeys(keys: KeysOf): KeysOf {
  if (!(keys instanceof JwksClient)) JwkSet.loadedOf(keys);
  return keys;
}

/** What a profile has checked of a token. */
export interface Checked<C = Claims> {
  readonly token: VerifiedToken<C>;
  /** The claims that the profile has checked, as JSON. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** What must be admitted before the token is used. */
  readonly replay: Unadmitted | undefined;
  /** The time by which it was checked. */
  readonly at: Instant;
}

/** The settings as a document in place of options; it names its profile. */
export interface SettingsDocument extends LocalOptions {
  /** The document (`core/guide/profiles.md`): JSON as text. */
  readonly settings: string;
}

/** How one token is verified, beside what the call expects of it. */
export interface CallOptions<Schema extends StandardSchema | undefined = undefined> {
  /** The time by which dates are judged. The clock's. */
  readonly now?: Time;
  /** What the claims of `token` must fit: a schema of zod, valibot, arktype or another of Standard Schema. */
  readonly schema?: Schema;
}

/** A profile in the core. */
export class Profile {
  readonly core: CoreVerifier;
  /** What the caller is asked once a token is checked. */
  readonly caller: Caller | undefined;
  /** How many seconds each answer of the caller may take. */
  readonly patience: number;
  readonly #number: number;
  readonly #remembered: RememberedTokens | undefined;

  /**
   * @throws InvalidPolicyError for settings that make no sense; its `member` says where.
   */
  constructor(name: string, options: object) {
    const members = ownMembers(options);
    const local = takeLocal(members);
    const settings = takeDocument(members, "settings", "a profile's");
    const given = settings === undefined || typeof settings === "string" ? settings : documentJson(settings, "");
    const document = given ?? settingsDocument(name, members);
    const status = callWith("verijot_profile", [], [document]);
    if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
    this.#number = number(0);
    this.core = { number: number(1), longestToken: number(2) };
    this.patience = local.revokedTimeout ?? number(3);
    this.caller = Caller.of(this, local, this.patience);
    forgotten.register(this, this.#number);
    // What waits holds this one.
    forgottenVerifiers.register(this.core, this.core.number);
    const found = text();
    if (found !== name) {
      const message = `profile: the document is that of another profile, ${found}`;
      throw setupError({ code: "invalid_policy", message, member: "profile" });
    }
    const { tokenCache } = local;
    this.#remembered = tokenCache === undefined ? undefined : new RememberedTokens(this.core.number, tokenCache);
  }

  /** Verifies a token and makes the profile's checks, then asks the caller and applies the schema. */
  async verify<S extends StandardSchema | undefined>(
    raw: EncodedToken,
    keys: KeysOf,
    expectations: string,
    options: CallOptions<S> | undefined,
  ): Promise<Checked<ClaimsOf<S>>> {
    const { now, schema } = called(options);
    const checked = await this.check(raw, keys, expectations, now);
    if (this.caller !== undefined) await this.caller.ask(checked.token);
    const token = schema === undefined ? checked.token : await into(checked.token, schema);
    return { ...checked, token: token as VerifiedToken<ClaimsOf<S>> };
  }

  /** The same without waiting. */
  verifySync<S extends StandardSchema | undefined>(
    raw: EncodedToken,
    keys: KeysOf,
    expectations: string,
    options: CallOptions<S> | undefined,
  ): Checked<ClaimsOf<S>> {
    const { now, schema } = called(options);
    this.expect(expectations);
    const encoded = fixed(raw);
    const call = this.#verifying(expectations);
    const checked =
      keys instanceof JwksClient
        ? keys.verifySyncBy(call, encoded, now)
        : call.verifySyncWith(encoded, JwkSet.loadedOf(keys), instant(now));
    this.caller?.askSync(checked.token);
    const token = schema === undefined ? checked.token : intoSync(checked.token, schema);
    return { ...checked, token: token as VerifiedToken<ClaimsOf<S>> };
  }

  /** Verifies a token and makes the profile's checks, up to what only the caller knows. */
  async check(raw: EncodedToken, keys: KeysOf, expectations: string, now: Time | undefined): Promise<Checked> {
    this.expect(expectations);
    const token = fixed(raw);
    const call = this.#verifying(expectations);
    if (keys instanceof JwksClient) return keys.verifyBy(call, token, now);
    return call.verifyWith(token, JwkSet.loadedOf(keys), times(now));
  }

  /** Every check with its outcome, but for what only the caller knows, schemas, and whether the token came before. */
  async explain(raw: EncodedToken, keys: KeysOf, expectations: string, now: Time | undefined): Promise<Explanation> {
    this.expect(expectations);
    const token = fixed(raw);
    const explainWith = (loaded: LoadedKeys, at: () => Instant): Promise<Explanation> =>
      verify(this.core, loaded, token, Mode.Explain, at, (verdict) => {
        const { seconds, nanoseconds } = at();
        const after = [seconds, nanoseconds];
        const status = callWith("verijot_profile_explain", [this.#number], [expectations], after);
        return explained(status === Status.Done ? { accepted: true, keyId: undefined, explanation: text() } : verdict);
      });
    if (keys instanceof JwksClient) return keys.explainBy(this.#verifying(expectations), explainWith, token, now);
    return explainWith(JwkSet.loadedOf(keys), times(now));
  }

  /** What the caller expects is read before the token, so that a mistake of the caller does not depend on it. */
  expect(expectations: string): void {
    const status = callWith("verijot_profile_expect", [this.#number], [expectations]);
    if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
  }

  /** The checks of the profile are made of every token, also of one that was remembered. */
  #verifying(expectations: string): Verifying<Checked> {
    const remembered = (token: EncodedToken, keys: LoadedKeys, now: Instant): Checked | undefined => {
      const known = this.#remembered?.find(textOf(token), keys, now);
      return known && this.#checked(known.verified, known.number, expectations, now);
    };
    const conclude = (
      token: EncodedToken,
      keys: LoadedKeys,
      verdict: Verdict,
      now: Instant,
      onRefusal: ((refusal: Refused) => void) | undefined,
    ): Checked => {
      if (!verdict.accepted) {
        onRefusal?.(verdict);
        throw refusalError(verdict.refusal);
      }
      const verified = new VerifiedToken(new VerifiedJws(textOf(token), verdict.keyId));
      const kept = this.#remembered?.keep(textOf(token), keys, verified);
      return this.#checked(verified, kept ?? LAST, expectations, now);
    };
    return {
      core: this.core,
      verifyWith: async (token, keys, now, onRefusal) => {
        const known = remembered(token, keys, now());
        if (known !== undefined) return known;
        // The time of the checks is that of the verification's second half.
        let last: Instant | undefined;
        const clock = (): Instant => (last = now());
        return verify(this.core, keys, token, Mode.Jwt, clock, (verdict) =>
          conclude(token, keys, verdict, last ?? now(), onRefusal),
        );
      },
      verifySyncWith: (token, keys, now, onRefusal) => {
        const known = remembered(token, keys, now);
        if (known !== undefined) return known;
        return conclude(token, keys, verifySync(this.core, keys, token, Mode.Jwt, now), now, onRefusal);
      },
    };
  }

  /** Checks a token that the core has accepted: the last one, or one that it keeps under a number. */
  #checked(token: VerifiedToken, accepted: number, expectations: string, at: Instant): Checked {
    const after = [at.seconds, at.nanoseconds];
    const status = callWith("verijot_profile_check", [this.#number, accepted], [expectations], after);
    if (status === Status.Refused) throw refusalError(JSON.parse(text()) as Refusal);
    if (status !== Status.Done) throw new TypeError(text());
    const until = { seconds: number(0), nanoseconds: number(1) };
    const { claims, replay_key: key } = JSON.parse(text()) as {
      claims: Record<string, unknown>;
      replay_key?: string;
    };
    return { token, claims, replay: key === undefined ? undefined : { key, until }, at };
  }
}

/** The options of a call that every profile has; of the others the core reads what is expected. */
function called<S extends StandardSchema | undefined>(options: CallOptions<S> | undefined): CallOptions<S> {
  // Without a prototype, whose members do not count.
  return Object.assign(Object.create(null) as object, options) as CallOptions<S>;
}

const forgotten = new FinalizationRegistry<number>((profile) => {
  call("verijot_profile_drop", profile);
});

const forgottenVerifiers = new FinalizationRegistry<number>((verifier) => {
  call("verijot_verifier_drop", verifier);
});

const LAST = 0;
