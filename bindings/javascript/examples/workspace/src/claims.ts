/** What the claims of a user's tokens say: who the user is, and the organizations and projects they belong to. */
import type { StandardSchema } from "verijot";

export interface Project {
  readonly slug: string;
  readonly name: string;
}

export interface Organization {
  /** The name in URLs. */
  readonly slug: string;
  readonly name: string;
  readonly role: string;
  readonly projects: readonly Project[];
}

/** Claims of an access token. */
export interface Membership {
  readonly sub: string;
  readonly organizations: readonly Organization[];
}

/** Claims of an ID token. */
export interface Identity {
  readonly sub: string;
  readonly name: string;
  readonly nonce: string | undefined;
}

export const membership = schema<Membership>((claims) => ({
  sub: text(claims, "sub"),
  organizations: list(claims, "organizations", (organization) => ({
    slug: text(organization, "slug"),
    name: text(organization, "name"),
    role: text(organization, "role"),
    projects: list(organization, "projects", (project) => ({
      slug: text(project, "slug"),
      name: text(project, "name"),
    })),
  })),
}));

export const identity = schema<Identity>((claims) => ({
  sub: text(claims, "sub"),
  name: text(claims, "name"),
  nonce: Object.hasOwn(claims, "nonce") ? text(claims, "nonce") : undefined,
}));

type Members = Readonly<Record<string, unknown>>;

/** A Standard Schema by hand; that of zod or valibot works as well. */
function schema<Output>(read: (claims: Members) => Output): StandardSchema<unknown, Output> {
  const validate = (claims: unknown) => {
    try {
      return { value: read(claims as Members) };
    } catch (error) {
      return { issues: [{ message: String(error), path: error instanceof Fault ? [error.member] : [] }] };
    }
  };
  return { "~standard": { version: 1, vendor: "workspace", validate } };
}

class Fault extends TypeError {
  readonly member: string;

  constructor(member: string, expected: string) {
    super(`${member} is not ${expected}`);
    this.member = member;
  }
}

function own(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function text(members: Members, name: string): string {
  const value = own(members, name);
  if (typeof value !== "string" || value === "") throw new Fault(name, "a text");
  return value;
}

function list<Item>(members: Members, name: string, read: (item: Members) => Item): readonly Item[] {
  const value = own(members, name);
  if (!Array.isArray(value)) throw new Fault(name, "a list");
  return value.map((item: unknown) => {
    if (typeof item !== "object" || item === null) throw new Fault(name, "a list of objects");
    return read(item as Members);
  });
}
