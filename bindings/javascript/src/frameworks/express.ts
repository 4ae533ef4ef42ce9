/** Middleware for Express 4 and 5, and others that take `(request, response, next)` of Node. */
import type { IncomingMessage, ServerResponse } from "node:http";

import type { Admitting } from "../request/admitting.js";
import { Gate, RefusedRequest } from "../request/gate.js";
import type { Answer, GuardOptions } from "../request/guard.js";
import type { VerifiedToken } from "../token/verified_token.js";
import { headerLines } from "./header_lines.js";
import { remember } from "./tokens.js";

export { tokenOf } from "./tokens.js";

/** Express's middleware, in terms of Node. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Lets in requests with a token that the client verifies and that grants what is demanded. The next handlers
 * get it from {@link tokenOf} and `request.token`. Guards add up: a route has the demands of each guard on its way.
 *
 * ```ts
 * app.get("/orders", guard(client, { demand: { allScopes: ["orders:read"] } }), (request, response) => {
 *   response.json({ subject: tokenOf(request).subject });
 * });
 * ```
 *
 * @throws InvalidDemandError if the options make no sense.
 */
export function guard(client: Admitting, options?: GuardOptions): Middleware {
  const gate = new Gate(client, options);
  return (request, response, next) => {
    const admit = async (): Promise<void> => {
      const outcome = await gate.admit(request, headerLines(request, gate.header));
      if (outcome instanceof RefusedRequest) return send(response, outcome.answer);
      remember(request, outcome);
      next();
    };
    admit().catch(next);
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

declare global {
  namespace Express {
    interface Request {
      /** The verified token of the last guard that let the request in. */
      token?: VerifiedToken | undefined;
    }
  }
}
