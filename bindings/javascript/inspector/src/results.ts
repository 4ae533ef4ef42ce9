/** The cards beside the fields: checks, header, claims, keys. */
import type { Explanation, JwkSet, Step } from "verijot";
import { claims, dateOf, header, type Moment, stringOf } from "./decoded.js";
import { byId, element, fill, quoted, type Content } from "./dom.js";
import { segment } from "./encoded_token.js";
import { CHECKS } from "./meanings.js";
import { relative } from "./time_words.js";
import { timeline } from "./timeline.js";

/** What there is to show. */
export interface Shown {
  readonly token: string;
  readonly keys: JwkSet | undefined;
  readonly explanation: Explanation | undefined;
  readonly leeway: number | undefined;
  readonly moment: Moment;
}

/** Shows the cards, and gives a function that shows those again that depend on the time. */
export function show(shown: Shown): (now: number) => void {
  const { token, keys, explanation, moment } = shown;
  const head = token === "" ? undefined : segment(token, 0);
  const payload = token === "" ? undefined : segment(token, 1);
  const drawing = element("div", {});
  const times = { iat: dateOf(payload, "iat"), nbf: dateOf(payload, "nbf"), exp: dateOf(payload, "exp") };
  const draw = (now: number): boolean => {
    const width = byId("details").clientWidth - PADDING;
    const made = timeline({ ...times, leeway: shown.leeway, now, isNow: moment.isNow }, width);
    fill(drawing, made);
    return made !== undefined;
  };
  const trust = trustIn(explanation);
  fill(
    byId("details"),
    token !== "" && draw(moment.now) && card("Timeline", undefined, drawing),
    explanation !== undefined && card("Checks", counted(explanation.steps), checks(explanation.steps, moment)),
    token !== "" && card("Claims", trust, claims(payload, moment)),
    token !== "" && card("Header", trust, header(head)),
    keys !== undefined &&
      card("Keys", `${keys.keys.length} usable, ${keys.skipped.length} skipped`, keyList(keys, stringOf(head, "kid"))),
  );
  return (now) => {
    draw(now);
    for (const update of moment.updates) update(now);
  };
}

function card(title: string, aside: string | undefined, ...content: Content[]): HTMLElement {
  const id = `card-${title.toLowerCase()}`;
  const heading = element("h2", { id }, title);
  const beside = aside !== undefined && element("span", { class: "aside" }, aside);
  return element(
    "section",
    { class: "card", "aria-labelledby": id, "data-card": title.toLowerCase() },
    element("div", { class: "card-head" }, heading, beside),
    ...content,
  );
}

/** Why header and claims are not to be trusted; `undefined` if they are. */
function trustIn(explanation: Explanation | undefined): string | undefined {
  if (explanation !== undefined && explanation.error === undefined) return undefined;
  const signature = explanation?.steps.find(({ check }) => check === "signature");
  return signature?.outcome === "passed"
    ? "signature valid, token refused"
    : "not verified, anyone could have written this";
}

function counted(steps: readonly Step[]): string {
  const passed = steps.filter(({ outcome, detail }) => outcome === "passed" && detail !== "waived").length;
  return `${passed} passed of ${steps.length}`;
}

function checks(steps: readonly Step[], moment: Moment): HTMLElement {
  const items = steps.map((step) => {
    const [title, about] = CHECKS.get(step.check) ?? [step.check, ""];
    const isWaived = step.outcome === "passed" && step.detail === "waived";
    const state = isWaived ? "waived" : step.outcome;
    const mark = element("span", { class: "mark", "aria-hidden": "true" }, MARKS[state] ?? "");
    const said = element("span", { class: "unseen" }, `${WORDS[state] ?? state}: `);
    const name = element("span", { class: "check-name" }, mark, said, title);
    const detail = detailOf(step, state, moment) ?? about;
    return element("li", { class: `check ${state}` }, name, element("span", { class: "check-detail" }, detail));
  });
  return element("ol", { class: "checks" }, ...items);
}

function detailOf({ outcome, detail, date, check }: Step, state: string, moment: Moment): Content {
  if (outcome === "failed") return quoted(detail, 1000);
  if (state === "not_made") return "not reached";
  if (state === "waived") return CHECKS.get(check)?.[1] ?? "waived";
  const at = date === undefined ? NaN : date.getTime() / 1000;
  if (!Number.isNaN(at)) {
    const span = element("span", {}, relative(at, moment.now, moment.isNow));
    moment.updates.push((now) => (span.textContent = relative(at, now, moment.isNow)));
    return span;
  }
  return detail === "" ? undefined : quoted(detail, 1000);
}

function keyList(set: JwkSet, wanted: string | undefined): HTMLElement {
  const usable = set.keys.map(({ keyId, kind, algorithms }) =>
    element(
      "li",
      { class: "key usable" },
      element(
        "div",
        { class: "key-head" },
        named(keyId),
        wanted !== undefined && keyId === wanted && element("span", { class: "badge" }, "the token's kid"),
      ),
      element("span", { class: "key-about" }, kind, " · ", algorithms.join(", ")),
    ),
  );
  const skipped = set.skipped.map(({ index, keyId, keyType, reason, message }) =>
    element(
      "li",
      { class: "key skipped" },
      element(
        "div",
        { class: "key-head" },
        named(keyId),
        element("span", { class: "badge bad" }, "skipped"),
        wanted !== undefined && keyId === wanted && element("span", { class: "badge" }, "the token's kid"),
      ),
      element(
        "span",
        { class: "key-about" },
        `key ${index + 1}`,
        keyType !== undefined && " · ",
        keyType !== undefined && quoted(keyType, 100),
        " · ",
        quoted(message, 500),
        " ",
        element("code", {}, reason),
      ),
    ),
  );
  const all = [...usable, ...skipped];
  if (all.length === 0)
    return element("p", { class: "note" }, "The set contains no keys. Paste the set that the issuer publishes.");
  return element("ul", { class: "keys" }, ...all);
}

function named(keyId: string | undefined): HTMLElement {
  if (keyId === undefined) return element("span", { class: "more" }, "no kid");
  return element("code", {}, quoted(keyId, 200));
}

const MARKS: Readonly<Record<string, string>> = { passed: "✓", failed: "✕", not_made: "·", waived: "–" };
const WORDS: Readonly<Record<string, string>> = {
  passed: "Passed",
  failed: "Failed",
  not_made: "Not reached",
  waived: "Not checked",
};

/** The padding and border of a card on both sides, as in style.css. */
const PADDING = 50;
