/** A place that several isolates or processes share, where one puts the keys that all can use. */
import type { CoreIssuer } from "./core_issuer.js";
import { fixedSeed, type Seed } from "./snapshot.js";
import { type Closing, within } from "./pause.js";

/**
 * A place for keys that several isolates share, such as a KV namespace or a cache. Must be as trustworthy as
 * the code itself: anyone who can write there can make tokens.
 * Each source of keys has a key of its own, made of the whole URL and of what the client may ask, by SHA-256.
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
  readonly #source: string;
  #wasRead = false;

  /** `source` says all of where the keys come from; only its hash is shown to the store. */
  constructor(store: KeyStore, source: string) {
    this.#store = store;
    this.#source = source;
  }

  /** Takes over the keys of the store, the first time; gives whether there were any. */
  async read(issuer: CoreIssuer, seconds: number, isAwaited: boolean, closing: Closing): Promise<boolean> {
    if (this.#wasRead) return false;
    this.#wasRead = true;
    try {
      const written = await within(seconds, isAwaited, closing, async () => this.#store.get(await keyOf(this.#source)));
      if (typeof written !== "string") return false;
      issuer.seed(fixedSeed(JSON.parse(written) as Seed));
      return true;
    } catch {
      return false;
    }
  }

  /** Writes the keys that the client has. */
  async write(issuer: CoreIssuer, seconds: number, closing: Closing): Promise<void> {
    try {
      const { snapshot, usableFor } = issuer.export() ?? {};
      if (snapshot === undefined || usableFor === undefined) return;
      const written = JSON.stringify(snapshot);
      const lifetime = Math.ceil(usableFor);
      const put = async (): Promise<unknown> => this.#store.put(await keyOf(this.#source), written, lifetime);
      await within(seconds, false, closing, put);
    } catch {
      // The next fetch writes again; a clock that fails meets who asks next.
    }
  }
}

/**
 * The name under which the keys of a source are shared. The SHA-256 of all that says where keys come from: two sources
 * whose URLs differ only in the query have different keys, and a query may be a secret.
 */
async function keyOf(source: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(source)));
  return `verijot:${Array.from(digest, (octet) => octet.toString(16).padStart(2, "0")).join("")}`;
}
