/** A token that may be believed. */
import { callWith, entries, Status, text } from "../core/memory.js";
import { decodeBase64Url } from "../core/base64url.js";
import { memberText } from "../core/json.js";
import { own } from "../core/own.js";
import { host } from "#host";

/** Claims of a token, as JSON gives them. */
export type Claims = Readonly<Record<string, unknown>>;

/** What is known of a verified signature, and the payload that it is of. */
export class VerifiedJws {
  readonly #token: string;
  readonly #keyId: string | undefined;
  #header: Readonly<Record<string, unknown>> | undefined;

  /** @internal */
  constructor(token: string, keyId: string | undefined) {
    this.#token = token;
    this.#keyId = keyId;
  }

  /** The JOSE header (RFC 7515 §4). */
  get header(): Readonly<Record<string, unknown>> {
    this.#header ??= JSON.parse(host.decode(segment(this.#token, 0))) as Record<string, unknown>;
    return this.#header;
  }

  /** `alg` of the header. */
  get algorithm(): string {
    return String(own(this.header, "alg"));
  }

  /** `kid` of the header or, without one there, that of the key. */
  get keyId(): string | undefined {
    const named = own(this.header, "kid");
    return typeof named === "string" ? named : this.#keyId;
  }

  /** `typ` of the header (RFC 7515 §4.1.9). */
  get type(): string | undefined {
    const type = own(this.header, "typ");
    return typeof type === "string" ? type : undefined;
  }

  /** The payload, octet for octet as it was signed. */
  get payload(): Uint8Array {
    return decodeBase64Url(segment(this.#token, 1));
  }

  /**
   * The same as text.
   *
   * @internal
   */
  get payloadText(): string {
    return host.decode(segment(this.#token, 1));
  }
}

/**
 * A JWT that may be believed. Its claims are read when they are asked for.
 */
export class VerifiedToken<C = Claims> {
  readonly #jws: VerifiedJws;
  #text: string | undefined;
  #claims: Claims | undefined;
  #into: { readonly value: C } | undefined;

  /** @internal */
  constructor(jws: VerifiedJws, payload?: string, into?: { readonly value: C }) {
    this.#jws = jws;
    this.#text = payload;
    this.#into = into;
  }

  /**
   * The same token with what a schema made of its claims.
   *
   * @internal
   */
  withClaims<Into>(value: Into): VerifiedToken<Into> {
    return new VerifiedToken<Into>(this.#jws, this.#text, { value });
  }

  /** The JOSE header (RFC 7515 §4). */
  get header(): Readonly<Record<string, unknown>> {
    return this.#jws.header;
  }

  /** `alg` of the header. */
  get algorithm(): string {
    return this.#jws.algorithm;
  }

  /** `kid` of the header or, without one there, that of the key. */
  get keyId(): string | undefined {
    return this.#jws.keyId;
  }

  /** `typ` of the header (RFC 7515 §4.1.9). */
  get type(): string | undefined {
    return this.#jws.type;
  }

  /** The payload, character for character as it was signed: one JSON object. */
  get payload(): string {
    this.#text ??= this.#jws.payloadText;
    return this.#text;
  }

  /** The claims; with a schema, what the schema made of them. */
  get claims(): C {
    if (this.#into !== undefined) return this.#into.value;
    return this.#read() as C;
  }

  /** `iss` (RFC 7519 §4.1.1). */
  get issuer(): string | undefined {
    return this.#string("iss");
  }

  /** `sub` (RFC 7519 §4.1.2); a number as its digits. */
  get subject(): string | undefined {
    const subject = own(this.#read(), "sub");
    if (typeof subject !== "number") return this.#string("sub");
    // Of a number that JavaScript rounds the digits are read from the text.
    return Number.isSafeInteger(subject) ? String(subject) : memberText(this.payload, "sub");
  }

  /** Each string in `aud` (RFC 7519 §4.1.3). */
  get audience(): readonly string[] {
    const audience = own(this.#read(), "aud");
    if (typeof audience === "string") return [audience];
    return Array.isArray(audience) ? (audience as string[]) : [];
  }

  /** `exp` (RFC 7519 §4.1.4). */
  get expiresAt(): Date | undefined {
    return this.#date("exp");
  }

  /** `nbf` (RFC 7519 §4.1.5). */
  get notBefore(): Date | undefined {
    return this.#date("nbf");
  }

  /** `iat` (RFC 7519 §4.1.6). */
  get issuedAt(): Date | undefined {
    return this.#date("iat");
  }

  /** `jti` (RFC 7519 §4.1.7). */
  get id(): string | undefined {
    return this.#string("jti");
  }

  /** The scopes in `scope` (RFC 8693 §4.2) or, without that, in `scp`. */
  get scopes(): readonly string[] {
    return list(callWith("verijot_scopes", [], [this.payload]));
  }

  /** Whether the token grants a scope. */
  hasScope(scope: string): boolean {
    return this.scopes.includes(scope);
  }

  /**
   * The roles in a claim: those of an array of strings, or one string.
   *
   * @param path the names of the claim, from the outermost inwards; a string is split at its dots.
   */
  roles(path: string | readonly string[]): readonly string[] {
    const names = typeof path === "string" ? path.split(".") : path;
    return list(callWith("verijot_roles", [], [this.payload, entries(names)]));
  }

  /** Whether the token grants a role. */
  hasRole(path: string | readonly string[], role: string): boolean {
    return this.roles(path).includes(role);
  }

  #read(): Claims {
    this.#claims ??= JSON.parse(this.payload) as Claims;
    return this.#claims;
  }

  #string(claim: string): string | undefined {
    const value = own(this.#read(), claim);
    return typeof value === "string" ? value : undefined;
  }

  #date(claim: string): Date | undefined {
    const value = own(this.#read(), claim);
    return typeof value === "number" ? new Date(value * 1000) : undefined;
  }
}

function list(status: Status): readonly string[] {
  return status === Status.Done ? (JSON.parse(text()) as string[]) : [];
}

function segment(token: string, index: 0 | 1): string {
  const first = token.indexOf(".");
  return index === 0 ? token.slice(0, first) : token.slice(first + 1, token.indexOf(".", first + 1));
}
