/** One request with an access token, and the redirects that its answers name. */

/** A request that can be made again, unless its body is a stream. */
export interface Sending {
  /** The absolute URL. */
  readonly url: string;
  readonly signal: AbortSignal | null;
  /** Whether {@link Sending.make} can be called twice. */
  readonly isRepeatable: boolean;
  /** The request without an access token. */
  make(): Request;
}

/** Reads what a caller gave to `fetch`, each member once. */
export function sending(input: string | URL | Request, given?: RequestInit): Sending {
  const init = given === undefined ? undefined : { ...given };
  const source = input instanceof Request ? input : String(input);
  const first = new Request(source, init);
  const body: unknown = init?.body ?? undefined;
  const isStream = typeof ReadableStream !== "undefined" && body instanceof ReadableStream;
  const isIterable = typeof body === "object" && body !== null && Symbol.asyncIterator in body;
  const isOfRequest = source instanceof Request && source.body !== null && body === undefined;
  let unused: Request | undefined = first;
  return {
    url: first.url,
    signal: init?.signal ?? (source instanceof Request ? source.signal : null),
    isRepeatable: !isStream && !isIterable && !isOfRequest,
    make: () => {
      const made = unused ?? new Request(source, init);
      unused = undefined;
      return made;
    },
  };
}

/** An answer, and whether it is from the origin that the token was sent to. */
export interface Received {
  readonly response: Response;
  readonly isOfOrigin: boolean;
}

/**
 * Sends a request with an access token. Redirects to the same origin get the token, too; with the first one
 * to another origin it is left out for good.
 */
export async function sendWithToken(send: typeof fetch, sending: Sending, token: string): Promise<Received> {
  const request = sending.make();
  const { redirect } = request;
  const headers = new Headers(request.headers);
  headers.set("authorization", `Bearer ${token}`);
  const origin = new URL(request.url).origin;
  if (redirect !== "follow" || followsSafely()) {
    const response = await send(new Request(request, { headers }));
    return { response, isOfOrigin: !response.redirected || new URL(response.url).origin === origin };
  }
  let response = await send(new Request(request, { headers, redirect: "manual" }));
  let url = request.url;
  let { method } = request;
  let hasBody = request.body !== null;
  let isOfOrigin = true;
  for (let count = 0; REDIRECTS.has(response.status); count += 1) {
    const location = response.headers.get("location");
    if (location === null) break;
    if (count === MAX_REDIRECTS) throw new TypeError("too many redirects");
    const next = new URL(location, url);
    if (next.protocol !== "https:" && next.protocol !== "http:")
      throw new TypeError("a redirect to a URL that is not HTTP");
    if (changesToGet(response.status, method)) {
      method = "GET";
      hasBody = false;
      for (const name of BODY_HEADERS) headers.delete(name);
    }
    if (hasBody && !sending.isRepeatable) break;
    if (next.origin !== origin && isOfOrigin) {
      isOfOrigin = false;
      for (const name of CREDENTIALS) headers.delete(name);
    }
    url = next.href;
    await response.body?.cancel();
    const body = hasBody ? await sending.make().arrayBuffer() : null;
    response = await send(new Request(url, { method, headers, body, redirect: "manual", signal: request.signal }));
  }
  return { response, isOfOrigin };
}

/** Fetch standard, HTTP-redirect fetch, step 12. */
function changesToGet(status: number, method: string): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

/** Browsers show no redirect to scripts, and send the header to the first origin only. */
function followsSafely(): boolean {
  return "document" in globalThis || "WorkerNavigator" in globalThis;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Fetch standard, HTTP-redirect fetch, step 7. */
const MAX_REDIRECTS = 20;
const BODY_HEADERS = ["content-encoding", "content-language", "content-length", "content-location", "content-type"];
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];
