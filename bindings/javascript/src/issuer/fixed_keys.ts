/** Keys that a client was given, and never fetches. */
import type { Instant } from "../core/instant.js";
import type { JwkSet } from "../keys/jwk_set.js";
import type { LoadedKeys } from "../keys/loaded_keys.js";
import type { EncodedToken } from "../token/verification.js";
import type { Verifying } from "../verifier.js";
import { type Health, healthOfFixed } from "./health.js";
import type { Keys } from "./keys.js";

/** The keys of a set. Whatever is about fetching has no effect. */
export class FixedKeys implements Keys {
  readonly #keys: JwkSet;

  constructor(keys: JwkSet) {
    this.#keys = keys;
  }

  verify<T>(
    verifier: Verifying<T>,
    token: EncodedToken,
    now: () => Instant,
    onTry?: (keys: LoadedKeys) => void,
  ): Promise<T> {
    onTry?.(this.#keys.loaded);
    return verifier.verifyWith(token, this.#keys.loaded, now);
  }

  verifySync<T>(verifier: Verifying<T>, token: EncodedToken, now: Instant): T {
    return verifier.verifySyncWith(token, this.#keys.loaded, now);
  }

  held(): LoadedKeys {
    return this.#keys.loaded;
  }

  async ready(): Promise<void> {
    await this.#keys.loaded.loadAll();
  }

  async refreshNow(): Promise<void> {}

  purge(): void {}

  restore(): boolean {
    return false;
  }

  health(): Health {
    return healthOfFixed(this.#keys.keys.length, this.#keys.skipped);
  }

  export(): undefined {}

  seed(): void {}

  close(): void {}
}
