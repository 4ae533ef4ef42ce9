/** The lines of a header as Node received them. */
import type { IncomingMessage } from "node:http";

/**
 * Returns the values of every line of a header. Node keeps only the first line of `Authorization` in `headers`, and joins
 * those of others.
 *
 * @param name in lower case.
 */
export function headerLines(request: IncomingMessage, name: string): readonly string[] | string | undefined {
  // Middleware may have removed or replaced the header.
  const current = request.headers[name];
  if (current === undefined) return undefined;
  const raw = request.rawHeaders ?? [];
  const lines = raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
  return lines.length > 1 ? lines : current;
}
