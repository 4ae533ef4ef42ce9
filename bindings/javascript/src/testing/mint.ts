/** Tokens for tests. */
import { encodeBase64Url } from "../core/base64url.js";
import { isOctets } from "../core/octets.js";
import { ownOptions } from "../core/own.js";
import type { SigningKey } from "./signing_key.js";

/** How a token is signed. */
export interface TokenOptions {
  /** The key that signs it. */
  readonly key?: SigningKey;
  /** `iss`. */
  readonly issuer?: string;
  /** `aud`. */
  readonly audience?: string | readonly string[];
  /** `iat`, in seconds since 1970. The clock's. */
  readonly now?: number;
  /** The seconds from `iat` to `exp`. 300. */
  readonly lifetime?: number;
  /** Members of the header beside or in place of `alg`, `kid` and `typ`; `undefined` leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>;
}

/**
 * Signs a token.
 *
 * Adds `iss`, `aud`, `iat` and `exp` unless the claims have them; a claim that is `undefined` is left out, such
 * as for a token without `exp`.
 *
 * @param claims an object, or the payload itself, which is used unchanged.
 */
export async function mint(
  claims: Readonly<Record<string, unknown>> | string | Uint8Array,
  options: TokenOptions & { readonly key: SigningKey },
): Promise<string> {
  const { key, issuer, audience, now, lifetime, header } = ownOptions(options, TOKEN_OPTIONS);
  if (key === undefined) throw new TypeError("a token needs a key");
  const iat = Math.floor(now ?? Date.now() / 1000);
  const defaults = { iss: issuer, aud: audience, iat, exp: iat + (lifetime ?? LIFETIME) };
  const isPayload = typeof claims === "string" || isOctets(claims);
  const payload = isPayload ? claims : JSON.stringify({ ...defaults, ...claims });
  const fields = JSON.stringify({ alg: key.algorithm, kid: key.keyId, typ: "JWT", ...header });
  const message = `${segment(fields)}.${segment(payload)}`;
  return `${message}.${encodeBase64Url(await key.sign(encoder.encode(message)))}`;
}

/** The options of {@link mint}. */
export const TOKEN_OPTIONS = ["key", "issuer", "audience", "now", "lifetime", "header"] as const;

function segment(part: string | Uint8Array): string {
  return encodeBase64Url(typeof part === "string" ? encoder.encode(part) : part);
}

const encoder = new TextEncoder();
const LIFETIME = 300;
