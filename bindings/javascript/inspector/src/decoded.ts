/** Header and claims, as the token has them, with what their names mean. */
import { element, quoted, type Content } from "./dom.js";
import { indented, members, valueOf, type Member } from "./json_text.js";
import { CLAIMS, DATES, PARAMETERS } from "./meanings.js";
import { local, relative, utc } from "./time_words.js";

/** The time that dates are seen from, and what to call when it moves. */
export interface Moment {
  readonly now: number;
  readonly isNow: boolean;
  /** Functions that say relative times again, seen from another time. */
  readonly updates: ((now: number) => void)[];
}

/** The header as a table, or a sentence if it is none. */
export function header(text: string | undefined): HTMLElement {
  return table(text, "header", (member) => [PARAMETERS.get(member.name), value(member)]);
}

/** The claims as a table, or a sentence if there are none. */
export function claims(text: string | undefined, moment: Moment): HTMLElement {
  return table(text, "payload", (member) => {
    const at = valueOf(member.raw);
    const isDate = DATES.has(member.name) && typeof at === "number";
    return [CLAIMS.get(member.name), value(member), isDate && date(at, moment)];
  });
}

/** A date claim's value as seconds since 1970. */
export function dateOf(text: string | undefined, name: string): number | undefined {
  const found = (text === undefined ? undefined : members(text))?.find((member) => member.name === name);
  const at = found === undefined ? undefined : valueOf(found.raw);
  return typeof at === "number" ? at : undefined;
}

/** The string value of a member. */
export function stringOf(text: string | undefined, name: string): string | undefined {
  const found = (text === undefined ? undefined : members(text))?.find((member) => member.name === name);
  const value = found === undefined ? undefined : valueOf(found.raw);
  return typeof value === "string" ? value : undefined;
}

type Row = readonly [meaning: string | undefined, ...content: Content[]];

function table(text: string | undefined, what: string, row: (member: Member) => Row): HTMLElement {
  if (text === undefined)
    return element("p", { class: "note" }, `The ${what} is not base64url, so there is nothing to show.`);
  const found = members(text);
  if (found === undefined) {
    const said = element("p", { class: "note" }, `The ${what} is not a JSON object. Its text:`);
    return element("div", {}, said, element("pre", {}, quoted(text)));
  }
  const seen = new Set<string>();
  const rows = found.slice(0, ROWS).map((member) => {
    const isRepeated = seen.has(member.name);
    seen.add(member.name);
    const [meaning, ...content] = row(member);
    const name = element(
      "dt",
      {},
      element("code", {}, quoted(member.name, 200)),
      meaning !== undefined && element("span", { class: "meaning" }, meaning),
    );
    const repeated = isRepeated && element("p", { class: "bad" }, "This name appears twice, which is not allowed.");
    return element("div", { class: "member" }, name, element("dd", {}, ...content, repeated));
  });
  const left = found.length - rows.length;
  const rest = left > 0 && element("p", { class: "note" }, `… and ${left.toLocaleString("en")} more members.`);
  const empty = rows.length === 0 && element("p", { class: "note" }, `The ${what} is an empty object.`);
  return element("div", {}, element("dl", { class: "members" }, ...rows), rest, empty);
}

function value({ raw }: Member): HTMLElement {
  const parsed = valueOf(raw);
  if (typeof parsed === "string") {
    return element(
      "span",
      { class: "value text" },
      parsed === "" ? element("span", { class: "more" }, "empty text") : quoted(parsed),
    );
  }
  if (isListOfTexts(parsed)) {
    const items = parsed.slice(0, ITEMS).map((item) => element("li", { class: "value text" }, quoted(item, 1000)));
    if (parsed.length > items.length)
      items.push(element("li", { class: "more" }, `… and ${(parsed.length - items.length).toLocaleString("en")} more`));
    return element("ul", { class: "items" }, ...items);
  }
  const isNested = typeof parsed === "object" && parsed !== null;
  return element(isNested ? "pre" : "span", { class: "value" }, quoted(isNested ? indented(raw, 4000) : raw));
}

function date(at: number, { now, isNow, updates }: Moment): HTMLElement {
  const here = local(at);
  const there = utc(at);
  if (here === undefined || there === undefined) {
    return element("p", { class: "bad" }, "No calendar has this date: it is more than 270,000 years away.");
  }
  const words = element("strong", {}, relative(at, now, isNow));
  updates.push((later) => (words.textContent = relative(at, later, isNow)));
  const looksLikeMilliseconds =
    at > 100_000_000_000 && element("p", { class: "bad" }, "This looks like milliseconds; RFC 7519 demands seconds.");
  return element(
    "div",
    { class: "date" },
    words,
    element("span", {}, here),
    here !== there && element("span", {}, there),
    looksLikeMilliseconds,
  );
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string");
}

const ROWS = 200;
const ITEMS = 50;
