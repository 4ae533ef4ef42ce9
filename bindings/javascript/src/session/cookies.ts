/** Cookies of a request and lines for an answer (RFC 6265), large values in several cookies. */

/** The values of all cookies of a request, by name. What stands there twice with two values has none. */
export function readCookies(header: string): ReadonlyMap<string, string | undefined> {
  const cookies = new Map<string, string | undefined>();
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals < 0) continue;
    const name = pair.slice(0, equals).trim();
    const value = pair.slice(equals + 1).trim();
    const isAmbiguous = cookies.has(name) && cookies.get(name) !== value;
    cookies.set(name, isAmbiguous ? undefined : value);
  }
  return cookies;
}

/** The value that {@link splitValue} has split; `undefined` if a part is missing or of another value. */
export function joinValue(name: string, cookies: ReadonlyMap<string, string | undefined>): string | undefined {
  const [count, mark, first] = split(cookies.get(name) ?? "", 3);
  const parts = Number(count);
  if (first === undefined || !Number.isInteger(parts) || parts < 1 || parts > MAX_PARTS) return undefined;
  let value = first;
  for (let index = 1; index < parts; index += 1) {
    const [other, part] = split(cookies.get(partName(name, index)) ?? "", 2);
    if (other !== mark || part === undefined) return undefined;
    value += part;
  }
  return markOf(value) === mark ? value : undefined;
}

/**
 * Set-Cookie lines for a value, each of at most 4,096 octets with its attributes (RFC 6265 §6.1), and such
 * as remove parts of an earlier, longer value.
 *
 * @param value only characters that a cookie may have.
 * @throws RangeError if the value is too long for all parts together.
 */
export function splitValue(name: string, value: string, attributes: string, known: Iterable<string>): string[] {
  const mark = markOf(value);
  const longestName = partName(name, MAX_PARTS - 1).length;
  const room = MAX_LINE - longestName - attributes.length - `=${MAX_PARTS}.${mark}.`.length;
  const parts = Math.max(Math.ceil(value.length / room), 1);
  if (room < 1 || parts > MAX_PARTS) {
    throw new RangeError(`the tokens do not fit into ${MAX_PARTS} cookies of ${MAX_LINE} octets`);
  }
  const lines: string[] = [];
  for (let index = 0; index < parts; index += 1) {
    const part = value.slice(index * room, (index + 1) * room);
    const head = index === 0 ? `${parts}.${mark}` : mark;
    lines.push(`${partName(name, index)}=${head}.${part}${attributes}`);
  }
  return [...lines, ...removal(name, attributes, known, parts)];
}

/** Set-Cookie lines that remove the cookies of a value that are known, from that part on. */
export function removal(name: string, attributes: string, known: Iterable<string>, from = 0): string[] {
  const names = new Set(known);
  const lines: string[] = [];
  for (let index = from; index < MAX_PARTS; index += 1) {
    const part = partName(name, index);
    if (names.has(part)) lines.push(`${part}=${attributes.replace(/; Max-Age=\d+/, "")}; Max-Age=0`);
  }
  return lines;
}

function partName(name: string, index: number): string {
  return index === 0 ? name : `${name}.${index}`;
}

/** Tells parts of one value from another's: FNV-1a. It protects nothing. */
function markOf(value: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < value.length; index += 1) {
    hash = Math.imul(hash ^ value.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

/** The text at its first dots, into that many pieces at most. */
function split(text: string, pieces: number): string[] {
  const found: string[] = [];
  let rest = text;
  while (found.length < pieces - 1) {
    const dot = rest.indexOf(".");
    if (dot < 0) break;
    found.push(rest.slice(0, dot));
    rest = rest.slice(dot + 1);
  }
  return [...found, rest];
}

/** Octets of a Set-Cookie line. */
const MAX_LINE = 4096;
/** More would not fit into the request headers that servers take. */
const MAX_PARTS = 8;
