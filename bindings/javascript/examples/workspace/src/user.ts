/** Who a request comes from, by the claims of the tokens in its cookies. */
import jwks from "deployment:jwks";
import settings from "deployment:settings";
import { InvalidTokenError, JwkSet, JwksClient } from "verijot";
import { identity, membership, type Organization } from "./claims.js";

export interface User {
  readonly name: string;
  readonly organizations: readonly Organization[];
  readonly nonce: string | undefined;
  /** When the access token expires. */
  readonly expiresAt: Date;
}

/**
 * Verifies both tokens. With keys that were baked in, no request is sent to anyone.
 *
 * @returns `undefined` if a token is refused.
 * @throws KeysUnavailableError if keys must be fetched at run time, and cannot be.
 */
export async function userOf(accessToken: string, idToken: string | undefined): Promise<User | undefined> {
  if (idToken === undefined) return undefined;
  try {
    const access = await accessTokens.verify(accessToken, { schema: membership });
    const id = await idTokens.verify(idToken, { schema: identity });
    // OpenID Connect Core §5.3.2 says the same of userinfo: claims of somebody else must not be mixed in.
    if (id.claims.sub !== access.claims.sub || access.expiresAt === undefined) return undefined;
    const { name, nonce } = id.claims;
    return { name, nonce, organizations: access.claims.organizations, expiresAt: access.expiresAt };
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error;
    console.log(`token refused: ${error.code}`);
    return undefined;
  }
}

/** RFC 9068: an ID token is no access token, whatever its audience. */
const demanded = (audience: string, type: string) => ({
  audience,
  types: [type],
  requiredClaims: ["sub", "iat"],
  tokenCache: 1000,
});
const { issuer } = settings;
const accessPolicy = demanded(settings.audience, "at+jwt");
const accessTokens =
  jwks === null
    ? JwksClient.fromIssuer(issuer, accessPolicy)
    : JwksClient.fromKeys(JwkSet.from(jwks), { ...accessPolicy, issuer });
const idTokens = JwksClient.fromKeys(accessTokens.keys, { ...demanded(settings.clientId, "JWT"), issuer });
