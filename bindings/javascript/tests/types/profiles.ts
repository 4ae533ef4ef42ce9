/** The types of the verifiers for one kind of token: no kind is taken for another, and no check is forgotten. */
import {
  type AccessToken,
  type AlbToken,
  anyNonce,
  type IdToken,
  type IdTokenVerifier,
  type JwkSet,
  type LogoutToken,
  type LogoutTokenVerifier,
  type PolicyOptions,
  ReplayWindow,
  type SecurityEvent,
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
  holds<Same<Awaited<ReturnType<LogoutTokenVerifier["verify"]>>, LogoutToken>>();
  await verifier.verify("", keys, { replay: new ReplayWindow(10) });
  await verifier.verify("", keys, { replay: async ({ key, until }) => key !== "" && until > new Date() });
  await verifier.verify("", keys, { replay: withoutReplayCheck });
  // @ts-expect-error Nothing is said of a second presentation.
  await verifier.verify("", keys, {});
}

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
