/**
 * What a guard decides about a request: where its token is, what the token must grant, the whole answer to a
 * request that is refused. Frameworks only carry it out.
 */
import { instant, type Time } from "../core/instant.js";
import { callWith, call, decimal, entries, number, options, Status, text } from "../core/memory.js";
import { documentJson } from "../core/document.js";
import { ownOptions } from "../core/own.js";
import { type Problem, type Refusal, refusalError, setupError, type VerificationError } from "../errors/index.js";
import type { VerifiedToken } from "../token/verified_token.js";

/** What a token must grant, and how its user must have signed in: every member. */
export interface Demand {
  /** Each of these scopes. */
  readonly allScopes?: readonly string[];
  /** At least one of these scopes. */
  readonly anyScope?: readonly string[];
  /** Each of these roles, in a claim. */
  readonly allRoles?: RolesDemand;
  /** At least one of these roles, in a claim. */
  readonly anyRole?: RolesDemand;
  /** A sign-in with one of these authentication context classes, in `acr`, best first (RFC 9470). */
  readonly acrValues?: readonly string[];
  /** The maximum age of the sign-in, `auth_time`, in whole seconds (RFC 9470). */
  readonly maxAuthenticationAge?: number;
}

/** Roles in a claim. */
export interface RolesDemand {
  /** The names of the claim, from the outermost inwards; a string is split at its dots. */
  readonly at: string | readonly string[];
  readonly roles: readonly string[];
}

/** What a guard is told. */
export interface GuardOptions {
  /** What a token must grant beyond being good: a list adds up; a string is the document of a demand. */
  readonly demand?: Demand | readonly Demand[] | string;
  /** The header that holds the token alone, in place of `Authorization: Bearer`. */
  readonly header?: string;
  /** The cookie that holds the token, in place of `Authorization: Bearer`. */
  readonly cookie?: string;
  /** Whether requests without any token are let in; not together with a demand. */
  readonly optional?: boolean;
  /** The protected space, for challenges (RFC 9110 §11.5). */
  readonly realm?: string;
  /** The URL of the protected resource's metadata, for challenges (RFC 9728 §5.1); see {@link resourceMetadataUrl}. */
  readonly resourceMetadata?: string;
}

/** The whole answer to a request that is refused. */
export interface Answer {
  /** 401, 403 or 503. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON that names the code. */
  readonly body: string;
  /** What a WebSocket is closed with. */
  readonly websocketCloseCode: number;
}

/** A guard, for any framework. */
export class Guard {
  /** The name of the header to read, in lower case. */
  readonly header: string;
  /** @internal For how many seconds a verified token stands for all guards of its request. */
  readonly sharedFor: number;
  readonly #number: number;

  /**
   * @throws InvalidDemandError if it makes no sense.
   */
  constructor(given: GuardOptions = {}) {
    const { demand, header, cookie, optional, realm, resourceMetadata } = ownOptions(given, GUARD_OPTIONS);
    const rules = options([
      ["demand", demand === undefined ? undefined : demandDocument(demand)],
      ["header", header],
      ["cookie", cookie],
      ["optional", optional === true],
      ["realm", realm],
      ["resource_metadata", resourceMetadata],
    ]);
    if (callWith("verijot_guard", [], [rules]) !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
    this.#number = number(0);
    this.sharedFor = number(1);
    this.header = text();
    forgotten.register(this, this.#number);
  }

  /**
   * The token of a request, not yet verified; `undefined` only if the guard is optional and there is none.
   *
   * @param values the values of every line of the header {@link Guard.header}.
   * @throws MissingTokenError, InvalidRequestError
   */
  token(values: Iterable<string> | string | null | undefined): string | undefined {
    const lines = values === null || values === undefined ? [] : typeof values === "string" ? [values] : [...values];
    const status = callWith("verijot_guard_token", [this.#number], [entries(lines)]);
    if (status === Status.Refused) throw refusalError(JSON.parse(text()) as Refusal);
    return status === Status.Done ? text() : undefined;
  }

  /**
   * Checks that a verified token grants what is demanded.
   *
   * @param now the time by which the token was verified; by default that of the system.
   * @throws InsufficientScopeError, InsufficientAuthenticationError if the user must sign in again, and
   *   InvalidClaimError for a claim of another type.
   */
  check(token: VerifiedToken<unknown>, now?: Time): void {
    const { seconds, nanoseconds } = instant(now);
    const status = callWith("verijot_guard_check", [this.#number], [token.payload], [seconds, nanoseconds]);
    if (status !== Status.Done) throw refusalError(JSON.parse(text()) as Refusal);
  }

  /** The whole answer to a request that is refused for this error. */
  answer(error: VerificationError): Answer {
    const refusal = options([
      ["code", error.code],
      ["status", error.httpStatus],
      ["challenge", error.wwwAuthenticate],
      ["retry_after", error.retryAfter],
    ]);
    callWith("verijot_guard_answer", [this.#number], [refusal]);
    const { websocket_close_code, ...answer } = JSON.parse(text()) as Omit<Answer, "websocketCloseCode"> & {
      websocket_close_code: number;
    };
    return { ...answer, websocketCloseCode: websocket_close_code };
  }
}

/**
 * The URL of the metadata of a protected resource (RFC 9728 §3.1): `/.well-known/oauth-protected-resource` comes
 * between the host and the path of the resource.
 *
 * ```ts
 * resourceMetadataUrl("https://api.example/mcp"); // https://api.example/.well-known/oauth-protected-resource/mcp
 * ```
 *
 * @throws InvalidDemandError if the resource is not an absolute URL with https, or with http on this machine.
 */
export function resourceMetadataUrl(resource: string): string {
  const status = callWith("verijot_resource_metadata_url", [], [String(resource)]);
  if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
  return text();
}

/** A member that is undefined is an error: with it a demand would be left out. */
function demandDocument(demand: Demand | readonly Demand[] | string): string {
  if (typeof demand === "string") return demand;
  if (Array.isArray(demand)) return `[${demand.map((each: Demand) => demandDocument(each)).join(",")}]`;
  const members: string[] = [];
  for (const name of Object.keys(demand)) {
    const value = (demand as Record<string, unknown>)[name];
    const written = name === "maxAuthenticationAge" && typeof value === "number" ? decimal(value) : value;
    const member = DEMANDS.get(name) ?? name;
    members.push(`${JSON.stringify(member)}:${documentJson(written, member, "invalid_demand")}`);
  }
  return `{${members.join(",")}}`;
}

const DEMANDS: ReadonlyMap<string, string> = new Map([
  ["allScopes", "all_scopes"],
  ["anyScope", "any_scope"],
  ["allRoles", "all_roles"],
  ["anyRole", "any_role"],
  ["acrValues", "acr_values"],
  ["maxAuthenticationAge", "max_authentication_age"],
]);

const forgotten = new FinalizationRegistry<number>((guard) => {
  call("verijot_guard_drop", guard);
});

const GUARD_OPTIONS = ["demand", "header", "cookie", "optional", "realm", "resourceMetadata"] as const;
