/** Keys of the core's, loaded into the host as they are needed. */
import { call, Status, text } from "../core/memory.js";
import { bare } from "../core/own.js";
import { type Algorithm, ALGORITHMS } from "../host/algorithms.js";
import type { LoadedKey, PublicJwk } from "../host/host.js";
import { HostError, selfTest, selfTestSync } from "../host/self_test.js";
import { host } from "#host";

/** A key that can be used. */
export interface KeyDescription {
  readonly kid?: string;
  readonly kind: string;
  readonly type: string;
  readonly algorithms: readonly string[];
  readonly jwk?: PublicJwk;
}

/** A key that is not used, and why. */
export interface SkippedDescription {
  readonly index: number;
  readonly kid?: string;
  readonly type?: string;
  readonly reason: string;
  readonly message: string;
}

/** A key that the host cannot load, which is not an invalid signature. */
export class UnloadableKey extends Error {
  readonly key: KeyDescription;

  constructor(key: KeyDescription, cause: unknown) {
    super("the platform cannot load the key", { cause });
    this.key = key;
  }
}

/**
 * A set of keys in the core, under its number. While a verification waits, another can skip a key, which moves the
 * positions of those after it: a key is named by its description, which stays the same object.
 */
export class LoadedKeys {
  readonly number: number;
  /** What the core has the keys from, which must be there as long as they are used. */
  readonly owner: object | undefined;
  #description: Description | undefined;
  readonly #loaded = new Map<KeyDescription, LoadedKey[]>();
  #unloadable = 0;

  constructor(number: number, owner?: object) {
    this.number = number;
    this.owner = owner;
  }

  /** The keys that can be used. Must be read before a verification whose question needs it. */
  get keys(): readonly KeyDescription[] {
    return this.#described().keys;
  }

  /** The keys that are not used. */
  get skipped(): readonly SkippedDescription[] {
    return this.#described().skipped;
  }

  /** How many of them the host could not load. */
  get unloadable(): number {
    return this.#unloadable;
  }

  /** The only secret of the set; `undefined` if there are none or several. */
  get onlySecret(): KeyDescription | undefined {
    return this.#described().onlySecret;
  }

  /** Whether every key is one that every platform loads, so that nothing is lost by loading it later. */
  get areCommon(): boolean {
    return this.keys.every(({ jwk }) => jwk === undefined || isCommon(jwk));
  }

  /** A key for the algorithm of this number, if it is ready. */
  loaded(key: KeyDescription, algorithm: number): LoadedKey | undefined {
    return this.#loaded.get(key)?.[algorithm];
  }

  /** A key for the algorithm of this number, ready. */
  async load(key: KeyDescription, algorithm: number): Promise<LoadedKey> {
    const known = this.loaded(key, algorithm);
    if (known !== undefined) return known;
    const { jwk, by } = wanted(key, algorithm);
    try {
      await selfTest(host, by);
      return this.#keep(key, algorithm, await host.load(jwk, by));
    } catch (error) {
      throw unloadable(key, error);
    }
  }

  /** The same without waiting. */
  loadSync(key: KeyDescription, algorithm: number): LoadedKey {
    const known = this.loaded(key, algorithm);
    if (known !== undefined) return known;
    const { jwk, by } = wanted(key, algorithm);
    if (host.loadSync === undefined) throw new TypeError(`${host.name} can only be waited for; call verify`);
    try {
      selfTestSync(host, by);
      return this.#keep(key, algorithm, host.loadSync(jwk, by));
    } catch (error) {
      throw unloadable(key, error);
    }
  }

  /** Loads every key, and skips those that the host cannot load. */
  async loadAll(): Promise<void> {
    for (const key of [...this.keys]) {
      try {
        for (const algorithm of algorithmsOf(key)) await this.load(key, algorithm);
      } catch (error) {
        this.#skipUnloadable(key, error);
      }
    }
  }

  /** The same without waiting. */
  loadAllSync(): void {
    for (const key of [...this.keys]) {
      try {
        for (const algorithm of algorithmsOf(key)) this.loadSync(key, algorithm);
      } catch (error) {
        this.#skipUnloadable(key, error);
      }
    }
  }

  /** From now on the key is one that is not used. Nothing happens if it is none of the set's, or not any more. */
  skip(key: KeyDescription): void {
    const position = this.keys.indexOf(key);
    if (position < 0) return;
    const others = this.keys.filter((other) => other !== key);
    call("verijot_keys_skip", this.number, position);
    this.#description = undefined;
    this.#loaded.delete(key);
    this.#unloadable += 1;
    this.#description = described(others, this.#described().skipped);
  }

  /** Skips a key that the host cannot load; another of the algorithms of a key may be there. */
  #skipUnloadable(key: KeyDescription, error: unknown): void {
    if (error instanceof UnloadableKey) this.skip(key);
    else if (!(error instanceof HostError && error.isMissing)) throw error;
  }

  #keep(key: KeyDescription, algorithm: number, loaded: LoadedKey): LoadedKey {
    if (this.keys.includes(key)) {
      const byAlgorithm = this.#loaded.get(key) ?? [];
      byAlgorithm[algorithm] = loaded;
      this.#loaded.set(key, byAlgorithm);
    }
    return loaded;
  }

  #described(): Description {
    if (this.#description === undefined) {
      if (call("verijot_keys_describe", this.number) !== Status.Done) return described([], []);
      const { keys, skipped } = JSON.parse(text()) as { keys: KeyDescription[]; skipped: SkippedDescription[] };
      this.#description = described(keys.map(bare), skipped.map(bare));
    }
    return this.#description;
  }
}

interface Description {
  readonly keys: readonly KeyDescription[];
  readonly skipped: readonly SkippedDescription[];
  readonly onlySecret: KeyDescription | undefined;
}

function described(keys: readonly KeyDescription[], skipped: readonly SkippedDescription[]): Description {
  const secrets = keys.filter(({ jwk }) => jwk === undefined);
  return { keys, skipped, onlySecret: secrets.length === 1 ? secrets[0] : undefined };
}

function algorithmsOf({ jwk, algorithms }: KeyDescription): number[] {
  return jwk === undefined ? [] : algorithms.map((name) => ALGORITHMS.findIndex((each) => each.name === name));
}

function wanted(key: KeyDescription, algorithm: number): { jwk: PublicJwk; by: Algorithm } {
  const { jwk } = key;
  const by = ALGORITHMS[algorithm];
  if (jwk === undefined || by === undefined) throw new UnloadableKey(key, undefined);
  return { jwk, by };
}

/**
 * A key is skipped if the host cannot load it, or lacks the only algorithm that it is for. A host that gives wrong
 * answers stops everything. A host without one of a key's algorithms must not cost the key its others.
 */
function unloadable(key: KeyDescription, error: unknown): unknown {
  if (!(error instanceof HostError)) return new UnloadableKey(key, error);
  const isOnly = algorithmsOf(key).length === 1;
  return error.isMissing && isOnly ? new UnloadableKey(key, error) : error;
}

/** RSA of at most 4096 bits with the usual exponent, or a curve. */
function isCommon({ kty, n, e }: PublicJwk): boolean {
  return kty !== "RSA" || ((n?.length ?? 0) <= BASE64URL_OF_4096_BITS && e === "AQAB");
}

const BASE64URL_OF_4096_BITS = 683;
