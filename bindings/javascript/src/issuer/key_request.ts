/** One request for keys or metadata, by the platform's fetch or the caller's. */
import { platform } from "#platform";
import { type Closing, within } from "./pause.js";

/** Makes a request, as the platform's `fetch` does. Must not follow redirects: `init.redirect` is `manual`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What the core wants requested. */
export interface KeyRequest {
  readonly for: "metadata" | "keys";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In seconds. */
  readonly timeout: number;
  readonly max_octets: number;
}

/** An answer, as much of it as counts. */
export interface KeyResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/**
 * Makes a request. Reads at most one octet more of the body than is allowed.
 *
 * @throws whatever went wrong; the caller tells the core that there was no answer.
 */
export function request(
  fetch: Fetch | undefined,
  wanted: KeyRequest,
  isAwaited: boolean,
  closing: Closing,
): Promise<KeyResponse> {
  return within(wanted.timeout, isAwaited, closing, async (signal) => {
    const init = {
      ...platform.request,
      method: "GET",
      headers: { ...wanted.headers },
      redirect: "manual",
      signal,
    } as const;
    const response = await (fetch === undefined ? globalThis.fetch(wanted.url, init) : fetch(wanted.url, init));
    const { status, headers, body, redirected, type } = response;
    if (redirected || type === "opaqueredirect") {
      await discard(body);
      throw new Error("a redirect, which is not followed");
    }
    // Of any other answer only the status counts: a 304 has the header of an answer with a body (RFC 9110 §15.4.5).
    const coding = status === 200 && !platform.choosesCoding ? headers.get("content-encoding") : null;
    if (typeof coding === "string" && coding !== "" && coding.toLowerCase() !== "identity") {
      await discard(body);
      throw new Error("a compressed answer, which was not requested");
    }
    const known = HEADERS.flatMap((name) => {
      const value = headers.get(name);
      return typeof value === "string" ? [[name, value] as const] : [];
    });
    if (status !== 200) await discard(body);
    // What is no status is none, which the core refuses.
    return {
      status: status === (status & 0xffff) ? status : 0,
      headers: known,
      body: status === 200 ? await read(body, wanted.max_octets, signal) : new Uint8Array(0),
    };
  });
}

async function read(body: ReadableStream<Uint8Array> | null, most: number, signal: AbortSignal): Promise<Uint8Array> {
  if (body === null || body === undefined) return new Uint8Array(0);
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let left = most + 1;
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) break;
      // Octets of any realm.
      if (!ArrayBuffer.isView(value)) throw new TypeError("the body is not of octets");
      const chunk = new Uint8Array(value.buffer, value.byteOffset, Math.min(value.byteLength, left)).slice();
      chunks.push(chunk);
      left -= chunk.length;
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
  return joined(chunks);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let place = 0;
  for (const chunk of chunks) {
    all.set(chunk, place);
    place += chunk.length;
  }
  return all;
}

async function discard(body: ReadableStream<Uint8Array> | null): Promise<void> {
  await body?.cancel().catch(() => undefined);
}

/** The headers that say how long keys live. */
const HEADERS = ["cache-control", "age", "etag", "last-modified"] as const;
