/**
 * JSON of what callers hand over. Reads every member once, whatever getters and proxies do, and calls no
 * `toJSON`: a prototype that others have changed changes nothing here.
 */

/** Makes the error for a value that JSON does not have; `path` is where it is, such as `.a[0]`. */
export type NotJson = (problem: string, path: string) => Error;

/**
 * The JSON text of a value.
 *
 * @param refuse makes the error for what JSON does not have; without it, such as a function, is left out or null.
 */
export function stringify(value: unknown, refuse?: NotJson): string {
  return write(value, { depth: 0, path: "", refuse }) ?? "null";
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

/** Where a value is. */
interface Place {
  readonly depth: number;
  readonly path: string;
  readonly refuse: NotJson | undefined;
}

function write(value: unknown, place: Place): string | undefined {
  const { depth, path, refuse } = place;
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (Number.isFinite(value)) return String(value);
      if (refuse !== undefined) throw refuse("is not a finite number", path);
      return "null";
    case "bigint":
      if (refuse !== undefined) throw refuse("is a bigint, which JSON does not have", path);
      return value.toString();
    case "object": {
      if (value === null) return "null";
      if (depth >= DEPTH) throw new RangeError("the object is nested too deeply, or contains itself");
      if (Array.isArray(value)) return writeArray(value, place);
      if (refuse !== undefined && !isPlain(value)) throw refuse("is neither an array nor a plain object", path);
      return writeObject(value, place);
    }
    default:
      if (refuse !== undefined)
        throw refuse(`is ${NO_VALUES.get(typeof value) ?? typeof value}, which JSON does not have`, path);
      return undefined;
  }
}

function writeArray(values: readonly unknown[], { depth, path, refuse }: Place): string {
  const written: string[] = [];
  const { length } = values;
  for (let index = 0; index < length; index += 1) {
    const place = { depth: depth + 1, path: refuse === undefined ? "" : `${path}[${index}]`, refuse };
    written.push(write(values[index], place) ?? "null");
  }
  return `[${written.join(",")}]`;
}

function writeObject(value: object, { depth, path, refuse }: Place): string {
  const written: string[] = [];
  for (const name of Object.keys(value)) {
    const place = { depth: depth + 1, path: refuse === undefined ? "" : `${path}.${name}`, refuse };
    const member = write((value as Record<string, unknown>)[name], place);
    if (member !== undefined) written.push(`${JSON.stringify(name)}:${member}`);
  }
  return `{${written.join(",")}}`;
}

/** Whether an object is one of JSON's: of a literal or `JSON.parse`, also of another realm, or without a prototype. */
export function isPlain(value: object): boolean {
  if (Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const NO_VALUES: ReadonlyMap<string, string> = new Map([
  ["function", "a function"],
  ["symbol", "a symbol"],
]);
/** Deeper than any document that the core reads. */
const DEPTH = 200;
/** A string, a mark, or a word. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
