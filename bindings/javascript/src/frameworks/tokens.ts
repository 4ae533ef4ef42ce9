/** The verified token of a request of Node. */
import type { VerifiedToken } from "../token/verified_token.js";

/**
 * Returns the verified token of a request: that of the last guard that let it in.
 *
 * @throws TypeError if no guard let it in, or an optional guard without a token: then read `request.token`.
 */
export function tokenOf(request: object): VerifiedToken {
  const token = tokens.get(request);
  if (token === undefined) throw new TypeError("the request has no verified token: no guard let it in with one");
  return token;
}

/** Keeps the token of a request that is let in, as `request.token` too. */
export function remember(request: object, token: VerifiedToken | undefined): void {
  if (token === undefined) tokens.delete(request);
  else tokens.set(request, token);
  (request as { token?: VerifiedToken | undefined }).token = token;
}

const tokens = new WeakMap<object, VerifiedToken>();
