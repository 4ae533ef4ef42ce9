/** Verifies logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.6). */
import type { Time } from "../core/instant.js";
import type { Explanation } from "../token/explanation.js";
import type { StandardSchema } from "../token/schema.js";
import type { EncodedToken } from "../token/verification.js";
import type { Claims } from "../token/verified_token.js";
import type { ClaimsOf } from "../verifier.js";
import { CheckedClaims } from "./checked_claims.js";
import type { FurtherOptions } from "./id_token_verifier.js";
import { type OnceOptions, OnceProfile } from "./once.js";
import type { KeysOf, SettingsDocument } from "./profile.js";

/** The settings of a logout token's verifier. */
export interface LogoutTokenOptions extends FurtherOptions {
  /** The issuer, as in `iss`. */
  readonly issuer: string;
  /** The client, which must be in `aud`. */
  readonly clientId: string;
  /** Further audiences that a token may have. */
  readonly trustedAudiences?: string | readonly string[];
  /** Whether `typ` must be `logout+jwt`. It may also be missing or `JWT`. */
  readonly strictType?: boolean;
  /** Whether `exp` may be missing. */
  readonly allowMissingExpiry?: boolean;
}

/** A notice that sessions are over. Only a `LogoutTokenVerifier` makes one. */
export class LogoutToken<C = Claims> extends CheckedClaims<C> {
  /** The kind of token, so that no other kind is taken for one. */
  readonly kind = "logout-token";

  /** `iss`. */
  get issuer(): string {
    return this.text("iss") as string;
  }

  /** `sub`: whose sessions are over. */
  get subject(): string | undefined {
    return this.text("sub");
  }

  /** `sid`: the session that is over. Without it, all sessions of the subject are. */
  get session(): string | undefined {
    return this.text("sid");
  }
}

/** Verifies what an issuer posts to a client's back-channel logout URI. Make it once. */
export class LogoutTokenVerifier {
  readonly #profile: OnceProfile;

  /**
   * @throws InvalidPolicyError for settings that make no sense; its `member` says where.
   */
  constructor(options: LogoutTokenOptions | SettingsDocument) {
    this.#profile = new OnceProfile("logout-token", options);
  }

  /**
   * Verifies a token, and asks last whether it was presented before.
   *
   * @throws VerificationError of the class of its code, if any check fails: ReplayedTokenError if the token was
   *   presented before, ReplayUnavailableError (503) if nobody can say.
   */
  async verify<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: KeysOf,
    options: OnceOptions<S>,
  ): Promise<LogoutToken<ClaimsOf<S>>> {
    return new LogoutToken(await this.#profile.verify(token, keys, options));
  }

  /**
   * The same without waiting, where the platform has such cryptography: on Node, Bun and Deno. An answer of a store
   * that must be waited for is none.
   */
  verifySync<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: KeysOf,
    options: OnceOptions<S>,
  ): LogoutToken<ClaimsOf<S>> {
    return new LogoutToken(this.#profile.verifySync(token, keys, options));
  }

  /**
   * Every check with its outcome, but for what only the caller knows, schemas, and whether the token was presented
   * before.
   *
   * @throws KeysUnavailableError if the keys of a client cannot be fetched. Never for a token.
   */
  async explain(token: EncodedToken, keys: KeysOf, options?: { readonly now?: Time }): Promise<Explanation> {
    return this.#profile.explain(token, keys, options);
  }
}
