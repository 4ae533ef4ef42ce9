/**
 * Verifies JSON Web Tokens: strict, fast, the same verdict in every language.
 *
 * @packageDocumentation
 */
export type { Time } from "./core/instant.js";
export { AccessTokenError, SetupError, VerificationError } from "./errors/base.js";
export * from "./errors/classes.js";
export { HostError } from "./host/self_test.js";
export type { CacheOptions, ClientOptions } from "./issuer/client_options.js";
export type { Clock } from "./issuer/clock.js";
export type { WaitUntil } from "./issuer/fetched_keys.js";
export type { FetchCounts, Health } from "./issuer/health.js";
export { IssuerKeys } from "./issuer/issuer_keys.js";
export {
  type FixedOptions,
  type IssuerOptions,
  JwksClient,
  type ProviderOptions,
  type UrlOptions,
} from "./issuer/jwks_client.js";
export type { Fetch } from "./issuer/key_request.js";
export type { KeyStore } from "./issuer/key_store.js";
export { MultiIssuerClient } from "./issuer/multi_issuer_client.js";
export type { Seed, Snapshot } from "./issuer/snapshot.js";
export { JwkSet, type JwkSetOptions, type Key, type KeyOptions, type SkippedKey } from "./keys/jwk_set.js";
export type {
  AudienceRule,
  ClaimRule,
  IssuerTemplate,
  LifetimeClasses,
  PolicyOptions,
  RequiredRoles,
} from "./policy.js";
export type { LocalOptions } from "./local_options.js";
export { preset, type Preset, type PresetKeySource, type PresetOptions } from "./preset.js";
export * from "./profiles/index.js";
export type { Admitting } from "./request/admitting.js";
export { guardRequest, type TokenOf } from "./request/fetch_guard.js";
export {
  type Answer,
  type Demand,
  Guard,
  type GuardOptions,
  resourceMetadataUrl,
  type RolesDemand,
} from "./request/guard.js";
export type { KnownTenants } from "./token/caller.js";
export type { Explanation, Outcome, Step } from "./token/explanation.js";
export type { Revoked } from "./token/revocation.js";
export type { StandardSchema } from "./token/schema.js";
export type { EncodedToken } from "./token/verification.js";
export { type Claims, VerifiedJws, VerifiedToken } from "./token/verified_token.js";
export { type ClaimsOf, Verifier, type VerifierOptions, type PolicyDocument, type VerifyOptions } from "./verifier.js";
