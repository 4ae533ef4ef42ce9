// How each library verifies: made once for a key, then called for each token. Each checks signature, issuer,
// audience and dates, and gives the claims.
import { JwtRsaVerifier, JwtVerifier } from "aws-jwt-verify";
import { createVerifier } from "fast-jwt";
import { createLocalJWKSet, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { JwkSet, Verifier } from "verijot";
import { AUDIENCE, ISSUER } from "./tokens.mjs";

function ours(all, options = {}) {
  const keys = JwkSet.from({ keys: all.map(({ jwk }) => jwk) }, { symmetricKeys: true });
  const algorithms = all.map(({ algorithm }) => algorithm);
  const policy = { issuer: ISSUER, audience: AUDIENCE, algorithms, symmetricKeys: true };
  return { keys, verifier: new Verifier({ ...policy, ...options }) };
}

/** Without waiting. Each takes all keys and the one that will be used, and gives a function from token to claims. */
export const SYNC = {
  verijot(all) {
    const { keys, verifier } = ours(all);
    return (token) => verifier.verifySync(token, keys).claims;
  },
  "verijot, claims not read"(all) {
    const { keys, verifier } = ours(all);
    return (token) => verifier.verifySync(token, keys);
  },
  "fast-jwt"(_, { algorithm, secret, pem }) {
    return createVerifier({ key: secret ?? pem, algorithms: [algorithm], allowedIss: ISSUER, allowedAud: AUDIENCE });
  },
  jsonwebtoken(_, { algorithm, verifying }) {
    if (algorithm === "EdDSA") return undefined;
    const options = { algorithms: [algorithm], issuer: ISSUER, audience: AUDIENCE };
    return (token) => jsonwebtoken.verify(token, verifying, options);
  },
  "aws-jwt-verify"(all, { algorithm }) {
    if (algorithm === "HS256" || algorithm === "PS256") return undefined;
    const Chosen = JwtVerifier ?? JwtRsaVerifier;
    const verifier = Chosen.create({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `${ISSUER}/jwks` });
    verifier.cacheJwks({ keys: all.filter(({ secret }) => secret === undefined).map(({ jwk }) => jwk) });
    return (token) => verifier.verifySync(token);
  },
};

/** With waiting. */
export const ASYNC = {
  verijot(all) {
    const { keys, verifier } = ours(all);
    return async (token) => (await verifier.verify(token, keys)).claims;
  },
  jose(all, { secret, verifying }) {
    // A set of secrets it does not take.
    const asymmetric = all.filter((key) => key.secret === undefined);
    const keys = secret === undefined ? createLocalJWKSet({ keys: asymmetric.map(({ jwk }) => jwk) }) : verifying;
    const options = { issuer: ISSUER, audience: AUDIENCE };
    return async (token) => (await jwtVerify(token, keys, options)).payload;
  },
};

/** Tokens that were accepted before. */
export const REMEMBERED = {
  verijot(all) {
    const { keys, verifier } = ours(all, { tokenCache: 1000 });
    return (token) => verifier.verifySync(token, keys).claims;
  },
  "fast-jwt"(_, { algorithm, secret, pem }) {
    const common = { algorithms: [algorithm], allowedIss: ISSUER, allowedAud: AUDIENCE };
    return createVerifier({ ...common, key: secret ?? pem, cache: 1000 });
  },
};
