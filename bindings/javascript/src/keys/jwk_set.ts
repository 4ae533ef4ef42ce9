/** Keys that the caller has. */
import { call, callWith, number, type Octets, options, release, Status, text } from "../core/memory.js";
import { stringify } from "../core/json.js";
import { isOctets } from "../core/octets.js";
import { ownOptions } from "../core/own.js";
import { type Problem, setupError } from "../errors/index.js";
import { host } from "#host";
import { LoadedKeys, type SkippedDescription } from "./loaded_keys.js";

/** How a key set is read. */
export interface JwkSetOptions {
  /** Whether HMAC secrets (`kty` `oct`) are used. Only for a set that nobody else can read. */
  readonly symmetricKeys?: boolean;
  /** Whether numbers may be base64 with padding or of the standard alphabet, against RFC 7515 §2. */
  readonly paddedBase64?: boolean;
  /** Whether coordinates may lack leading zero octets, against RFC 7518 §6.2.1.2. */
  readonly shortCoordinates?: boolean;
  /** The only values that the `use` of a key may have, such as `jwt-svid`. Missing or `sig`. */
  readonly purposes?: readonly string[];
  /** The most octets of the set. 262144. */
  readonly maxOctets?: number;
  /** The most keys of the set. 100. */
  readonly maxKeys?: number;
}

/** What one key is for. */
export interface KeyOptions {
  /** The algorithms that it verifies. */
  readonly algorithms?: readonly string[];
  /** Its `kid`; without one it is tried for every token. */
  readonly keyId?: string;
}

/** A key of a set. */
export interface Key {
  /** Its `kid`. */
  readonly keyId: string | undefined;
  /** Its type and size, such as `RSA 2048 bits`. */
  readonly kind: string;
  /** Its `kty`. */
  readonly keyType: string;
  /** The algorithms that it is used with. */
  readonly algorithms: readonly string[];
}

/** A key of a set that is not used. */
export interface SkippedKey {
  /** Its position in the set, from zero. */
  readonly index: number;
  /** Its `kid`, if that is a string. */
  readonly keyId: string | undefined;
  /** Its `kty`, if that is a string. */
  readonly keyType: string | undefined;
  /** Why: a stable code. */
  readonly reason: string;
  /** The same in words. */
  readonly message: string;
}

/**
 * The keys of one issuer. Read once, for any number of tokens.
 *
 * ```ts
 * import { JwkSet } from "verijot";
 * const keys = JwkSet.from({ keys: [] });
 * console.log(keys.keys.length, keys.skipped.length);
 * ```
 */
export class JwkSet {
  readonly #loaded: LoadedKeys;

  private constructor(loaded: LoadedKeys) {
    this.#loaded = loaded;
    // Not of the set: a verification that waits holds the keys, and nobody may hold the set.
    forgotten.register(loaded, loaded.number);
  }

  /**
   * Reads a JWK Set (RFC 7517 §5): its JSON as text or UTF-8 octets, or as an object, whose own members
   * are read once.
   *
   * A key that the platform cannot load is noticed at its first use; {@link JwkSet.load} notices it at
   * once.
   *
   * @throws InvalidJwksError if the set as a whole cannot be used.
   */
  static from(jwks: string | Uint8Array | object, options: JwkSetOptions = {}): JwkSet {
    return new JwkSet(read(JWK_SET, written(jwks), setOptions(options)));
  }

  /** As {@link JwkSet.from}, and loads every key, so that `skipped` is complete. */
  static async load(jwks: string | Uint8Array | object, options: JwkSetOptions = {}): Promise<JwkSet> {
    const keys = JwkSet.from(jwks, options);
    await keys.#loaded.loadAll();
    return keys;
  }

  /**
   * Reads one JWK (RFC 7517 §4) as a set of one key.
   *
   * @throws InvalidJwksError if it cannot be used.
   */
  static fromJwk(jwk: string | Uint8Array | object, options: JwkSetOptions = {}): JwkSet {
    return new JwkSet(read(JWK, written(jwk), setOptions(options)));
  }

  /**
   * Reads an object of `kid` and certificate or public key in PEM, as Google publishes it for Firebase: JSON as
   * text or octets, or an object. All keys are for the algorithms that are named; of a certificate neither validity
   * nor chain is checked.
   *
   * @throws InvalidJwksError if the whole cannot be used, UnusableKeyError for an unknown algorithm.
   */
  static fromCertificates(
    certificates: string | Uint8Array | object,
    given: JwkSetOptions & { readonly algorithms: readonly string[] },
  ): JwkSet {
    const { algorithms } = ownOptions(given, CERTIFICATE_OPTIONS);
    // None are no reason to read another format.
    const named = algorithms?.length ? algorithms : [""];
    return new JwkSet(read(JWK_SET, written(certificates), setOptions(given, named)));
  }

