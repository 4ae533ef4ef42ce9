/** Settings and expectations as the documents that the core reads. What makes no sense in them the core refuses. */
import { checkedObject, documentJson } from "../core/document.js";
import { setupError } from "../errors/index.js";
import { documentOf, names as namesJson, type Option, span } from "../policy.js";

/**
 * The document of a profile's settings: its own options, and those of a policy.
 *
 * @throws InvalidPolicyError for an option that there is not.
 */
export function settingsDocument(profile: string, options: Iterable<readonly [string, unknown]>): string {
  const own = PROFILE_OPTIONS.get(profile) ?? new Map<string, Option>();
  return documentOf([["profile", profile], ...options], new Map([["profile", as("profile")], ...own]));
}

/**
 * The document of what a call expects. A member that is there and undefined is an error, because with it a check would be
 * left out that somebody has written down.
 *
 * @param known the options of the call, and how each is written.
 * @param others names of further options, which are not part of the document.
 * @throws InvalidPolicyError for an option that there is not, for one that is undefined, and for what is no object.
 */
export function expectationsDocument(
  options: object | undefined,
  known: ReadonlyMap<string, Option>,
  others: ReadonlySet<string> = CALL,
): string {
  const members: [string, unknown][] = [];
  const given = options === undefined ? {} : checkedObject(options, "what a call expects");
  for (const name of Object.keys(given)) {
    if (others.has(name)) continue;
    if (!known.has(name)) {
      const message = `${name}: unknown option; known are ${[...known.keys(), ...others].join(", ")}`;
      throw setupError({ code: "invalid_policy", message, member: name });
    }
    const value = (given as Record<string, unknown>)[name];
    if (value === undefined) {
      const message = `${name}: is undefined, which would leave the check out; omit the member`;
      throw setupError({ code: "invalid_policy", message, member: name });
    }
    members.push([name, value]);
  }
  return documentOf(members, known);
}

/** A member that is written as it is. */
export function as(member: string): Option {
  return { member, write: documentJson };
}

/** A member that is seconds. */
export function seconds(member: string): Option {
  return { member, write: span };
}

/** A member that is names; one name may stand by itself. */
export function names(member: string): Option {
  return { member, write: namesJson };
}

const CALL: ReadonlySet<string> = new Set(["now", "replay", "schema"]);
const CLIENT: readonly (readonly [string, Option])[] = [
  ["issuer", as("issuer")],
  ["clientId", as("client_id")],
  ["trustedAudiences", names("trusted_audiences")],
];
const PROFILE_OPTIONS: ReadonlyMap<string, ReadonlyMap<string, Option>> = new Map([
  ["id-token", new Map([...CLIENT, ["authorizedParties", names("authorized_parties")]])],
  [
    "logout-token",
    new Map([...CLIENT, ["strictType", as("strict_type")], ["allowMissingExpiry", as("allow_missing_expiry")]]),
  ],
  [
    "security-event",
    new Map([
      ["issuer", as("issuer")],
      ["audience", as("audience")],
      ["sharedSignals", as("shared_signals")],
      ["allowMissingType", as("allow_missing_type")],
      ["rememberFor", seconds("remember_for")],
    ]),
  ],
  ["access-token", new Map([["clientIds", names("client_ids")]])],
]);
