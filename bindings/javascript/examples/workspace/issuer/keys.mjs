// The issuer's keys: one that signs, and others that are published beside it, before or after their time.
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";

export class Keys {
  #published = [];
  #signing;

  constructor() {
    this.announce();
    this.switch();
  }

  /** The JWK Set. */
  get set() {
    return { keys: this.#published.map(({ jwk }) => jwk) };
  }

  /** Publishes another key, which signs nothing yet. */
  announce() {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = { ...publicKey.export({ format: "jwk" }), kid: randomUUID(), alg: "ES256", use: "sig" };
    this.#published.push({ jwk, privateKey });
  }

  /** Signs with the newest key from now on. */
  switch() {
    this.#signing = this.#published.at(-1);
  }

  /** Publishes only the key that signs. */
  retire() {
    this.#published = [this.#signing];
  }

  /** A signed JWT. */
  sign(typ, claims) {
    const { jwk, privateKey } = this.#signing;
    const message = [{ alg: "ES256", typ, kid: jwk.kid }, claims].map((part) => encode(JSON.stringify(part))).join(".");
    return `${message}.${encode(sign("sha256", Buffer.from(message), { key: privateKey, dsaEncoding: "ieee-p1363" }))}`;
  }
}

function encode(text) {
  return Buffer.from(text).toString("base64url");
}
