/** Verifiers of tokens that may be presented once. */
import type { Time } from "../core/instant.js";
import { instant } from "../core/instant.js";
import type { JwkSet } from "../keys/jwk_set.js";
import type { Option } from "../policy.js";
import type { Explanation } from "../token/explanation.js";
import type { EncodedToken } from "../token/verification.js";
import type { CheckedClaims } from "./checked_claims.js";
import { expectationsDocument } from "./documents.js";
import { type Checked, type KeysOf, Profile } from "./profile.js";
import { admit, admitSync, checkedReplay, type ReplayCheck } from "./replay.js";

/** How one token is verified that may be presented once. */
export interface OnceOptions {
  /** What remembers the tokens: a `ReplayWindow`, or a function that asks a store; or `withoutReplayCheck`. */
  readonly replay: ReplayCheck;
  /** The time by which dates are judged. The clock's. */
  readonly now?: Time;
}

/** What the verifiers of logout tokens and of Security Event Tokens have in common. */
export abstract class OnceVerifier<T extends CheckedClaims> {
  readonly #profile: Profile;
  readonly #make: (checked: Checked) => T;

  /** @internal */
  protected constructor(name: string, options: object, make: (checked: Checked) => T) {
    this.#profile = new Profile(name, options);
    this.#make = make;
  }

  /**
   * Verifies a token, and asks last whether it was presented before.
   *
   * @throws VerificationError of the class of its code, if any check fails: ReplayedTokenError if the token was
   *   presented before, ReplayUnavailableError (503) if nobody can say.
   */
  async verify(token: EncodedToken, keys: KeysOf, options: OnceOptions): Promise<T> {
    const replay = checkedReplay(options?.replay);
    const checked = await this.#profile.verify(token, keys, expectationsDocument(options, NONE), options.now);
    if (checked.replay !== undefined) await admit(replay, checked.replay, at(options.now));
    return this.#make(checked);
  }

  /**
   * The same without waiting, where the platform has such cryptography: on Node, Bun and Deno. An answer of a store
   * that must be waited for is none.
   */
  verifySync(token: EncodedToken, keys: KeysOf, options: OnceOptions): T {
    const replay = checkedReplay(options?.replay);
    const checked = this.#profile.verifySync(token, keys, expectationsDocument(options, NONE), options.now);
    if (checked.replay !== undefined) admitSync(replay, checked.replay, at(options.now));
    return this.#make(checked);
  }

  /** Every check with its outcome, but for whether the token was presented before. Never throws for a token. */
  async explain(token: EncodedToken, keys: JwkSet, options?: { readonly now?: Time }): Promise<Explanation> {
    return this.#profile.explain(token, keys, expectationsDocument(options, NONE), options?.now);
  }
}

function at(now: Time | undefined): ReturnType<typeof instant> | undefined {
  return now === undefined ? undefined : instant(now);
}

const NONE: ReadonlyMap<string, Option> = new Map();
