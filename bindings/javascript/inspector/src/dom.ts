/** Elements of the page. Text gets in as text nodes only, so that nothing in a token is ever markup. */
import { visible } from "./visible.js";

/** What an element may contain: `undefined` and `false` are left out. */
export type Content = Node | string | undefined | false;

/** Makes an element. Attribute values come from this page's own source, never from a token. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...content: Content[]
): HTMLElement {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  fill(made, ...content);
  return made;
}

/** Makes an element of a drawing. */
export function drawn(name: string, attributes: Readonly<Record<string, string | number>>, text?: string): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Replaces what an element contains. */
export function fill(parent: Element, ...content: Content[]): void {
  parent.replaceChildren(...content.filter((each): each is Node | string => each !== undefined && each !== false));
}

/**
 * Shows text of a token or a key: at most `limit` characters of it, and characters that would be invisible
 * or would reorder the line as their numbers.
 */
export function quoted(text: string, limit = 4000): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const part of visible(text.slice(0, limit))) {
    fragment.append(part.isHidden ? element("span", { class: "hidden-character" }, part.text) : part.text);
  }
  if (text.length > limit) {
    const rest = (text.length - limit).toLocaleString("en");
    fragment.append(element("span", { class: "more" }, ` … ${rest} more characters`));
  }
  return fragment;
}

/** The element of the page with this id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new TypeError(`the page has no element ${id}`);
  return found as T;
}

/** The value of the chosen radio button. */
export function chosen(name: string): string {
  return document.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)?.value ?? "";
}
