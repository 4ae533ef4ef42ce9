/**
 * JSON of what callers hand over. Reads every member once, whatever getters and proxies do, and calls no
 * `toJSON`: a prototype that others have changed changes nothing here.
 */

/** The JSON text of a value; what JSON does not have, such as a function, is left out or null. */
export function stringify(value: unknown): string {
  return write(value, 0) ?? "null";
}

/**
 * The text of a number, true, false or null that is a member of an object, as it stands in the object's JSON,
 * which is known to be right.
 */
export function memberText(json: string, name: string): string | undefined {
  let depth = 0;
  let isName = false;
  for (TOKEN.lastIndex = 0; ;) {
    const token = TOKEN.exec(json)?.[0];
    if (token === undefined) return undefined;
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    else if (depth === 1 && isName && token.startsWith('"') && JSON.parse(token) === name) {
      // The colon, then the value.
      TOKEN.exec(json);
      return TOKEN.exec(json)?.[0];
    }
    if (depth === 1) isName = token === "{" || token === ",";
  }
}

function write(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      return Number.isFinite(value) ? String(value) : "null";
    case "bigint":
      return value.toString();
    case "object":
      if (value === null) return "null";
      if (depth >= DEPTH) throw new RangeError("the object is nested too deeply, or contains itself");
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    default:
      return undefined;
  }
}

function writeArray(values: readonly unknown[], depth: number): string {
  const written: string[] = [];
  const { length } = values;
  for (let index = 0; index < length; index += 1) written.push(write(values[index], depth) ?? "null");
  return `[${written.join(",")}]`;
}

function writeObject(value: object, depth: number): string {
  const written: string[] = [];
  for (const name of Object.keys(value)) {
    const member = write((value as Record<string, unknown>)[name], depth);
    if (member !== undefined) written.push(`${JSON.stringify(name)}:${member}`);
  }
  return `{${written.join(",")}}`;
}

/** Deeper than any document that the core reads. */
const DEPTH = 200;
/** A string, a mark, or a word. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
