/** The verdict: one line that says it, one that says why, one that says what to do. */
import { byId, element, fill, quoted, type Content } from "./dom.js";

/** What the verdict's card says. */
export interface VerdictWords {
  readonly state: "empty" | "incomplete" | "accepted" | "refused";
  readonly title: string;
  readonly text: string;
  /** The stable code of a refusal. */
  readonly code?: string;
  readonly advice?: string;
  /** The cause that the refusal probably has. */
  readonly hint?: string;
  /** What the verdict does not say. */
  readonly warnings?: readonly string[];
}

/** Shows the verdict. What has not changed is not announced again. */
export function showVerdict({ state, title, text, code, advice, hint, warnings = [] }: VerdictWords): void {
  const card = byId("verdict");
  const key = JSON.stringify([state, title, text, code, advice, hint, warnings]);
  if (shown === key) return;
  shown = key;
  card.dataset["state"] = state;
  fill(byId("verdict-title"), title);
  fill(byId("jump"), title);
  byId("jump").dataset["state"] = state;
  fill(byId("verdict-text"), quoted(text, 1000));
  const lines: Content[] = warnings.map((warning) => element("p", { class: "warning" }, warning));
  fill(
    byId("verdict-more"),
    hint !== undefined && element("p", { class: "advice", "data-hint": "" }, quoted(hint, 1000)),
    advice !== undefined && element("p", { class: "advice" }, advice),
    ...lines,
    code !== undefined && element("p", { class: "code-line" }, "Code ", element("code", {}, code)),
  );
}

/** On narrow screens the verdict stands below the fields: while it is out of sight, a button says it and leads to it. */
export function followVerdict(): void {
  const jump = byId("jump");
  const card = byId("verdict");
  jump.addEventListener("click", () => {
    byId("result").focus({ preventScroll: true });
    card.scrollIntoView({ block: "start" });
  });
  new IntersectionObserver(([seen]) => {
    jump.hidden = seen === undefined || seen.isIntersecting || seen.boundingClientRect.top < 0;
  }).observe(card);
}

let shown = "";
