/** A hook for Fastify 5. */
import type { IncomingMessage } from "node:http";

import type {} from "fastify";

import type { Admitting } from "../request/admitting.js";
import { Gate, RefusedRequest } from "../request/gate.js";
import type { GuardOptions } from "../request/guard.js";
import type { VerifiedToken } from "../token/verified_token.js";
import { headerLines } from "./header_lines.js";
import { remember } from "./tokens.js";

export { tokenOf } from "./tokens.js";

/** Fastify's asynchronous hook `onRequest`, for a server of any kind. */
export type Hook = (request: HookRequest, reply: HookReply) => Promise<unknown>;

/**
 * Lets in requests with a token that the client verifies and that grants what is demanded. The next hooks and
 * the handler get it from {@link tokenOf} and `request.token`. Guards add up: a route has the demands of each guard
 * on its way.
 *
 * ```ts
 * const onRequest = guard(client, { demand: { allScopes: ["orders:read"] } });
 * app.get("/orders", { onRequest }, async (request) => ({ subject: tokenOf(request).subject }));
 * ```
 *
 * @throws InvalidDemandError if the options make no sense.
 */
export function guard(client: Admitting, options?: GuardOptions): Hook {
  const gate = new Gate(client, options);
  return async (request, reply) => {
    const outcome = await gate.admit(request, headerLines(request.raw as IncomingMessage, gate.header));
    if (!(outcome instanceof RefusedRequest)) return remember(request, outcome);
    const { status, headers, body } = outcome.answer;
    // As octets, because Fastify adds a charset to the type of texts.
    return reply.code(status).headers(headers).send(encoder.encode(body));
  };
}

/** What the hook needs of a request. */
export interface HookRequest {
  readonly raw: object;
}

/** What the hook needs of a reply. */
export interface HookReply {
  code(status: number): HookReply;
  headers(values: Readonly<Record<string, string>>): HookReply;
  send(payload: Uint8Array): HookReply;
}

const encoder = new TextEncoder();

declare module "fastify" {
  interface FastifyRequest {
    /** The verified token of the last guard that let the request in. */
    token?: VerifiedToken | undefined;
  }
}
