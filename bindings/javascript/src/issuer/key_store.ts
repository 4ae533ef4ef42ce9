/** A place that several isolates or processes share, where one puts the keys that all can use. */
import type { CoreIssuer } from "./core_issuer.js";
import { fixedSeed, type Seed } from "./snapshot.js";
import { type Closing, within } from "./pause.js";

/**
 * A place for keys that several isolates share, such as a KV namespace or a cache. Must be as trustworthy as
 * the code itself: anyone who can write there can make tokens.
 * For Workers KV: `{ get: (key) => kv.get(key), put: (key, text, seconds) => kv.put(key, text, { expirationTtl: seconds }) }`.
 */
export interface KeyStore {
  /** The text under a key, or nothing. */
  get(key: string): Promise<string | null | undefined>;
  /** Keeps a text under a key, for that many whole seconds. */
  put(key: string, text: string, seconds: number): Promise<unknown>;
}

/** What a client does with a store. Its failures change nothing. */
export class SharedKeys {
  readonly #store: KeyStore;
  #wasRead = false;

  constructor(store: KeyStore) {
    this.#store = store;
  }

  /** Takes over the keys of the store, the first time; gives whether there were any. */
  async read(issuer: CoreIssuer, seconds: number, isAwaited: boolean, closing: Closing): Promise<boolean> {
    if (this.#wasRead) return false;
    this.#wasRead = true;
    try {
      const written = await within(seconds, isAwaited, closing, () => this.#store.get(keyOf(issuer)));
      if (typeof written !== "string") return false;
      issuer.seed(fixedSeed(JSON.parse(written) as Seed));
      return true;
    } catch {
      return false;
    }
  }

  /** Writes the keys that the client has. */
  async write(issuer: CoreIssuer, seconds: number, closing: Closing): Promise<void> {
    const { snapshot, usableFor } = issuer.export() ?? {};
    if (snapshot === undefined || usableFor === undefined) return;
    try {
      const written = JSON.stringify(snapshot);
      await within(seconds, false, closing, () => this.#store.put(keyOf(issuer), written, Math.ceil(usableFor)));
    } catch {
      // The next fetch writes again.
    }
  }
}

function keyOf(issuer: CoreIssuer): string {
  return `verijot:${issuer.place}`;
}
