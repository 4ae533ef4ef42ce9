// The first verdict of a fresh process, in milliseconds of processor time from the import on, which other
// processes of the machine disturb less than the clock: first.mjs LIBRARY, JSON on standard input.
import { readFileSync } from "node:fs";
import process from "node:process";

const { jwks, key, token, issuer, audience } = JSON.parse(readFileSync(0, "utf8"));
const start = process.cpuUsage();
const FIRST = {
  async verijot() {
    const { JwkSet, Verifier } = await import("verijot");
    return (await new Verifier({ issuer, audience }).verify(token, JwkSet.from(jwks))).claims;
  },
  async jose() {
    const { createLocalJWKSet, jwtVerify } = await import("jose");
    return (await jwtVerify(token, createLocalJWKSet(JSON.parse(jwks)), { issuer, audience })).payload;
  },
  async "fast-jwt"() {
    const { createVerifier } = await import("fast-jwt");
    return createVerifier({ key, allowedIss: issuer, allowedAud: audience })(token);
  },
  async jsonwebtoken() {
    const { default: jsonwebtoken } = await import("jsonwebtoken");
    return jsonwebtoken.verify(token, key, { issuer, audience });
  },
  async "aws-jwt-verify"() {
    const { JwtVerifier } = await import("aws-jwt-verify");
    const verifier = JwtVerifier.create({ issuer, audience, jwksUri: `${issuer}/jwks` });
    verifier.cacheJwks(JSON.parse(jwks));
    return verifier.verifySync(token);
  },
};
await FIRST[process.argv[2]]();
const { user, system } = process.cpuUsage(start);
console.log((user + system) / 1000);
