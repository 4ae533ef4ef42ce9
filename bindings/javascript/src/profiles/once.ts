/** Profiles of tokens that may be presented once. */
import type { Time } from "../core/instant.js";
import type { Option } from "../policy.js";
import type { Explanation } from "../token/explanation.js";
import type { StandardSchema } from "../token/schema.js";
import type { EncodedToken } from "../token/verification.js";
import type { ClaimsOf } from "../verifier.js";
import { expectationsDocument } from "./documents.js";
import { type CallOptions, type Checked, type KeysOf, Profile } from "./profile.js";
import { admit, admitSync, checkedReplay, type ReplayCheck } from "./replay.js";

/** How one token is verified that may be presented once. */
export interface OnceOptions<Schema extends StandardSchema | undefined = undefined> extends CallOptions<Schema> {
  /** What remembers the tokens: a `ReplayWindow`, or a function that asks a store; or `withoutReplayCheck`. */
  readonly replay: ReplayCheck;
}

/** A profile whose tokens are admitted last, so that one that is refused may be presented again. */
export class OnceProfile {
  readonly #profile: Profile;

  constructor(name: string, options: object) {
    this.#profile = new Profile(name, options);
  }

  /** Verifies a token, and asks last whether it was presented before. */
  async verify<S extends StandardSchema | undefined>(
    token: EncodedToken,
    keys: KeysOf,
    options: OnceOptions<S>,
  ): Promise<Checked<ClaimsOf<S>>> {
    const replay = checkedReplay(options?.replay);
    const checked = await this.#profile.verify(token, keys, expectationsDocument(options, NONE), options);
    if (checked.replay !== undefined) await admit(replay, checked.replay, checked.at, this.#profile.patience);
    return checked;
  }

  /** The same without waiting. */
  verifySync<S extends StandardSchema | undefined>(
    token: EncodedToken,
    keys: KeysOf,
    options: OnceOptions<S>,
  ): Checked<ClaimsOf<S>> {
    const replay = checkedReplay(options?.replay);
    const checked = this.#profile.verifySync(token, keys, expectationsDocument(options, NONE), options);
    if (checked.replay !== undefined) admitSync(replay, checked.replay, checked.at);
    return checked;
  }

  /** Every check with its outcome, but for whether the token was presented before. */
  async explain(token: EncodedToken, keys: KeysOf, options: { readonly now?: Time } | undefined): Promise<Explanation> {
    return this.#profile.explain(token, keys, expectationsDocument(options, NONE), options?.now);
  }
}

const NONE: ReadonlyMap<string, Option> = new Map();
