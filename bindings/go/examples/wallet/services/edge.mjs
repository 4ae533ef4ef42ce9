// A service on workerd: GET /me. The settings come from the bundle; the wallet is asked whether a token is revoked,
// as by every service on the edge without a database.
import { AsyncLocalStorage } from "node:async_hooks";
import settings from "deployment:settings";
import { guardRequest, JwksClient } from "verijot";

const { issuer, audience } = settings;
const authorization = new AsyncLocalStorage();
const hour = 3600;
const client = JwksClient.fromIssuer(issuer, {
  audience,
  types: ["at+jwt"],
  requiredClaims: ["iss", "sub", "jti"],
  maxLifetimeBy: { claim: "track", ceilings: { staff: 12 * hour, member: 8 * hour, partner: 4 * hour }, default: hour },
  async revoked() {
    const headers = { authorization: authorization.getStore() };
    const { ok, status } = await fetch(`${issuer}/api/v1/auth/session`, { headers });
    if (ok) return false;
    if (status === 401) return true;
    throw new Error(`the wallet answered with ${status}`);
  },
});
const guard = guardRequest(client);

async function answer(request) {
  const token = await guard(request);
  return token instanceof Response ? token : Response.json({ subject: token.subject });
}

export default {
  fetch: (request) => authorization.run(request.headers.get("authorization"), () => answer(request)),
};
