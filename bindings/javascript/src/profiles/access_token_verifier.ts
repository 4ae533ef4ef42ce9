/** Verifies access tokens of RFC 9068, and how recent and how strong the login behind them is (RFC 9470). */
import type { Time } from "../core/instant.js";
import type { Option } from "../policy.js";
import { JwksClient } from "../issuer/jwks_client.js";
import type { Admitting } from "../request/admitting.js";
import type { Explanation } from "../token/explanation.js";
import type { StandardSchema } from "../token/schema.js";
import type { EncodedToken } from "../token/verification.js";
import type { Claims, VerifiedToken } from "../token/verified_token.js";
import type { ClaimsOf, VerifierOptions } from "../verifier.js";
import { CheckedClaims } from "./checked_claims.js";
import { expectationsDocument, names, seconds } from "./documents.js";
import { type CallOptions, checkedKeys, type KeysOf, Profile, type SettingsDocument } from "./profile.js";

/** The settings of an access token's verifier. */
export interface AccessTokenOptions extends Omit<
  VerifierOptions,
  "types" | "allowMissingExpiry" | "allowNumericSubject"
> {
  /** Clients, one of which must be `client_id`. Any. */
  readonly clientIds?: string | readonly string[];
}

/** What a request needs of the login behind its token (RFC 9470). */
export interface StepUp {
  /** One of them must be `acr`. */
  readonly acr?: string | readonly string[];
  /** How many seconds ago the user may have logged in. */
  readonly maxAuthenticationAge?: number;
}

/** An access token of RFC 9068. Only an `AccessTokenVerifier` makes one. */
export class AccessToken<C = Claims> extends CheckedClaims<C> {
  /** The kind of token, so that no other kind is taken for one. */
  readonly kind = "access-token";

  /** `iss`. */
  get issuer(): string {
    return this.text("iss") as string;
  }

  /** `sub`: for whom the client acts. */
  get subject(): string {
    return this.text("sub") as string;
  }

  /** `client_id`: whom the token was issued to. */
  get clientId(): string {
    return this.text("client_id") as string;
  }

  /** `jti`: the token's id, unique for the issuer. */
  get id(): string {
    return this.text("jti") as string;
  }

  /** The scopes that the token grants. */
  get scopes(): readonly string[] {
    return this.token.scopes;
  }

  /** `auth_time`: when the user logged in. */
  get authenticatedAt(): Date | undefined {
    return this.date("auth_time");
  }

  /** `acr`: how well the user was authenticated. */
  get authenticationContext(): string | undefined {
    return this.text("acr");
  }

  /** `amr`: how the user was authenticated. */
  get authenticationMethods(): readonly string[] {
    return this.texts("amr");
  }
}

/** Verifies access tokens of RFC 9068 at an API. Make it once. */
export class AccessTokenVerifier {
  readonly #profile: Profile;

  /**
   * @throws InvalidPolicyError for settings that make no sense; its `member` says where.
   */
  constructor(options: AccessTokenOptions | SettingsDocument) {
    this.#profile = new Profile("access-token", options);
  }

