// A service in JavaScript: GET /me. VERIJOT_PACKAGE is the folder of the package, VERIJOT_ISSUER the wallet, which is
// asked whether a token is revoked, as by a service on the edge without a database.
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const load = (path) => import(pathToFileURL(join(process.env.VERIJOT_PACKAGE, "dist", path)));
const { JwksClient } = await load("index.js");
const { guard, tokenOf } = await load("frameworks/express.js");

const authorization = new AsyncLocalStorage();
const issuer = process.env.VERIJOT_ISSUER;
const hour = 3600;
const client = JwksClient.fromIssuer(issuer, {
  audience: process.env.VERIJOT_AUDIENCE,
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
const admit = guard(client);
const server = createServer((request, response) =>
  authorization.run(request.headers.authorization, () =>
    admit(request, response, (error) => {
      response.statusCode = error ? 500 : 200;
      response.end(error ? undefined : JSON.stringify({ subject: tokenOf(request).subject }));
    }),
  ),
);
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
