/** An ID token that belongs to a login. */
import type { Claims } from "../token/verified_token.js";
import { CheckedClaims } from "./checked_claims.js";

/** An ID token that belongs to a login. Only an `IdTokenVerifier` makes one. */
export class IdToken<C = Claims> extends CheckedClaims<C> {
  /** The kind of token, so that no other kind is taken for one. */
  readonly kind = "id-token";

  /** `iss`. */
  get issuer(): string {
    return this.text("iss") as string;
  }

  /** `sub`: the user, unique at the issuer. */
  get subject(): string {
    return this.text("sub") as string;
  }

  /** `sid`: the session at the issuer, which a logout token names. */
  get session(): string | undefined {
    return this.text("sid");
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

  /** `azp`: the client that the token was issued to. */
  get authorizedParty(): string | undefined {
    return this.text("azp");
  }
}
