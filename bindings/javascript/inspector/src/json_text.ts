/**
 * JSON as it is written: with every digit of its numbers and with members that appear twice, both of
 * which `JSON.parse` loses.
 */

/** A member of an object. */
export interface Member {
  readonly name: string;
  /** The value as it is written. */
  readonly raw: string;
}

/** The members of an object in their order; `undefined` if the text is not a JSON object. */
export function members(text: string): Member[] | undefined {
  if (!isObject(text)) return undefined;
  const found: Member[] = [];
  let depth = 0;
  let start = 0;
  let name: string | undefined;
  const close = (end: number): void => {
    if (name !== undefined) found.push({ name, raw: text.slice(start, end).trim() });
    name = undefined;
  };
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') {
      const end = endOfString(text, index);
      if (depth === 1 && name === undefined) name = JSON.parse(text.slice(index, end)) as string;
      index = end - 1;
    } else if (character === "{" || character === "[") {
      depth += 1;
    } else if (character === "}" || character === "]") {
      if (depth === 1) close(index);
      depth -= 1;
    } else if (depth === 1 && character === ":") {
      start = index + 1;
    } else if (depth === 1 && character === ",") {
      close(index);
    }
  }
  return found;
}

/** Breaks JSON into indented lines, up to about `limit` characters. The text must be valid JSON. */
export function indented(raw: string, limit: number): string {
  const written: string[] = [];
  let length = 0;
  let depth = 0;
  const put = (text: string): void => {
    written.push(text);
    length += text.length;
  };
  const line = (): void => put(`\n${"  ".repeat(Math.min(depth, DEPTH))}`);
  for (let index = 0; index < raw.length && length < limit; index += 1) {
    const character = raw[index] ?? "";
    if (character === '"') {
      const end = endOfString(raw, index);
      put(raw.slice(index, end));
      index = end - 1;
    } else if (character === "{" || character === "[") {
      put(character);
      if (/^\s*[}\]]/.test(raw.slice(index + 1, index + 100))) continue;
      depth += 1;
      line();
    } else if (character === "}" || character === "]") {
      if (!/[{[]$/.test(written.at(-1) ?? "")) {
        depth -= 1;
        line();
      }
      put(character);
    } else if (character === ",") {
      put(",");
      line();
    } else if (character === ":") {
      put(": ");
    } else if (!/\s/.test(character)) {
      put(character);
    }
  }
  return length < limit ? written.join("") : `${written.join("")}…`;
}

/** The value of a JSON text; `undefined` if it is none. */
export function valueOf(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

/** Whether a text is a JSON object. */
export function isObject(text: string): boolean {
  const value = valueOf(text);
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The position after a string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index + 1;
}

/** Deeper levels are not indented more. */
const DEPTH = 12;
