/**
 * Verifies JSON Web Tokens: strict, fast, the same verdict in every language.
 *
 * @packageDocumentation
 */
export type { Time } from "./core/instant.js";
export * from "./errors/index.js";
export { HostError } from "./host/self_test.js";
export { JwkSet, type JwkSetOptions, type Key, type KeyOptions, type SkippedKey } from "./keys/jwk_set.js";
export type { LifetimeClasses, PolicyOptions, RequiredRoles } from "./policy.js";
export { type Answer, type Demand, Guard, type GuardOptions, type RolesDemand } from "./request/guard.js";
export type { Explanation, Outcome, Step } from "./token/explanation.js";
export type { Revoked } from "./token/revocation.js";
export type { StandardSchema } from "./token/schema.js";
export type { EncodedToken } from "./token/verification.js";
export { type Claims, VerifiedJws, VerifiedToken } from "./token/verified_token.js";
export { Verifier, type VerifierOptions, type PolicyDocument, type VerifyOptions } from "./verifier.js";
