/** A verifier for one kind of token: an ordinary verifier, and a check of what it accepts, made for every call. */
import { type Instant, instant, type Time } from "../core/instant.js";
import { call, callWith, number, Status, text } from "../core/memory.js";
import { type Problem, type Refusal, refusalError, setupError } from "../errors/index.js";
import { JwksClient } from "../issuer/jwks_client.js";
import { JwkSet } from "../keys/jwk_set.js";
import type { LoadedKeys } from "../keys/loaded_keys.js";
import { type Explanation, explained } from "../token/explanation.js";
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
import { VerifiedJws, VerifiedToken } from "../token/verified_token.js";
import { type Refused, times, type Verifying } from "../verifier.js";
import { settingsDocument } from "./documents.js";
import type { Unadmitted } from "./replay.js";

/** Where the keys come from: a set, or a client of the issuer, whose own policy is not applied. */
export type KeysOf = JwkSet | JwksClient;

/** What a profile has checked of a token. */
export interface Checked {
  readonly token: VerifiedToken;
  /** The claims that the profile has checked, as JSON. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** What must be admitted before the token is used. */
  readonly replay: Unadmitted | undefined;
}

/** The settings as a document in place of options; it names its profile. */
export interface SettingsDocument {
  /** The document (`core/guide/profiles.md`): JSON as text. */
  readonly settings: string;
}

/** A profile in the core. */
export class Profile {
  readonly core: CoreVerifier;
  readonly #number: number;

  /**
   * @throws InvalidPolicyError for settings that make no sense; its `member` says where.
   */
  constructor(name: string, options: object) {
    if (typeof options !== "object" || options === null) throw new TypeError("the options are not an object");
    const { settings } = options as Partial<SettingsDocument>;
    const entries = Object.keys(options).map((key) => [key, (options as Record<string, unknown>)[key]] as const);
    const document = typeof settings === "string" ? settings : settingsDocument(name, entries);
    const status = callWith("verijot_profile", [], [document]);
    if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
    this.#number = number(0);
    this.core = { number: number(1), longestToken: number(2) };
    forgotten.register(this, [this.#number, this.core.number]);
    const found = text();
    if (found !== name) {
      const message = `profile: the document is that of another profile, ${found}`;
      throw setupError({ code: "invalid_policy", message, member: "profile" });
    }
  }

  /** Verifies a token, and makes the profile's checks. */
  async verify(raw: EncodedToken, keys: KeysOf, expectations: string, now: Time | undefined): Promise<Checked> {
    this.#expect(expectations);
    const token = fixed(raw);
    const call = this.#verifying(expectations);
    if (keys instanceof JwksClient) return keys.verifyBy(call, token, now);
    return call.verifyWith(token, JwkSet.loadedOf(keys), times(now));
  }

  /** The same without waiting. */
  verifySync(raw: EncodedToken, keys: KeysOf, expectations: string, now: Time | undefined): Checked {
    this.#expect(expectations);
    const token = fixed(raw);
    const call = this.#verifying(expectations);
    if (keys instanceof JwksClient) return keys.verifySyncBy(call, token, now);
    return call.verifySyncWith(token, JwkSet.loadedOf(keys), instant(now));
  }

  /** Every check with its outcome, but for whether the token was presented before. */
  async explain(raw: EncodedToken, keys: JwkSet, expectations: string, now: Time | undefined): Promise<Explanation> {
    this.#expect(expectations);
    const at = times(now);
    return verify(this.core, JwkSet.loadedOf(keys), fixed(raw), Mode.Explain, at, (verdict) => {
      const { seconds, nanoseconds } = at();
      const after = [seconds, nanoseconds];
      const status = callWith("verijot_profile_explain", [this.#number], [expectations], after);
      return explained(status === Status.Done ? { accepted: true, keyId: undefined, explanation: text() } : verdict);
    });
  }

  /** What the caller expects is read before the token, so that a mistake of the caller does not depend on it. */
  #expect(expectations: string): void {
    const status = callWith("verijot_profile_expect", [this.#number], [expectations]);
    if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
  }

  #verifying(expectations: string): Verifying<Checked> {
    const conclude = (
      token: EncodedToken,
      verdict: Verdict,
      now: Instant,
      onRefusal: ((refusal: Refused) => void) | undefined,
    ): Checked => {
      if (!verdict.accepted) {
        onRefusal?.(verdict);
        throw refusalError(verdict.refusal);
      }
      return this.#check(token, verdict.keyId, expectations, now);
    };
    return {
      core: this.core,
      verifyWith: (token, keys: LoadedKeys, now, onRefusal) => {
        // The time of the checks is that of the verification's second half.
        let last: Instant | undefined;
        const clock = (): Instant => (last = now());
        return verify(this.core, keys, token, Mode.Jwt, clock, (verdict) =>
          conclude(token, verdict, last ?? now(), onRefusal),
        );
      },
      verifySyncWith: (token, keys: LoadedKeys, now, onRefusal) =>
        conclude(token, verifySync(this.core, keys, token, Mode.Jwt, now), now, onRefusal),
    };
  }

  /** Checks the token that the core has just accepted. */
  #check(token: EncodedToken, keyId: string | undefined, expectations: string, now: Instant): Checked {
    const after = [now.seconds, now.nanoseconds];
    const status = callWith("verijot_profile_check", [this.#number, LAST], [expectations], after);
    if (status === Status.Refused) throw refusalError(JSON.parse(text()) as Refusal);
    if (status !== Status.Done) throw new TypeError(text());
    const until = { seconds: number(0), nanoseconds: number(1) };
    const { claims, replay_key: key } = JSON.parse(text()) as {
      claims: Record<string, unknown>;
      replay_key?: string;
    };
    return {
      token: new VerifiedToken(new VerifiedJws(textOf(token), keyId)),
      claims,
      replay: key === undefined ? undefined : { key, until },
    };
  }
}

const forgotten = new FinalizationRegistry<readonly [number, number]>(([profile, verifier]) => {
  call("verijot_profile_drop", profile);
  call("verijot_verifier_drop", verifier);
});

const LAST = 0;
