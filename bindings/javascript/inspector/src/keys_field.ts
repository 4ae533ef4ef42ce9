/** Keys as they are pasted. */
import { HostError, JwkSet } from "verijot";
import { decoded } from "./encoded_token.js";
import { isObject, members, valueOf } from "./json_text.js";
import { WrongInput } from "./wrong_input.js";

/** Keys, and what they were read as. */
export interface PastedKeys {
  readonly keys: JwkSet;
  readonly readAs: string;
}

/** How sets are read, as the policy says. */
export interface SetOptions {
  readonly symmetricKeys: boolean;
  readonly maxOctets?: number;
  readonly maxKeys?: number;
}

/**
 * Reads keys of one form, or of the form that the text looks like.
 *
 * @throws WrongInput if the text is something else than keys; SetupError if the core refuses them.
 */
export async function readKeys(text: string, form: string, options: SetOptions): Promise<PastedKeys> {
  const trimmed = text.trim();
  switch (form === "detect" ? detected(trimmed) : form) {
    case "set":
      return { keys: await loaded(trimmed, options), readAs: "a JWK Set" };
    case "jwk":
      return { keys: JwkSet.fromJwk(trimmed, options), readAs: "one JWK" };
    case "pem":
      return {
        keys: fromPem(trimmed),
        readAs: /CERTIFICATE/.test(trimmed)
          ? "a certificate, whose validity and chain are not checked"
          : "a public key in PEM",
      };
    case "base64":
      return { keys: fromBase64(trimmed), readAs: "a secret in base64" };
    default:
      return { keys: JwkSet.fromSecret(text.replace(/\r?\n$/, "")), readAs: "a secret as text" };
  }
}

/** A set whose every key this browser has tried to load, if it can load any. */
async function loaded(text: string, options: SetOptions): Promise<JwkSet> {
  try {
    return await JwkSet.load(text, options);
  } catch (error) {
    if (error instanceof HostError) return JwkSet.from(text, options);
    throw error;
  }
}

/** What a text looks like. */
function detected(text: string): string {
  if (/^[{[]/.test(text)) {
    const names = (members(text) ?? []).map(({ name }) => name);
    if (names.includes("jwks_uri")) {
      throw new WrongInput(
        "This is a discovery document. Open its jwks_uri in another tab and paste the JWK Set from there.",
      );
    }
    return names.includes("kty") && !names.includes("keys") ? "jwk" : "set";
  }
  if (text.includes("-----BEGIN")) return "pem";
  if (/^https?:\/\/\S*$/i.test(text)) {
    throw new WrongInput(
      "This is an address, and this page fetches nothing. Open it in another tab and paste the JWK Set from there.",
    );
  }
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) {
    throw new WrongInput("This is a token. Paste it into the field above, and the keys of its issuer here.");
  }
  if (/^M[A-P][\w+/\s]{50,}={0,2}$/.test(text)) {
    throw new WrongInput(
      "This looks like PEM without its first and last line. Add “-----BEGIN CERTIFICATE-----” or “-----BEGIN PUBLIC KEY-----” before it and the END line after it.",
    );
  }
  return "secret";
}

/** A key in PEM names no algorithm: it is used for each that the core takes it for. */
function fromPem(pem: string): JwkSet {
  let first: unknown;
  const fitting = ASYMMETRIC.filter((algorithm) => {
    try {
      JwkSet.fromPem(pem, { algorithms: [algorithm] });
      return true;
    } catch (error) {
      first ??= error;
      return false;
    }
  });
  if (fitting.length === 0) throw first;
  return JwkSet.fromPem(pem, { algorithms: fitting });
}

function fromBase64(text: string): JwkSet {
  const octets = decoded(text.replace(/\s+/g, ""));
  if (octets === undefined)
    throw new WrongInput("This is not base64 or base64url. Choose “a secret, as text” if it is meant as it stands.");
  return JwkSet.fromSecret(octets);
}

/** The options for sets that a policy's document gives. */
export function setOptions(policy: string): SetOptions {
  const document = isObject(policy) ? (valueOf(policy) as Record<string, unknown>) : {};
  const limits = (Object.hasOwn(document, "limits") ? document["limits"] : {}) as Record<string, number>;
  const { jwks_octets: maxOctets, jwks_keys: maxKeys } = limits;
  return {
    symmetricKeys: Object.hasOwn(document, "symmetric_keys") && document["symmetric_keys"] === true,
    ...(maxOctets === undefined ? {} : { maxOctets }),
    ...(maxKeys === undefined ? {} : { maxKeys }),
  };
}

/** What asymmetric keys verify. */
export const ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
/** What secrets verify. */
export const SYMMETRIC = ["HS256", "HS384", "HS512"];
