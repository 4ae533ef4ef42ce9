/** The types of the verifiers for one kind of token: no kind is taken for another, and no check is forgotten. */
import {
  type AccessToken,
  type AccessTokenVerifier,
  type Admitting,
  type AlbToken,
  type AlbVerifier,
  anyNonce,
  type IdToken,
  IdTokenVerifier,
  type JwksClient,
  type JwkSet,
  type LogoutToken,
  type LogoutTokenVerifier,
  type PolicyOptions,
  ReplayWindow,
  type SecurityEvent,
  type StandardSchema,
  withoutNonce,
  withoutReplayCheck,
} from "verijot";
import { holds, type Same } from "./same.js";

export async function logins(verifier: IdTokenVerifier, keys: JwkSet): Promise<void> {
  const token = await verifier.verify("", keys, { nonce: "n" });
  holds<Same<typeof token, IdToken>>();
  await verifier.verify("", keys, { nonce: withoutNonce, maxAge: 600 });
  await verifier.verify("", keys, { nonce: anyNonce });
  await verifier.verify("", keys, { refreshOf: token });
  // @ts-expect-error Nothing is said of the nonce.
  await verifier.verify("", keys, { maxAge: 600 });
  // @ts-expect-error A nonce that was lost.
  await verifier.verify("", keys, { nonce: undefined });
  // @ts-expect-error A symbol of the caller's.
  await verifier.verify("", keys, { nonce: Symbol("without nonce") });
  // @ts-expect-error No login at all.
  await verifier.verify("", keys);
}

export async function logouts(verifier: LogoutTokenVerifier, keys: JwkSet): Promise<void> {
  const token = await verifier.verify("", keys, { replay: new ReplayWindow(10) });
  holds<Same<typeof token, LogoutToken>>();
  await verifier.verify("", keys, { replay: async ({ key, until }) => key !== "" && until > new Date() });
  await verifier.verify("", keys, { replay: withoutReplayCheck });
  // @ts-expect-error Nothing is said of a second presentation.
  await verifier.verify("", keys, {});
}

interface User {
  readonly tenant: string;
}

export async function schemas(
  ids: IdTokenVerifier,
  accesses: AccessTokenVerifier,
  loadBalancer: AlbVerifier,
  schema: StandardSchema<unknown, User>,
  keys: JwkSet,
): Promise<void> {
  const idToken = await ids.verify("", keys, { nonce: "n", schema });
  holds<Same<typeof idToken, IdToken<User>>>();
  holds<Same<typeof idToken.token.claims, User>>();
  const plain = accesses.verifySync("", keys);
  holds<Same<typeof plain, AccessToken>>();
  const access = accesses.verifySync("", keys, { acr: "mfa", schema });
  holds<Same<typeof access.token.claims.tenant, string>>();
  const user = await loadBalancer.verify("", keys, { schema });
  holds<Same<typeof user.claims, User>>();
  // The ID token before may have any claims.
  await ids.verify("", keys, { refreshOf: idToken });
}

export function clients(accesses: AccessTokenVerifier, keys: JwkSet, client: JwksClient): Admitting[] {
  // @ts-expect-error A verifier without keys verifies no request.
  const none: Admitting = accesses;
  // @ts-expect-error The time is that of each request.
  accesses.withKeys(keys, { now: 0 });
  return [none, accesses.withKeys(keys), accesses.withKeys(client, { maxAuthenticationAge: 600 })];
}

export const remembering = new IdTokenVerifier({
  issuer: "https://issuer.example",
  clientId: "client",
  knownTenants: async (tenant) => tenant.length > 0,
  revoked: async ({ id }) => id === undefined,
  revokedTimeout: 1,
  tokenCache: 100,
});

export function kinds(
  id: IdToken,
  access: AccessToken,
  logout: LogoutToken,
  event: SecurityEvent,
  alb: AlbToken,
): void {
  const takesIdToken = (_: IdToken): void => undefined;
  takesIdToken(id);
  // @ts-expect-error
  takesIdToken(access);
  // @ts-expect-error
  takesIdToken(logout);
  // @ts-expect-error
  takesIdToken(event);
  // @ts-expect-error
  takesIdToken(alb);
}

export const policies: PolicyOptions[] = [
  { issuer: "i", audience: { exactly: ["a"], in_claim: "azp" }, rules: [{ path: ["azp"], one_of: ["a"] }] },
  {
    issuer: [{ template: "https://i/{t}/", claim: "tid", tenants: ["t"] }],
    audience: null,
    types: { or_none: ["JWT"] },
  },
  // @ts-expect-error A rule without a test.
  { issuer: null, audience: null, rules: [{ path: ["azp"] }] },
];
