/** What a guard needs of a client. */
import type { Time } from "../core/instant.js";
import type { EncodedToken } from "../token/verification.js";
import type { VerifiedToken } from "../token/verified_token.js";

/** Verifies the tokens of requests; a `JwksClient` does. */
export interface Admitting {
  /**
   * Verifies a token and asks whether its tenant is known, then calls `check` with it and the time, and only then asks
   * whether the token is revoked.
   *
   * A guard checks its demand itself if `check` was not called with the token that comes back.
   *
   * @throws VerificationError if the token is refused, also by `check`; any other error is a fault of the service.
   */
  admit(token: EncodedToken, check?: (token: VerifiedToken, now?: Time) => void): Promise<VerifiedToken>;

  /** Seconds of the client's clock that never goes back, if it has one of its own. */
  monotonic?(): number;
}
