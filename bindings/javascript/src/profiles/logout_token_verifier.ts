/** Verifies logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.6). */
import { CheckedClaims } from "./checked_claims.js";
import type { FurtherOptions } from "./id_token_verifier.js";
import { OnceVerifier } from "./once.js";
import type { SettingsDocument } from "./profile.js";

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
export class LogoutToken extends CheckedClaims {
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
export class LogoutTokenVerifier extends OnceVerifier<LogoutToken> {
  /**
   * @throws InvalidPolicyError for settings that make no sense; its `member` says where.
   */
  constructor(options: LogoutTokenOptions | SettingsDocument) {
    super("logout-token", options, (checked) => new LogoutToken(checked));
  }
}
