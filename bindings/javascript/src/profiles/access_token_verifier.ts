/** Verifies access tokens of RFC 9068, and how recent and how strong the login behind them is (RFC 9470). */
import type { Time } from "../core/instant.js";
import type { JwkSet } from "../keys/jwk_set.js";
import type { Option, PolicyOptions } from "../policy.js";
import type { Explanation } from "../token/explanation.js";
import type { EncodedToken } from "../token/verification.js";
import { CheckedClaims } from "./checked_claims.js";
import { expectationsDocument, names, seconds } from "./documents.js";
import { type KeysOf, Profile, type SettingsDocument } from "./profile.js";

/** The settings of an access token's verifier. */
export interface AccessTokenOptions extends Omit<
  PolicyOptions,
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
  /** The time by which dates are judged. The clock's. */
  readonly now?: Time;
}

/** An access token of RFC 9068. Only an `AccessTokenVerifier` makes one. */
export class AccessToken extends CheckedClaims {
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
  async verify(token: EncodedToken, keys: KeysOf, stepUp?: StepUp): Promise<AccessToken> {
    return new AccessToken(await this.#profile.verify(token, keys, stepUpDocument(stepUp), stepUp?.now));
  }

  /** The same without waiting, where the platform has such cryptography: on Node, Bun and Deno. */
  verifySync(token: EncodedToken, keys: KeysOf, stepUp?: StepUp): AccessToken {
    return new AccessToken(this.#profile.verifySync(token, keys, stepUpDocument(stepUp), stepUp?.now));
  }

  /** Every check with its outcome. Never throws for a token. */
  async explain(token: EncodedToken, keys: JwkSet, stepUp?: StepUp): Promise<Explanation> {
    return this.#profile.explain(token, keys, stepUpDocument(stepUp), stepUp?.now);
  }
}

function stepUpDocument(stepUp: StepUp | undefined): string {
  return expectationsDocument(stepUp, MEMBERS);
}

const MEMBERS: ReadonlyMap<string, Option> = new Map<string, Option>([
  ["acr", names("acr")],
  ["maxAuthenticationAge", seconds("max_authentication_age")],
]);
