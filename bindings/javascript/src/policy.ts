/** What is demanded of a token, as options, and the policy's document that is made of them. */
import { decimal } from "./core/memory.js";
import { documentJson as json } from "./core/document.js";
import { isPlain } from "./core/json.js";
import { setupError } from "./errors/index.js";
import { LOCAL_OPTIONS } from "./local_options.js";

/** The lifetimes that the classes of tokens may have (`exp` - `iat`). */
export interface LifetimeClasses {
  /** The claim whose value is the class. */
  readonly claim: string;
  /** The longest lifetime of each class, in seconds. */
  readonly ceilings: Readonly<Record<string, number>>;
  /** The longest lifetime of every other class, in seconds; without it others are refused. */
  readonly default?: number;
}

/** Roles that a token must have. */
export interface RequiredRoles {
  /** The names of the claim, from the outermost inwards. */
  readonly path: readonly string[];
  /** All of them must be there. */
  readonly roles: readonly string[];
}

/** Issuers of many tenants: the tenant's id is in the issuer and in a claim. */
export interface IssuerTemplate {
  /** An issuer with one `{placeholder}`. */
  readonly template: string;
  /** The claim with the tenant's id. */
  readonly claim: string;
  /** The tenants; `null` accepts all. */
  readonly tenants: readonly string[] | null;
}

/** Which audiences a token must have. Named as in the policy's document. */
export type AudienceRule = (
  | {
      /** One of them. */
      readonly one_of: readonly string[];
    }
  | {
      /** These and no others. */
      readonly exactly: readonly string[];
    }
) & {
  /** The claim that takes the place of `aud`. */
  readonly in_claim?: string;
};

/** What one claim or header parameter must be like. Named as in the policy's document (`core/guide/policy.md`). */
export type ClaimRule = (
  | {
      /** The names of the claim, from the outermost inwards. */
      readonly path: readonly string[];
    }
  | {
      /** The name of a header parameter. */
      readonly header: string;
    }
) &
  (
    | {
        /** The JSON value that it must be. */
        readonly equals: unknown;
      }
    | {
        /** JSON values, one of which it must be. */
        readonly one_of: readonly unknown[];
      }
    | {
        /** An array holds all, or a string is it. */
        readonly contains_all: readonly string[];
      }
    | {
        /** An array holds one, or a string is it. */
        readonly contains_any: readonly string[];
      }
    | {
        /** A member that an object has. */
        readonly has_key: string;
      }
    | {
        /** True or false; some issuers write them as strings. */
        readonly boolean: boolean;
      }
    | {
        readonly starts_with: string;
      }
    | {
        /** `*` stands for a part of one segment between `:` and `/`. */
        readonly matches_segments: string;
      }
    | {
        /** The path of a claim with the same value. */
        readonly same_as: readonly string[];
      }
    | {
        readonly is: "string" | "not_empty" | "date" | "object" | "absent";
      }
  ) & {
    /** Waives that it must be there. */
    readonly if_present?: true;
  };

/** What is demanded of a token. */
export interface PolicyOptions {
  /** One of them must be `iss`; `null` waives the check. */
  readonly issuer: string | readonly (string | IssuerTemplate)[] | null;
  /** One of them must be in `aud`; `null` waives the check. */
  readonly audience: string | readonly string[] | AudienceRule | null;
  /** What tokens may be signed with, of those that each key is for. Every asymmetric algorithm. */
  readonly algorithms?: readonly string[];
  /** One of them must be `typ`, which may be missing with `or_none`; `null` waives the check. No type, `JWT` and `at+jwt`. */
  readonly types?: readonly string[] | { readonly or_none: readonly string[] } | null;
  /** How much clocks may differ, in seconds. 30. */
  readonly leeway?: number;
  /** Whether `exp` may be missing. */
  readonly allowMissingExpiry?: boolean;
  /** Whether `sub` may be a number. */
  readonly allowNumericSubject?: boolean;
  /** Whether `iat` may be in the future. */
  readonly allowFutureIssuedAt?: boolean;
  /** Claims that must be there. */
  readonly requiredClaims?: readonly string[];
  /** Claims that must have a value. */
  readonly expectedClaims?: Readonly<Record<string, unknown>>;
  /** What single claims and header parameters must be like. */
  readonly rules?: readonly ClaimRule[];
  /** The longest time since `iat`, in seconds. */
  readonly maxAge?: number;
  /** The longest lifetime (`exp` - `iat`), in seconds. */
  readonly maxLifetime?: number;
  /** The longest lifetime for each class of tokens. */
  readonly maxLifetimeBy?: LifetimeClasses;
  /** Scopes that must all be there. */
  readonly requiredScopes?: readonly string[];
  /** Roles that must all be there. */
  readonly requiredRoles?: RequiredRoles | readonly RequiredRoles[];
  /** Whether HMAC secrets in key sets are used. */
  readonly symmetricKeys?: boolean;
  /** The most octets of a token. 16384. */
  readonly maxTokenOctets?: number;
  /** The most octets of a key set. 262144. */
  readonly maxJwksOctets?: number;
  /** The most keys of a key set. 100. */
  readonly maxJwksKeys?: number;
}

