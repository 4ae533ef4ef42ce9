/** What an issuer for tests answers. */

/** An answer in place of the right one. Missing members are as in the right one. */
export interface IssuerAnswer {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The seconds before anything is sent. */
  readonly delay?: number;
  /** The octets of the body that are sent before the connection ends. */
  readonly cutAfter?: number;
}

/** A request to an issuer for tests. */
export interface IssuerRequest {
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer to one request. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly delay: number;
  readonly cutAfter: number | undefined;
}

/** The answer as a response of `fetch`. */
export async function responseTo(reply: Reply, signal: AbortSignal): Promise<Response> {
  await pause(reply.delay, signal);
  const { status, headers, body, cutAfter } = reply;
  return new Response(cutAfter === undefined ? (body as BodyInit) : cut(body.slice(0, cutAfter)), { status, headers });
}

/** Waits, and fails as soon as the signal says so. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (seconds === 0) return;
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", abort, { once: true });
  });
}

/** A body whose connection ends too early. */
function cut(octets: Uint8Array): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent) controller.error(new TypeError("the connection ended"));
      else if (octets.length > 0) controller.enqueue(octets);
      isSent = true;
      if (octets.length === 0) controller.error(new TypeError("the connection ended"));
    },
  });
}

/** Where an issuer for tests publishes its keys. */
export const JWKS_PATH = "/.well-known/jwks.json";

/** Where it publishes its metadata. */
export const METADATA_PATHS: readonly string[] = [
  "/.well-known/openid-configuration",
  "/.well-known/oauth-authorization-server",
];
