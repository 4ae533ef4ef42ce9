/** What the functions give, in a package that writes its own declarations: every type can be named. */
import {
  AccessTokenVerifier,
  type ClaimsOf,
  type EncodedToken,
  guardRequest,
  IdTokenVerifier,
  JwksClient,
  JwkSet,
  LogoutTokenVerifier,
  preset,
  resourceMetadataUrl,
  type StandardSchema,
  type VerifiedToken,
  Verifier,
} from "verijot";
import { cookieKeeper, memoryKeeper, refreshWith, storageKeeper, TokenSession } from "verijot/session";
import { mint, SigningKey, TestClock, TestIssuer } from "verijot/testing";

export const keys = JwkSet.from({ keys: [] });
export const verifier = new Verifier({ issuer: null, audience: null });
export const client = JwksClient.fromKeys(keys, { issuer: null, audience: null });
export const methods = {
  verify: verifier.verify.bind(verifier),
  explain: verifier.explain.bind(verifier),
  ofClient: client.verify.bind(client),
  health: client.health.bind(client),
  exported: client.export.bind(client),
};
export const idTokens = new IdTokenVerifier({ issuer: "https://issuer.example", clientId: "c" });
export const logoutTokens = new LogoutTokenVerifier({ issuer: "https://issuer.example", clientId: "c" });
export const accessTokens = new AccessTokenVerifier({ issuer: "https://issuer.example", audience: "a" });
export const kinds = [idTokens.verify.bind(idTokens), logoutTokens.verify.bind(logoutTokens)] as const;
export const ofRequests = accessTokens.withKeys(client);
export const guards = [guardRequest(client), guardRequest(ofRequests, { optional: true })] as const;
export const ofProvider = preset("apple", { client_id: "c" });
export const url = resourceMetadataUrl("https://api.example/mcp");

export const keepers = [memoryKeeper(), storageKeeper(new Map() as never), cookieKeeper(new Request(""))] as const;
export const refresh = refreshWith({ tokenEndpoint: "https://issuer.example/token", clientId: "c" });
export const session = new TokenSession({ refresh, keeper: memoryKeeper() });
export const ofSession = [session.fetch.bind(session), session.health.bind(session), session.tokens.bind(session)];

export const issuer = new TestIssuer({ audience: "a", clock: new TestClock() });
export const ofIssuer = { serve: issuer.serve.bind(issuer), answers: issuer.answers, mint, made: SigningKey.generate };

/** A function of the service's own around `verify`. */
export async function verified<const S extends StandardSchema>(
  raw: EncodedToken,
  schema: S,
): Promise<VerifiedToken<ClaimsOf<S>>> {
  return verifier.verify(raw, keys, { schema });
}