/**
 * The document of a policy (`core/guide/policy.md`). What makes no sense in it the core refuses.
 *
 * @param options are read once each, and only the object's own.
 * @throws InvalidPolicyError for an option that there is not.
 */
export function policyDocument(options: Iterable<readonly [string, unknown]>): string {
  return documentOf(options, OPTIONS);
}

/**
 * The document of options, by default also of those of a policy.
 *
 * @param known how each is written.
 * @param others the same, of names that are not known.
 * @throws InvalidPolicyError for an option that there is not.
 */
export function documentOf(
  options: Iterable<readonly [string, unknown]>,
  known: ReadonlyMap<string, Option>,
  others: ReadonlyMap<string, Option> = OPTIONS,
): string {
  const members = new Map<string, string>();
  const limits = new Map<string, string>();
  for (const [name, value] of options) {
    if (value === undefined) continue;
    const option = known.get(name) ?? others.get(name);
    if (option === undefined) {
      // Of verifiers those that are no part of the document were taken out before.
      const all = new Set([...known.keys(), ...others.keys(), ...(others === OPTIONS ? LOCAL_OPTIONS : [])]);
      const message = `${name}: unknown option; known are ${[...all].join(", ")}`;
      throw setupError({ code: "invalid_policy", message, member: name });
    }
    (option.isLimit === true && Object.hasOwn(option, "isLimit") ? limits : members).set(
      option.member,
      option.write(value, option.member),
    );
  }
  if (limits.size > 0) members.set("limits", object(limits));
  return object(members);
}

/** Whether there is such an option. */
export function isPolicyOption(name: string): boolean {
  return OPTIONS.has(name);
}

/** How an option is written into a document. */
export interface Option {
  readonly member: string;
  readonly isLimit?: boolean;
  /**
   * @throws InvalidPolicyError for what JSON does not have, in which a demand would be lost.
   */
  readonly write: (value: unknown, member: string) => string;
}

/** Names as an array; one name may stand by itself. */
export const names = (value: unknown, member: string): string =>
  json(typeof value === "string" ? [value] : value, member);
/** Seconds as the text of a decimal number. */
export const span = (value: unknown, member: string): string =>
  json(typeof value === "number" ? decimal(value) : value, member);
const negated = (value: unknown, member: string): string => json(typeof value === "boolean" ? !value : value, member);

const OPTIONS: ReadonlyMap<string, Option> = new Map<string, Option>([
  ["issuer", { member: "issuers", write: names }],
  ["audience", { member: "audiences", write: names }],
  ["algorithms", { member: "algorithms", write: json }],
  ["types", { member: "types", write: json }],
  ["leeway", { member: "leeway", write: span }],
  ["allowMissingExpiry", { member: "require_exp", write: negated }],
  ["allowNumericSubject", { member: "numeric_subject", write: json }],
  ["allowFutureIssuedAt", { member: "future_issued_at", write: json }],
  ["requiredClaims", { member: "required_claims", write: json }],
  ["expectedClaims", { member: "expected_claims", write: json }],
  ["rules", { member: "rules", write: json }],
  ["maxAge", { member: "max_age", write: span }],
  ["maxLifetime", { member: "max_lifetime", write: span }],
  ["maxLifetimeBy", { member: "max_lifetime_by", write: classes }],
  ["requiredScopes", { member: "required_scopes", write: json }],
  ["requiredRoles", { member: "required_roles", write: json }],
  ["symmetricKeys", { member: "symmetric_keys", write: json }],
  ["maxTokenOctets", { member: "token_octets", isLimit: true, write: json }],
  ["maxJwksOctets", { member: "jwks_octets", isLimit: true, write: json }],
  ["maxJwksKeys", { member: "jwks_keys", isLimit: true, write: json }],
]);

function classes(value: unknown, member: string): string {
  return mapped(value, member, (each, name, place) =>
    name === "ceilings" ? ceilings(each, place) : span(each, place),
  );
}

function ceilings(value: unknown, member: string): string {
  return mapped(value, member, (each, _, place) => span(each, place));
}

/** An object whose members are written by a function. */
function mapped(
  value: unknown,
  member: string,
  written: (value: unknown, name: string, place: string) => string,
): string {
  if (typeof value !== "object" || value === null || !isPlain(value)) return json(value, member);
  const each = Object.keys(value).map((name): [string, string] => {
    return [name, written((value as Record<string, unknown>)[name], name, `${member}.${name}`)];
  });
  return object(new Map(each));
}

function object(members: ReadonlyMap<string, string>): string {
  return `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}
