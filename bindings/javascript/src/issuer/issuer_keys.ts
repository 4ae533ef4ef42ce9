/** The keys of one issuer, for clients with other policies. */
import type { Clocks } from "./clock.js";
import type { Keys } from "./keys.js";

/** Keys with the clocks by which they age. */
export interface HeldKeys {
  readonly keys: Keys;
  readonly clocks: Clocks;
}

/**
 * An issuer's keys, fetched and kept up to date once for any number of clients, each with a policy of its own. It is
 * `keys` of a `JwksClient`, and `JwksClient.fromKeys` takes it.
 */
export class IssuerKeys {
  readonly #held: HeldKeys;

  /** @internal */
  constructor(held: HeldKeys) {
    this.#held = held;
  }

  /**
   * What a caller's keys hold; `undefined` if they are none.
   *
   * @internal
   */
  static heldBy(keys: unknown): HeldKeys | undefined {
    return typeof keys === "object" && keys !== null && #held in keys ? keys.#held : undefined;
  }
}
