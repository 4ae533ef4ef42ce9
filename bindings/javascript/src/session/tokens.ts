/** Tokens of a token endpoint, and how they are kept. */
import { Guard } from "../request/guard.js";

/** What a token endpoint issues (RFC 6749 §5.1). */
export interface IssuedTokens {
  /** Sent with requests as `Authorization: Bearer`. */
  readonly accessToken: string;
  /** Without it, the user signs in again when the access token expires. */
  readonly refreshToken?: string | undefined;
  /** The access token's lifetime in seconds. Without it, the token is used until a service refuses it. */
  readonly expiresIn?: number | undefined;
  /** The ID token of OpenID Connect, which is only kept with the others. */
  readonly idToken?: string | undefined;
}

/** Tokens as a keeper has them. */
export interface StoredTokens extends IssuedTokens {
  /** When they were issued, in seconds since 1970. */
  readonly issuedAt: number;
}

/**
 * Tokens that a caller gave, each member read once.
 *
 * @throws TypeError for what is not an object with tokens that can be sent.
 */
export function checkedTokens(given: IssuedTokens, issuedAt: number): StoredTokens {
  if (typeof given !== "object" || given === null) throw new TypeError("tokens must be an object with an accessToken");
  const accessToken: unknown = given.accessToken;
  const refreshToken: unknown = given.refreshToken ?? undefined;
  const expiresIn: unknown = given.expiresIn ?? undefined;
  const idToken: unknown = given.idToken ?? undefined;
  if (!isSendable(accessToken)) throw new TypeError("accessToken cannot be sent as a bearer token (RFC 6750 §2.1)");
  if (refreshToken !== undefined && !isText(refreshToken)) {
    throw new TypeError("refreshToken must be a string of Unicode text, not empty");
  }
  if (idToken !== undefined && !isText(idToken)) {
    throw new TypeError("idToken must be a string of Unicode text, not empty");
  }
  if (expiresIn !== undefined && !(typeof expiresIn === "number" && expiresIn >= 0 && expiresIn < Infinity)) {
    throw new TypeError("expiresIn must be a finite number of seconds, at least 0");
  }
  return { accessToken, refreshToken, expiresIn, idToken, issuedAt };
}

/** Tokens that a keeper gave; `undefined` for anything else. */
export function readStored(given: unknown): StoredTokens | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  try {
    const issuedAt: unknown = (given as StoredTokens).issuedAt;
    if (typeof issuedAt !== "number" || !Number.isFinite(issuedAt)) return undefined;
    return checkedTokens(given as StoredTokens, issuedAt);
  } catch {
    return undefined;
  }
}

/** The new tokens, with the old refresh token if there is no new one (RFC 6749 §6), and so the ID token. */
export function orOf(tokens: StoredTokens, old: StoredTokens): StoredTokens {
  return {
    ...tokens,
    refreshToken: tokens.refreshToken ?? old.refreshToken,
    idToken: tokens.idToken ?? old.idToken,
  };
}

/** Whether both are the same tokens, issued at the same time. */
export function areSame(one: StoredTokens | undefined, other: StoredTokens | undefined): boolean {
  return (
    one?.accessToken === other?.accessToken &&
    one?.refreshToken === other?.refreshToken &&
    one?.issuedAt === other?.issuedAt
  );
}

/** The JSON text of tokens. */
export function writeTokens(tokens: StoredTokens): string {
  const { accessToken, refreshToken, expiresIn, idToken, issuedAt } = tokens;
  return JSON.stringify({ accessToken, refreshToken, expiresIn, idToken, issuedAt });
}

/** The tokens of a JSON text; `undefined` for any other text. */
export function parseTokens(text: string): StoredTokens | undefined {
  try {
    return readStored(JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

let guard: Guard | undefined;

function isSendable(token: unknown): token is string {
  if (typeof token !== "string" || !isText(token)) return false;
  guard ??= new Guard();
  try {
    return guard.token(`Bearer ${token}`) === token;
  } catch {
    return false;
  }
}

/** Text that UTF-8 can hold: a lone surrogate would be sent as another character. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !LONE_SURROGATE.test(value);
}

const LONE_SURROGATE = /\p{Surrogate}/u;
