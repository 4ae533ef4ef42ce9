/** A guard for handlers that get a `Request` and give a `Response`: Workers, Deno, Bun, Next.js and others. */
import type { VerifiedToken } from "../token/verified_token.js";
import type { Admitting } from "./admitting.js";
import { Gate, RefusedRequest } from "./gate.js";
import type { GuardOptions } from "./guard.js";

/** The token that a guard with such options gives: that of an optional guard may be missing. */
export type TokenOf<O extends GuardOptions> = "optional" extends keyof O
  ? true extends O["optional"]
    ? VerifiedToken | undefined
    : VerifiedToken
  : VerifiedToken;

/**
 * Guards a handler: the function that it returns resolves to the verified token of a request, or to the whole
 * response to a request that is refused.
 *
 * ```ts
 * const guard = guardRequest(client, { demand: { allScopes: ["orders:read"] } });
 * export default {
 *   async fetch(request: Request): Promise<Response> {
 *     const token = await guard(request);
 *     if (token instanceof Response) return token;
 *     return Response.json({ subject: token.subject });
 *   },
 * };
 * ```
 *
 * Several guards of one request verify its token once. A second after that the token is verified again, also where a
 * handler keeps the request, such as for a stream.
 *
 * @throws InvalidDemandError if the options make no sense. The promise rejects, never with a
 *   VerificationError, if the service is at fault.
 */
export function guardRequest<const O extends GuardOptions = Record<never, never>>(
  client: Admitting,
  options?: O,
): (request: Request) => Promise<TokenOf<O> | Response> {
  const gate = new Gate(client, options);
  return async (request) => {
    const outcome = await gate.admit(request, request.headers.get(gate.header));
    if (!(outcome instanceof RefusedRequest)) return outcome as TokenOf<O>;
    const { status, headers, body } = outcome.answer;
    return new Response(request.method === "HEAD" ? null : body, { status, headers });
  };
}
