// Keys and tokens for every algorithm: about 1,000 octets, 18 claims.
import { constants, createHmac, createSecretKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "https://api.example";
export const ALGORITHMS = ["HS256", "RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"];

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Claims as identity providers write them. */
export function claims(now, changed = {}) {
  return {
    ...{ iss: ISSUER, sub: "248289761001", aud: [AUDIENCE, "https://other.example"], azp: "web-client" },
    ...{ exp: now + 3600, iat: now - 10, nbf: now - 10, jti: "7f6f4a9e-0d3e-4b0f-9d0b-4c0e2f1d7a55", typ: "Bearer" },
    ...{
      sid: "5bb1d6a0-5c0e-4f52-8b2b-1d3d4e8e8a01",
      acr: "1",
      scope: "openid profile email orders:read orders:write",
    },
    ...{ realm_access: { roles: ["offline_access", "uma_authorization", "member"] }, email_verified: true },
    ...{ name: "Jane Doe", preferred_username: "jane", locale: "en", email: "jane.doe@example.com" },
    ...changed,
  };
}

/** One algorithm's key, with a function that signs. */
function keyOf(algorithm) {
  const kid = `key-${algorithm.toLowerCase()}`;
  if (algorithm === "HS256") {
    const secret = randomBytes(32);
    const signer = (message) => createHmac("sha256", secret).update(message).digest();
    const jwk = { kty: "oct", k: secret.toString("base64url"), kid, alg: algorithm };
    return { algorithm, kid, jwk, signer, verifying: createSecretKey(secret), secret };
  }
  const digest = algorithm === "EdDSA" ? null : `sha${algorithm.slice(2)}`;
  const curves = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };
  const { publicKey, privateKey } =
    algorithm === "EdDSA"
      ? generateKeyPairSync("ed25519")
      : algorithm in curves
        ? generateKeyPairSync("ec", { namedCurve: curves[algorithm] })
        : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const signer = (message) =>
    sign(digest, Buffer.from(message), {
      key: privateKey,
      dsaEncoding: "ieee-p1363",
      ...(algorithm.startsWith("PS")
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
        : {}),
    });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" };
  return { algorithm, kid, jwk, signer, verifying: publicKey, pem: publicKey.export({ format: "pem", type: "spki" }) };
}

/** The keys of an issuer, one for each algorithm. */
export function keys() {
  return ALGORITHMS.map(keyOf);
}

/** A signed token. */
export function signed(key, payload, kid = key.kid) {
  const message = `${encode({ alg: key.algorithm, kid, typ: "JWT" })}.${encode(payload)}`;
  return `${message}.${key.signer(message).toString("base64url")}`;
}
