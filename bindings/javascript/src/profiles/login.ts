/** What a login expects of its ID token. */
import { checkedObject, documentJson } from "../core/document.js";
import type { Option } from "../policy.js";
import type { Claims } from "../token/verified_token.js";
import { as, expectationsDocument, names, seconds } from "./documents.js";
import { IdToken } from "./id_token.js";

/** The client sent no nonce, and the token must not have one. */
export const withoutNonce: unique symbol = Symbol("without nonce");

/**
 * Waives the check of the nonce: a token of another login is accepted. Safe only if something else ties the token
 * to this login, such as PKCE with a token from the token endpoint.
 */
export const anyNonce: unique symbol = Symbol("any nonce");

/** What became of the nonce, or the ID token of which this one is a refresh. Nothing is assumed. */
export type LoginBegin =
  | {
      /** What the client sent in the authorization request. */
      readonly nonce: string | typeof withoutNonce | typeof anyNonce;
      readonly refreshOf?: undefined;
    }
  | {
      /** A refresh returned the token: nothing about the user has changed since this token, or these claims of it. */
      readonly refreshOf: IdToken<unknown> | Claims;
      readonly nonce?: undefined;
    };

/** What a login expects. */
export type Login = LoginBegin & {
  /** `max_age` of the request: how many seconds ago the user may have logged in. */
  readonly maxAge?: number;
  /** Whether `auth_time` must be there. */
  readonly authTimeRequired?: boolean;
  /** One of them must be `acr`. */
  readonly acr?: string | readonly string[];
  /** The access token that came with the ID token, for `at_hash`; say by which `channel`. */
  readonly accessToken?: string;
  /** The code that came with the ID token, for `c_hash`; say by which `channel`. */
  readonly code?: string;
  /** Whether they came through the browser (`front`), which needs the hashes, or from the token endpoint (`back`). */
  readonly channel?: "front" | "back";
  /** `state` of the request: `s_hash` must be its hash, if it is there. */
  readonly state?: string;
  /** As `state`, but `s_hash` must be there. */
  readonly requiredState?: string;
  /** The ID token of the authorization endpoint, where this is that of the token endpoint. */
  readonly secondOf?: IdToken<unknown> | Claims;
};

/**
 * The document of a login. A nonce that is missing is missing in the document too, which the core refuses.
 *
 * @throws InvalidPolicyError
 */
export function loginDocument(login: object): string {
  // A copy without a prototype, whose members do not count; each is read once.
  const members: Record<string, unknown> = { __proto__: null, ...checkedObject(login, "a login") };
  const { nonce } = members;
  if (nonce !== withoutNonce && nonce !== anyNonce) return expectationsDocument(members, MEMBERS);
  delete members["nonce"];
  return expectationsDocument({ ...members, [nonce === anyNonce ? "anyNonce" : "withoutNonce"]: true }, MEMBERS);
}

const previous = (value: unknown, member: string): string =>
  value instanceof IdToken ? value.token.payload : documentJson(value, member);
const MEMBERS: ReadonlyMap<string, Option> = new Map<string, Option>([
  ["nonce", as("nonce")],
  ["withoutNonce", as("without_nonce")],
  ["anyNonce", as("any_nonce")],
  ["refreshOf", { member: "refresh_of", write: previous }],
  ["maxAge", seconds("max_age")],
  ["authTimeRequired", as("auth_time_required")],
  ["acr", names("acr")],
  ["accessToken", as("access_token")],
  ["code", as("code")],
  ["channel", as("channel")],
  ["state", as("state")],
  ["requiredState", as("required_state")],
  ["secondOf", { member: "second_of", write: previous }],
]);
