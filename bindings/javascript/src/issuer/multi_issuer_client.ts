/** Verifies the tokens of several issuers, each with keys and a policy of its own. */
import { call, callWith, entries, number, reserve, Status, text, write } from "../core/memory.js";
import { type Problem, type Refusal, refusalError, setupError } from "../errors/index.js";
import type { StandardSchema } from "../token/schema.js";
import type { Explanation } from "../token/explanation.js";
import { type EncodedToken, fixed } from "../token/verification.js";
import type { VerifiedToken } from "../token/verified_token.js";
import type { ClaimsOf, VerifyOptions } from "../verifier.js";
import type { Time } from "../core/instant.js";
import { JwksClient } from "./jwks_client.js";

/**
 * Verifies each token with the client of its issuer. Make it once and share it.
 *
 * The untrusted `iss` only chooses the client: that client verifies the token with its own keys and no others, and
 * checks the `iss` again.
 */
export class MultiIssuerClient {
  /** The clients, for example for their `health`. */
  readonly clients: readonly JwksClient[];
  readonly #number: number;
  readonly #longestToken: number;

  /**
   * @throws InvalidPolicyError if there is no client, if one waives the issuer, or if two name the same issuer.
   */
  constructor(...clients: readonly JwksClient[]) {
    for (const client of clients) {
      if (!(client instanceof JwksClient)) throw new TypeError("not a JwksClient");
    }
    const policies = entries(clients.map(({ verifier }) => verifier.policy));
    if (callWith("verijot_issuers", [], [policies]) !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
    this.#number = number(0);
    this.#longestToken = number(1);
    this.clients = Object.freeze([...clients]);
    forgotten.register(this, this.#number);
  }

  /**
   * Verifies a token as {@link JwksClient.verify} does.
   *
   * @throws WrongIssuerError for a token of any other issuer; otherwise as {@link JwksClient.verify} does.
   */
  async verify<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    options?: VerifyOptions<S>,
  ): Promise<VerifiedToken<ClaimsOf<S>>> {
    const encoded = fixed(token);
    return this.#chosen(encoded).verify(encoded, options);
  }

  /** As {@link JwksClient.verifySync}, with the client of the token's issuer. */
  verifySync<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    options?: VerifyOptions<S>,
  ): VerifiedToken<ClaimsOf<S>> {
    const encoded = fixed(token);
    return this.#chosen(encoded).verifySync(encoded, options);
  }

  /** As {@link JwksClient.admit}, with the client of the token's issuer. */
  async admit(token: EncodedToken, check?: (token: VerifiedToken, now?: Time) => void): Promise<VerifiedToken> {
    const encoded = fixed(token);
    return this.#chosen(encoded).admit(encoded, check);
  }

  /**
   * As {@link JwksClient.explain}, with the client of the token's issuer.
   *
   * @throws VerificationError for a token that names no known issuer.
   */
  async explain(token: EncodedToken, options?: { readonly now?: Time }): Promise<Explanation> {
    const encoded = fixed(token);
    return this.#chosen(encoded).explain(encoded, options);
  }

  /** Waits for the first keys of every client; fails if one of them does. */
  async ready(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.ready()));
  }

  /** Closes every client. */
  close(): void {
    for (const client of this.clients) client.close();
  }

  #chosen(token: EncodedToken): JwksClient {
    const length = token.length > this.#longestToken ? token.length : write(token);
    if (call("verijot_issuers_choose", this.#number, reserve(0), length) !== Status.Done) {
      throw refusalError(JSON.parse(text()) as Refusal);
    }
    return this.clients[number(0)] as JwksClient;
  }
}

const forgotten = new FinalizationRegistry<number>((issuers) => {
  call("verijot_issuers_drop", issuers);
});
