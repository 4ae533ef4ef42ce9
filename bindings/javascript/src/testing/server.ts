/** An issuer for tests over real HTTP. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { Reply } from "./replies.js";

/** An issuer's server on this machine. */
export interface ServedIssuer {
  /** Its address, such as `http://127.0.0.1:49152`. */
  readonly url: string;
  /** Stops it: connections are refused from then on, and open ones end. */
  close(): Promise<void>;
}

/** Serves what `reply` says on a free port. */
export async function serve(
  reply: (path: string, headers: Readonly<Record<string, string>>) => Reply,
): Promise<ServedIssuer> {
  const server = http().createServer((request, response) => {
    const answer = reply(pathOf(request), headersOf(request));
    const timer: { unref?: () => void } = setTimeout(() => send(response, answer), answer.delay * 1000);
    // Does not keep the process alive. The timer of a page, as with jsdom, is a number.
    timer.unref?.();
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { status, headers, body, cutAfter }: Reply): void {
  response.writeHead(status, { ...headers, "content-length": body.length });
  if (cutAfter === undefined) response.end(body);
  else response.write(body.subarray(0, cutAfter), () => response.destroy());
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? "/", "http://issuer.example").pathname;
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

/** node:http, which bundles for other platforms must not name in an import. */
function http(): typeof import("node:http") {
  const found = globalThis.process?.getBuiltinModule?.("node:http");
  if (found === undefined) throw new TypeError("this platform cannot serve; give the issuer's fetch to the client");
  return found;
}