  /**
   * Verifies an access token for a request that needs this login.
   *
   * @throws VerificationError of the class of its code, if any check fails: InsufficientAuthenticationError, with a
   *   challenge, if the user must log in again.
   */
  async verify<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: KeysOf,
    options?: StepUp & CallOptions<S>,
  ): Promise<AccessToken<ClaimsOf<S>>> {
    return new AccessToken(await this.#profile.verify(token, keys, stepUpDocument(options), options));
  }

  /** The same without waiting, where the platform has such cryptography: on Node, Bun and Deno. */
  verifySync<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: KeysOf,
    options?: StepUp & CallOptions<S>,
  ): AccessToken<ClaimsOf<S>> {
    return new AccessToken(this.#profile.verifySync(token, keys, stepUpDocument(options), options));
  }

  /**
   * Every check with its outcome, but for what only the caller knows, and schemas.
   *
   * @throws KeysUnavailableError if the keys of a client cannot be fetched. Never for a token.
   */
  async explain(token: EncodedToken, keys: KeysOf, options?: StepUp & { readonly now?: Time }): Promise<Explanation> {
    return this.#profile.explain(token, keys, stepUpDocument(options), options?.now);
  }

  /**
   * This verifier with its keys, for a guard. Every request then needs such a login; a guard's demand may ask for more.
   *
   * ```ts
   * import { AccessTokenVerifier, guardRequest, JwksClient } from "verijot";
   * const [issuer, audience] = ["https://issuer.example", "https://api.example"];
   * const client = JwksClient.fromIssuer(issuer, { audience });
   * const accessTokens = new AccessTokenVerifier({ issuer, audience });
   * const guard = guardRequest(accessTokens.withKeys(client), { demand: { maxAuthenticationAge: 600 } });
   * ```
   *
   * @throws InvalidPolicyError for a login that makes no sense; TypeError for what holds no keys.
   */
  withKeys(keys: KeysOf, stepUp?: StepUp): AccessTokenClient {
    return new AccessTokenClient(this.#profile, keys, expectationsDocument(stepUp, MEMBERS, NO_OTHERS));
  }
}

/** Verifies access tokens of RFC 9068 with the keys of one issuer. An `AccessTokenVerifier` makes one; share it. */
export class AccessTokenClient implements Admitting {
  readonly #profile: Profile;
  readonly #keys: KeysOf;
  readonly #expectations: string;

  /** @internal */
  constructor(profile: Profile, keys: KeysOf, expectations: string) {
    profile.expect(expectations);
    this.#profile = profile;
    this.#keys = checkedKeys(keys);
    this.#expectations = expectations;
  }

  /**
   * Verifies an access token.
   *
   * @throws as {@link AccessTokenVerifier.verify} does.
   */
  async verify<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    options?: CallOptions<S>,
  ): Promise<AccessToken<ClaimsOf<S>>> {
    return new AccessToken(await this.#profile.verify(token, this.#keys, this.#expectations, options));
  }

  /** The same without waiting, where the platform has such cryptography: on Node, Bun and Deno. */
  verifySync<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    options?: CallOptions<S>,
  ): AccessToken<ClaimsOf<S>> {
    return new AccessToken(this.#profile.verifySync(token, this.#keys, this.#expectations, options));
  }

  /** As {@link AccessTokenVerifier.explain}. */
  async explain(token: EncodedToken, options?: { readonly now?: Time }): Promise<Explanation> {
    return this.#profile.explain(token, this.#keys, this.#expectations, options?.now);
  }

  /**
   * Verifies a token and asks about its tenant, then calls `check` with it and the time, such as a guard's demand, and
   * asks about revocation last.
   *
   * @throws VerificationError as {@link AccessTokenVerifier.verify} does, or what `check` throws.
   */
  async admit(token: EncodedToken, check?: (token: VerifiedToken, now?: Time) => void): Promise<VerifiedToken> {
    const checked = await this.#profile.check(token, this.#keys, this.#expectations, undefined);
    const { caller } = this.#profile;
    if (caller !== undefined) await caller.askTenant(checked.token);
    const { seconds: whole, nanoseconds } = checked.at;
    check?.(checked.token, whole + nanoseconds / 1e9);
    if (caller !== undefined) await caller.askRevoked(checked.token);
    return checked.token;
  }

  /** Seconds of the client's clock that never goes back. */
  monotonic(): number {
    return this.#keys instanceof JwksClient ? this.#keys.monotonic() : performance.now() / 1000;
  }
}

function stepUpDocument(stepUp: StepUp | undefined): string {
  return expectationsDocument(stepUp, MEMBERS);
}

const NO_OTHERS: ReadonlySet<string> = new Set();
const MEMBERS: ReadonlyMap<string, Option> = new Map<string, Option>([
  ["acr", names("acr")],
  ["maxAuthenticationAge", seconds("max_authentication_age")],
]);
