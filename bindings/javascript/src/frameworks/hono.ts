/** Middleware for Hono. */
import type { MiddlewareHandler } from "hono";

import type { Admitting } from "../request/admitting.js";
import type { TokenOf } from "../request/fetch_guard.js";
import { Gate, RefusedRequest } from "../request/gate.js";
import type { GuardOptions } from "../request/guard.js";

/**
 * Lets in requests with a token that the client verifies and that grants what is demanded. The next handlers
 * get it from `c.get("token")`. Guards add up: a route has the demands of each guard on its way.
 *
 * ```ts
 * const app = new Hono();
 * app.get("/orders", guard(client, { demand: { allScopes: ["orders:read"] } }), (c) =>
 *   c.json({ subject: c.get("token").subject }),
 * );
 * ```
 *
 * Put it before `upgradeWebSocket`, so that an upgrade without a good token is answered as any other request.
 *
 * @throws InvalidDemandError if the options make no sense.
 */
export function guard<const O extends GuardOptions = Record<never, never>>(
  client: Admitting,
  options?: O,
): MiddlewareHandler<{ Variables: { token: TokenOf<O> } }> {
  const gate = new Gate(client, options);
  return async (c, next) => {
    const outcome = await gate.admit(c, c.req.header(gate.header));
    if (outcome instanceof RefusedRequest) {
      const { status, headers, body } = outcome.answer;
      // Set one by one they replace those of other middleware.
      for (const [name, value] of Object.entries(headers)) c.header(name, value);
      return c.body(body, status as 401 | 403 | 503);
    }
    c.set("token", outcome as TokenOf<O>);
    return next();
  };
}
