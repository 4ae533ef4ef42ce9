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
  readonly position: number;

  constructor(position: number, cause: unknown) {
    super("the platform cannot load the key", { cause });
    this.position = position;
  }
}

/** A set of keys in the core, under its number. */
export class LoadedKeys {
  readonly number: number;
  #description: { keys: KeyDescription[]; skipped: SkippedDescription[] } | undefined;
  #loaded = new Map<number, LoadedKey>();

  constructor(number: number) {
    this.number = number;
  }

  /** The keys that can be used. Must be read before a verification whose question needs it. */
  get keys(): readonly KeyDescription[] {
    return this.#described().keys;
  }

  /** The keys that are not used. */
  get skipped(): readonly SkippedDescription[] {
    return this.#described().skipped;
  }

  /** Whether every key is one that every platform loads, so that nothing is lost by loading it later. */
  get areCommon(): boolean {
    return this.keys.every(({ jwk }) => jwk === undefined || isCommon(jwk));
  }

  /** A key for the algorithm of this number, if it is ready. */
  loaded(position: number, algorithm: number): LoadedKey | undefined {
    return this.#loaded.get(position * ALGORITHMS.length + algorithm);
  }

  /** A key for the algorithm of this number, ready. */
  async load(position: number, algorithm: number): Promise<LoadedKey> {
    const known = this.#loaded.get(position * ALGORITHMS.length + algorithm);
    if (known !== undefined) return known;
    const { jwk, by } = this.#wanted(position, algorithm);
    try {
      await selfTest(host, by);
      return this.#keep(position, algorithm, await host.load(jwk, by));
    } catch (error) {
      throw this.#unloadable(position, error);
    }
  }

  /** The same without waiting. */
  loadSync(position: number, algorithm: number): LoadedKey {
    const known = this.#loaded.get(position * ALGORITHMS.length + algorithm);
    if (known !== undefined) return known;
    const { jwk, by } = this.#wanted(position, algorithm);
    if (host.loadSync === undefined) throw new TypeError(`${host.name} can only be waited for; call verify`);
    try {
      selfTestSync(host, by);
      return this.#keep(position, algorithm, host.loadSync(jwk, by));
    } catch (error) {
      throw this.#unloadable(position, error);
    }
  }

  /** Loads every key, and skips those that the host cannot load. */
  async loadAll(): Promise<void> {
    for (let position = 0; position < this.keys.length;) {
      try {
        for (const algorithm of this.#algorithmsOf(position)) await this.load(position, algorithm);
        position += 1;
      } catch (error) {
        // Another of the key's algorithms may be there.
        if (error instanceof HostError && error.isMissing) position += 1;
        else if (error instanceof UnloadableKey) this.skip(position);
        else throw error;
      }
    }
  }

  /** The same without waiting. */
  loadAllSync(): void {
    for (let position = 0; position < this.keys.length;) {
      try {
        for (const algorithm of this.#algorithmsOf(position)) this.loadSync(position, algorithm);
        position += 1;
      } catch (error) {
        // Another of the key's algorithms may be there.
        if (error instanceof HostError && error.isMissing) position += 1;
        else if (error instanceof UnloadableKey) this.skip(position);
        else throw error;
      }
    }
  }

  /** From now on the key at this position is one that is not used. */
  skip(position: number): void {
    call("verijot_keys_skip", this.number, position);
    this.#description = undefined;
    this.#loaded.clear();
  }

  /** Drops the keys in the core. */
  drop(): void {
    call("verijot_keys_drop", this.number);
  }

  #algorithmsOf(position: number): number[] {
    const { jwk, algorithms } = this.keys[position] ?? { algorithms: [] };
    return jwk === undefined ? [] : algorithms.map((name) => ALGORITHMS.findIndex((each) => each.name === name));
  }

  #wanted(position: number, algorithm: number): { jwk: PublicJwk; by: Algorithm } {
    const jwk = this.keys[position]?.jwk;
    const by = ALGORITHMS[algorithm];
    if (jwk === undefined || by === undefined) throw new UnloadableKey(position, undefined);
    return { jwk, by };
  }

  /**
   * A key is skipped if the host cannot load it, or has not the only algorithm that it is for. A host that gives wrong
   * answers stops everything. A host without one of a key's algorithms must not cost the key its others.
   */
  #unloadable(position: number, error: unknown): unknown {
    if (!(error instanceof HostError)) return new UnloadableKey(position, error);
    const isOnly = this.#algorithmsOf(position).length === 1;
    return error.isMissing && isOnly ? new UnloadableKey(position, error) : error;
  }

  #keep(position: number, algorithm: number, key: LoadedKey): LoadedKey {
    this.#loaded.set(position * ALGORITHMS.length + algorithm, key);
    return key;
  }

  #described(): { keys: KeyDescription[]; skipped: SkippedDescription[] } {
    if (this.#description === undefined) {
      if (call("verijot_keys_describe", this.number) !== Status.Done) return { keys: [], skipped: [] };
      const { keys, skipped } = JSON.parse(text()) as { keys: KeyDescription[]; skipped: SkippedDescription[] };
      this.#description = { keys: keys.map(bare), skipped: skipped.map(bare) };
    }
    return this.#description;
  }
}

/** RSA of at most 4096 bits with the usual exponent, or a curve. */
function isCommon({ kty, n, e }: PublicJwk): boolean {
  return kty !== "RSA" || ((n?.length ?? 0) <= BASE64URL_OF_4096_BITS && e === "AQAB");
}

const BASE64URL_OF_4096_BITS = 683;
