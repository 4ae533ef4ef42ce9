/** Which organization a URL is about. Nothing but claims is consulted. */
import type { Organization } from "./claims.js";
import type { User } from "./user.js";

export type Place =
  /** `rest` is what follows the organization: empty, `/projects` or `/socket`. */
  | { readonly kind: "organization"; readonly organization: Organization; readonly rest: string }
  /** The user has several organizations, or none, and the URL names none. */
  | { readonly kind: "unnamed"; readonly rest: string }
  /** There is no such page, or the user is no member: nobody learns which. */
  | { readonly kind: "missing" };

/** The place of a path. Without a slug it is about the user's organization, if there is just one. */
export function placeOf(user: User, path: string): Place {
  if (!PATH.test(path)) return { kind: "missing" };
  const [first = "", second] = path.slice(1).split("/");
  if (first === "" || WITHIN.has(first)) {
    if (second !== undefined) return { kind: "missing" };
    const rest = first === "" ? "" : `/${first}`;
    const [only, ...others] = user.organizations;
    return only === undefined || others.length > 0
      ? { kind: "unnamed", rest }
      : { kind: "organization", organization: only, rest };
  }
  if (second !== undefined && !WITHIN.has(second)) return { kind: "missing" };
  const organization = user.organizations.find(({ slug }) => slug === first);
  return organization === undefined
    ? { kind: "missing" }
    : { kind: "organization", organization, rest: second === undefined ? "" : `/${second}` };
}

/** Pages of an organization; no organization may have such a slug, nor `sign-in` or `sign-out`. */
const WITHIN: ReadonlySet<string> = new Set(["projects", "socket"]);
const PATH = /^\/([a-z0-9-]+(\/[a-z]+)?)?$/;
