/** Verifies ID tokens (OpenID Connect Core 1.0 §3.1.3.7). */
import type { Time } from "../core/instant.js";
import type { Explanation } from "../token/explanation.js";
import type { StandardSchema } from "../token/schema.js";
import type { EncodedToken } from "../token/verification.js";
import type { ClaimsOf, VerifierOptions } from "../verifier.js";
import { IdToken } from "./id_token.js";
import { type Login, loginDocument } from "./login.js";
import { type CallOptions, type KeysOf, Profile, type SettingsDocument } from "./profile.js";

/** What else a verifier demands and does; the profile decides the rest. */
export type FurtherOptions = Omit<
  VerifierOptions,
  "issuer" | "audience" | "types" | "allowMissingExpiry" | "allowNumericSubject"
>;

/** The settings of an ID token's verifier. */
export interface IdTokenOptions extends FurtherOptions {
  /** The issuer, as in `iss`. */
  readonly issuer: string;
  /** The client, the only audience. */
  readonly clientId: string;
  /** Further audiences that a token may have. */
  readonly trustedAudiences?: string | readonly string[];
  /** Values of which `azp` must have one, if it is there; `null` waives that. The client. */
  readonly authorizedParties?: string | readonly string[] | null;
}

/**
 * Verifies the ID tokens of a client's logins. Make it once; say for each token what became of the nonce.
 *
 * ```ts
 * import { IdTokenVerifier, JwksClient } from "verijot";
 * const issuer = "https://issuer.example";
 * const client = JwksClient.fromIssuer(issuer, { audience: "client-id" });
 * const idTokens = new IdTokenVerifier({ issuer, clientId: "client-id" });
 * await idTokens.verify("no token", client, { nonce: "n-0S6" }).catch((error) => console.log(error.code));
 * ```
 */
export class IdTokenVerifier {
  readonly #profile: Profile;

  /**
   * @throws InvalidPolicyError for settings that make no sense; its `member` says where.
   */
  constructor(options: IdTokenOptions | SettingsDocument) {
    this.#profile = new Profile("id-token", options);
  }

  /**
   * Verifies an ID token of a login, with a key set or with the keys of an issuer's client.
   *
   * @throws VerificationError of the class of its code, if any check fails; InvalidPolicyError for a login that
   *   makes no sense, such as one without a word about the nonce.
   */
  async verify<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: KeysOf,
    login: Login & CallOptions<S>,
  ): Promise<IdToken<ClaimsOf<S>>> {
    return new IdToken(await this.#profile.verify(token, keys, loginDocument(login), login));
  }

  /** The same without waiting, where the platform has such cryptography: on Node, Bun and Deno. */
  verifySync<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: KeysOf,
    login: Login & CallOptions<S>,
  ): IdToken<ClaimsOf<S>> {
    return new IdToken(this.#profile.verifySync(token, keys, loginDocument(login), login));
  }

  /**
   * Every check with its outcome, but for what only the caller knows, and schemas.
   *
   * @throws KeysUnavailableError if the keys of a client cannot be fetched. Never for a token.
   */
  async explain(token: EncodedToken, keys: KeysOf, login: Login & { readonly now?: Time }): Promise<Explanation> {
    return this.#profile.explain(token, keys, loginDocument(login), login.now);
  }
}
