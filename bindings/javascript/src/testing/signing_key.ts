/** Private keys of a test's issuer. Those with fixed numbers are public: only tests may trust them. */
import { ALGORITHMS, type Algorithm } from "../host/algorithms.js";
import { imported, verified } from "../host/web.js";

/** A key as a JWK (RFC 7517 §4). */
export type Jwk = Readonly<Record<string, string>>;

/** A private key that signs tokens with WebCrypto. */
export class SigningKey {
  /** `kid`. */
  readonly keyId: string;
  /** `alg`, the only algorithm that it signs with. */
  readonly algorithm: string;
  /** The public key, for a JWK Set. */
  readonly jwk: Jwk;
  readonly #parameters: Algorithm;
  readonly #private: JsonWebKey;

  private constructor(keyId: string, parameters: Algorithm, key: JsonWebKey) {
    this.keyId = keyId;
    this.algorithm = parameters.name;
    this.#parameters = parameters;
    const members = Object.entries(key).filter(([name]) => KEY_MEMBERS.includes(name)) as [string, string][];
    this.#private = Object.fromEntries(members);
    const numbers = Object.fromEntries(members.filter(([name]) => PUBLIC_MEMBERS.includes(name)));
    this.jwk = Object.freeze({ ...numbers, kid: keyId, alg: this.algorithm, use: "sig" });
  }

  /**
   * Makes a key from its private numbers.
   *
   * @param jwk has `kid`, `alg`, and the numbers of RFC 7518 §6 or RFC 8037 §2.
   * @throws TypeError for a missing `kid`, and for an algorithm that is unknown or symmetric.
   */
  static from(jwk: Jwk): SigningKey {
    const { kid, alg, ...numbers } = jwk;
    if (typeof kid !== "string") throw new TypeError("the key has no kid");
    return new SigningKey(kid, parametersOf(String(alg)), numbers);
  }

  /** Makes a key for EdDSA. The same `kid` always gives the same key, as in verijot's other languages. */
  static async ed25519(keyId: string): Promise<SigningKey> {
    const text = new TextEncoder().encode(`verijot.testing Ed25519 ${keyId}`);
    const seed = new Uint8Array(await subtle().digest("SHA-256", text));
    const pkcs8 = new Uint8Array([...ED25519_PKCS8, ...seed]);
    const key = await subtle().importKey("pkcs8", pkcs8, { name: "Ed25519" }, true, ["sign"]);
    return new SigningKey(keyId, parametersOf("EdDSA"), await subtle().exportKey("jwk", key));
  }

  /**
   * Generates a random key; RSA keys have 2048 bits.
   *
   * @throws TypeError for an algorithm that is unknown or symmetric.
   */
  static async generate(algorithm: string, keyId: string): Promise<SigningKey> {
    const parameters = parametersOf(algorithm);
    const made = { ...imported(parameters), ...RSA_2048 };
    const pair = (await subtle().generateKey(made, true, ["sign", "verify"])) as CryptoKeyPair;
    return new SigningKey(keyId, parameters, await subtle().exportKey("jwk", pair.privateKey));
  }

  /** Signs a message, and returns the signature in its JWS encoding. */
  async sign(message: Uint8Array): Promise<Uint8Array> {
    const form = imported(this.#parameters);
    const key = await subtle().importKey("jwk", this.#private, form, false, ["sign"]);
    const signature = await subtle().sign(verified(this.#parameters), key, message as BufferSource);
    return new Uint8Array(signature);
  }
}

/**
 * WebCrypto; where a test runner stands in for a page without it, such as with jsdom, that of Node.
 *
 * @throws TypeError where there is none.
 */
function subtle(): SubtleCrypto {
  const found = globalThis.crypto?.subtle ?? globalThis.process?.getBuiltinModule?.("node:crypto")?.webcrypto.subtle;
  if (found === undefined) throw new TypeError("crypto.subtle is missing, with which the tokens are signed");
  return found as SubtleCrypto;
}

function parametersOf(name: string): Algorithm {
  const found = ALGORITHMS.find((algorithm) => algorithm.name === name);
  if (found === undefined) {
    throw new TypeError(`cannot sign with ${name}; known are ${ALGORITHMS.map((each) => each.name).join(", ")}`);
  }
  return found;
}

const PUBLIC_MEMBERS = ["kty", "crv", "x", "y", "n", "e"];
const KEY_MEMBERS = [...PUBLIC_MEMBERS, "d", "p", "q", "dp", "dq", "qi"];
const RSA_2048 = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };

/** A private key of RFC 8410 §7 up to its 32 octets. */
const ED25519_PKCS8 = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
