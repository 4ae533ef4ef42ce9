// Keys, tokens and fetches for tests of clients.
import { generateKeyPairSync, sign } from "node:crypto";

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "https://api.example";
export const KEYS_URL = "https://issuer.example/keys";
export const POLICY = { issuer: ISSUER, audience: AUDIENCE };

/** A key with a kid, its public JWK, and what signs tokens with it. */
export function signer(kid) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg: "EdDSA" };
  const token = (claims = {}) => {
    const all = { iss: ISSUER, aud: AUDIENCE, sub: "somebody", exp: 4_000_000_000, ...claims };
    const message = `${encoded({ alg: "EdDSA", kid })}.${encoded(all)}`;
    return `${message}.${sign(null, Buffer.from(message), privateKey).toString("base64url")}`;
  };
  return { jwk, token };
}

/** A fetch that answers with what `answer` gives, and counts. */
export function fetching(answer) {
  const requests = [];
  const fetch = async (url, init) => {
    requests.push({ url, init });
    return answer(url, init);
  };
  return { fetch, requests };
}

/** The answer of an issuer with these signers. */
export function jwks(...signers) {
  return Response.json({ keys: signers.map(({ jwk }) => jwk) });
}

/** Clocks that a test moves. */
export class TestClock {
  elapsed = 0;

  monotonic() {
    return 1000 + this.elapsed;
  }

  now() {
    return 1_800_000_000 + this.elapsed;
  }
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
