/**
 * Tools to test services that use verijot: real tokens, signed with fixed keys, from an issuer that can rotate its
 * keys, fail and be slow, and a clock that tests move.
 *
 * The private keys are public: only tests may trust them. The package itself never imports this.
 *
 * @packageDocumentation
 */
export { TestClock } from "./clock.js";
export { ED25519, P256, RSA } from "./fixed_keys.js";
export { TestIssuer, type TestIssuerOptions } from "./issuer.js";
export { mint, type TokenOptions } from "./mint.js";
export type { IssuerAnswer, IssuerRequest } from "./replies.js";
export type { ServedIssuer } from "./server.js";
export { type Jwk, SigningKey } from "./signing_key.js";