  /**
   * One public key in PEM, or that of a certificate in PEM, whose validity and chain are not checked.
   *
   * @throws UnusableKeyError if it cannot be used.
   */
  static fromPem(pem: string, options: KeyOptions & { readonly algorithms: readonly string[] }): JwkSet {
    return new JwkSet(read(PEM, String(pem), keyOptions(options)));
  }

  /**
   * One shared secret for HMAC (RFC 7518 §3.2): for the algorithms that are named, or for each whose hash
   * is not longer than the secret.
   *
   * @throws UnusableKeyError if it cannot be used.
   */
  static fromSecret(secret: string | Uint8Array, options: KeyOptions = {}): JwkSet {
    return new JwkSet(read(SECRET, isOctets(secret) ? secret : String(secret), keyOptions(options)));
  }

  /** @internal */
  get loaded(): LoadedKeys {
    return this.#loaded;
  }

  /**
   * The keys in the core of what a caller says is a set.
   *
   * @throws TypeError if it is not one.
   * @internal
   */
  static loadedOf(keys: JwkSet): LoadedKeys {
    if (!(typeof keys === "object" && keys !== null && #loaded in keys)) throw new TypeError(NO_SET);
    return keys.#loaded;
  }

  /** The keys that can be used, in the set's order. */
  get keys(): Key[] {
    return this.#loaded.keys.map(({ kid, kind, type, algorithms }) => ({
      keyId: kid,
      kind,
      keyType: type,
      algorithms,
    }));
  }

  /** The keys that are not used, in the set's order, with the reasons. */
  get skipped(): SkippedKey[] {
    return this.#loaded.skipped.map(skippedKey);
  }
}

/** A key that is not used, as callers see it. */
export function skippedKey({ index, kid, type, reason, message }: SkippedDescription): SkippedKey {
  return { index, keyId: kid, keyType: type, reason, message };
}

function read(form: number, octets: Octets, named: Uint8Array): LoadedKeys {
  const status = callWith("verijot_keys", [form], [octets, named]);
  const problem = status === Status.Done ? undefined : (JSON.parse(text()) as Problem);
  const read = number(0);
  release();
  if (problem !== undefined) throw setupError(problem);
  const keys = new LoadedKeys(read);
  // Rare keys are tried at once where nobody has to wait for it.
  if (host.loadSync !== undefined && !keys.areCommon) keys.loadAllSync();
  return keys;
}

function written(json: string | Uint8Array | object): Octets {
  if (typeof json === "string") return json;
  if (typeof json !== "object" || json === null) throw new TypeError("a JWK Set is text, octets or an object");
  return isOctets(json) ? json : stringify(json);
}

function setOptions(
  given: JwkSetOptions & { readonly algorithms?: readonly string[] },
  certificates?: readonly string[],
): Uint8Array {
  const known = ownOptions(given, certificates === undefined ? SET_OPTIONS : CERTIFICATE_OPTIONS);
  const { symmetricKeys, paddedBase64, shortCoordinates, purposes, maxOctets, maxKeys } = known;
  return options([
    ["certificates", certificates],
    ["purposes", purposes?.length === 0 ? [""] : purposes],
    ["symmetric_keys", symmetricKeys === true],
    ["padded_base64", paddedBase64 === true],
    ["short_coordinates", shortCoordinates === true],
    ["max_octets", count("maxOctets", maxOctets)],
    ["max_keys", count("maxKeys", maxKeys)],
  ]);
}

function count(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw new RangeError(`${name} is not a whole number of at least zero`);
}

function keyOptions(given: KeyOptions): Uint8Array {
  const { algorithms, keyId } = ownOptions(given, KEY_OPTIONS);
  return options([
    ["algorithm", algorithms],
    ["kid", keyId],
  ]);
}

const forgotten = new FinalizationRegistry<number>((keys) => {
  call("verijot_keys_drop", keys);
});

const BASE_OPTIONS = ["symmetricKeys", "paddedBase64", "shortCoordinates"] as const;
const SET_OPTIONS = [...BASE_OPTIONS, "purposes", "maxOctets", "maxKeys"] as const;
const CERTIFICATE_OPTIONS = [...SET_OPTIONS, "algorithms"] as const;
const KEY_OPTIONS = ["algorithms", "keyId"] as const;

const JWK_SET = 0;
const JWK = 1;
const PEM = 2;
const SECRET = 3;
const NO_SET = "the keys are not a JwkSet; make one by JwkSet.from";
