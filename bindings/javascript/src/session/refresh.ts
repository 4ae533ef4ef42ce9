/** Gets new tokens for a refresh token from a token endpoint (RFC 6749 §6). */
import { callWith, number, Status, text } from "../core/memory.js";
import { isOctets } from "../core/octets.js";
import { ownOptions } from "../core/own.js";
import { accessTokenError, name } from "../errors/index.js";
import type { IssuedTokens } from "./tokens.js";

/**
 * Sends a refresh token to the token endpoint once, and returns the new tokens. It must end soon after
 * `signal` is aborted: until it does, no other refresh starts.
 */
export interface Refresh {
  (refreshToken: string, context: RefreshContext): IssuedTokens | Promise<IssuedTokens>;
  /**
   * What the tokens depend on beside the refresh token: the token endpoint, the client, the scope. Sessions of one process
   * whose cookies hold the same refresh token share a refresh if this is the same, too; without it, if they have the same
   * function, which is then made once, outside of requests.
   */
  readonly sharedBy?: string;
}

/** What limits one refresh. */
export interface RefreshContext {
  /** Aborted when the refresh takes too long. */
  readonly signal: AbortSignal;
  /** The maximum octets of the endpoint's answer. */
  readonly maxAnswerOctets: number;
}

/** A token endpoint, and the client to be there. */
export interface TokenEndpointOptions {
  /** An https URL, or http on this machine. */
  readonly tokenEndpoint: string | URL;
  readonly clientId: string;
  /** Sent by HTTP Basic authentication (RFC 6749 §2.3.1). Never in a browser. */
  readonly clientSecret?: string | undefined;
  /** A narrower scope. */
  readonly scope?: string | undefined;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

/** A refresh brought no tokens. Throw it in a `refresh` of your own; any other error counts as no answer. */
export class RefreshFailedError extends Error {
  /** The status of the endpoint's answer. */
  readonly status: number;
  /** The answer's body: `invalid_grant` in it ends the session (RFC 6749 §5.2). */
  readonly body: Uint8Array;

  constructor(status: number, body: string | Uint8Array = "") {
    super(`the token endpoint answered with status ${status} and no usable tokens`);
    this.status = status;
    this.body = typeof body === "string" ? new TextEncoder().encode(body) : body;
  }
}

name({ RefreshFailedError });

/**
 * A `refresh` that sends one request. It follows no redirect. Two of them share refreshes if all their options are the
 * same, `fetch` included.
 *
 * @throws UnsafeUrlError unless the endpoint is https, or http on this machine.
 */
export function refreshWith(given: TokenEndpointOptions): Refresh {
  const { tokenEndpoint, clientId, clientSecret, scope, fetch: own } = ownOptions(given, ENDPOINT_OPTIONS);
  const endpoint = String(tokenEndpoint);
  if (callWith("verijot_check_url", [], [endpoint]) !== Status.Done) {
    throw accessTokenError({
      code: "unsafe_url",
      message: "a refresh token is sent over https only; use an https URL",
    });
  }
  if (typeof clientId !== "string" || clientId === "") throw new TypeError("clientId is missing");
  const headers: Record<string, string> = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
  };
  const form = new URLSearchParams({ grant_type: "refresh_token" });
  if (scope !== undefined) form.set("scope", scope);
  if (clientSecret === undefined) form.set("client_id", clientId);
  else headers["authorization"] = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`;

  const refresh = async (refreshToken: string, { signal, maxAnswerOctets }: RefreshContext): Promise<IssuedTokens> => {
    const body = new URLSearchParams(form);
    body.set("refresh_token", refreshToken);
    const send = own ?? globalThis.fetch;
    const init: RequestInit = { method: "POST", headers, body: body.toString(), redirect: "manual", signal };
    const response = await untilAborted(send(endpoint, init), signal);
    const { status } = response;
    // A redirect that a browser hides has status 0.
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new TypeError("the token endpoint sent no status");
    const answer = await read(response, maxAnswerOctets, signal);
    return issued(status, answer);
  };
  sharings.set(refresh, JSON.stringify([endpoint, clientId, clientSecret ?? null, scope ?? null, numberOf(own)]));
  return refresh;
}

/** What two sessions must have in common to share a refresh, beside the refresh token. May hold a secret. */
export function sharingOf(refresh: Refresh): string {
  const named: unknown = refresh.sharedBy;
  if (named !== undefined) return `named ${String(named)}`;
  const known = sharings.get(refresh);
  return known === undefined ? `function ${numberOf(refresh)}` : `endpoint ${known}`;
}

/** The same for the same function, and for no other. */
function numberOf(wanted: object | undefined): number {
  if (wanted === undefined) return 0;
  const known = numbers.get(wanted);
  if (known !== undefined) return known;
  last += 1;
  numbers.set(wanted, last);
  return last;
}

/** The octets of an answer's body, at most one more than the maximum. */
async function read(response: Response, maximum: number, signal: AbortSignal): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // Tiny and empty chunks cost more than their octets, so that nobody can send them without end.
    while (length <= maximum) {
      if (chunks.length * CHUNK_COST > maximum) throw new TypeError("the token endpoint's answer has too many pieces");
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) break;
      // Octets of any realm.
      if (!isOctets(value)) throw new TypeError("the token endpoint's answer is not octets");
      chunks.push(value);
      length += value.length;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  const octets = new Uint8Array(length);
  let place = 0;
  for (const chunk of chunks) {
    octets.set(chunk, place);
    place += chunk.length;
  }
  return octets;
}

/** The tokens of an answer (RFC 6749 §5.1), as the core reads it. */
function issued(status: number, answer: Uint8Array): IssuedTokens {
  if (callWith("verijot_token_response", [status], [answer]) !== Status.Done) {
    throw new RefreshFailedError(status, answer);
  }
  const expiresIn = number(0);
  const { access_token, refresh_token, id_token } = JSON.parse(text()) as Record<string, string>;
  const tokens = { accessToken: access_token, refreshToken: refresh_token, idToken: id_token } as IssuedTokens;
  return Number.isNaN(expiresIn) ? tokens : { ...tokens, expiresIn };
}

/** The same promise, rejected when the signal is aborted, also if nobody heeds that. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener("abort", abort);
      });
  });
}

function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

const sharings = new WeakMap<object, string>();
const numbers = new WeakMap<object, number>();
let last = 0;

/** Octets. */
const CHUNK_COST = 16;

const ENDPOINT_OPTIONS = ["tokenEndpoint", "clientId", "clientSecret", "scope", "fetch"] as const;
