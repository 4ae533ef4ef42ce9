/** Accepted tokens, so that the same one again costs a look into a map and the checks of its dates. */
import type { Instant } from "../core/instant.js";
import { call, number, Status, text } from "../core/memory.js";
import { type Refusal, refusalError } from "../errors/index.js";
import type { LoadedKeys } from "../keys/loaded_keys.js";
import type { VerifiedToken } from "./verified_token.js";

/** An accepted token. */
export interface Remembered {
  readonly verified: VerifiedToken;
  /** Its number in the core. */
  readonly number: number;
}

/** The accepted tokens of one verifier, under one set of keys: other keys begin again. */
export class RememberedTokens {
  readonly #verifier: number;
  readonly #most: number;
  readonly #tokens = new Map<string, Remembered>();
  #keys: LoadedKeys | undefined;

  constructor(verifier: number, most: number) {
    this.#verifier = verifier;
    this.#most = most;
    dropped.register(this, this.#tokens);
  }

  /** A token that was accepted before, whose dates are still good. */
  find(token: string, keys: LoadedKeys, now: Instant): Remembered | undefined {
    if (keys !== this.#keys) return undefined;
    const known = this.#tokens.get(token);
    if (known === undefined) return undefined;
    const status = call("verijot_check_again", this.#verifier, known.number, now.seconds, now.nanoseconds);
    if (status === Status.Refused) throw refusalError(JSON.parse(text()) as Refusal);
    return known;
  }

  /** Keeps the token that the core has just accepted. Gives its number, or `undefined` if it is not kept. */
  keep(token: string, keys: LoadedKeys, verified: VerifiedToken): number | undefined {
    if (keys !== this.#keys) {
      this.#clear();
      this.#keys = keys;
    }
    if (call("verijot_keep") !== Status.Done) return undefined;
    const kept = number(0);
    for (const [oldest, { number: forgotten }] of this.#tokens) {
      if (this.#tokens.size < this.#most) break;
      call("verijot_forget", forgotten);
      this.#tokens.delete(oldest);
    }
    this.#tokens.set(token, { verified, number: kept });
    return kept;
  }

  #clear(): void {
    forgetAll(this.#tokens);
    this.#tokens.clear();
  }
}

function forgetAll(tokens: ReadonlyMap<string, Remembered>): void {
  for (const { number: forgotten } of tokens.values()) call("verijot_forget", forgotten);
}

const dropped = new FinalizationRegistry<ReadonlyMap<string, Remembered>>(forgetAll);
