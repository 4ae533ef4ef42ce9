/** What only the caller knows of an accepted token: whether its tenant is known, then whether it is revoked. */
import { callWith, Status, text } from "../core/memory.js";
import { unawaited } from "../core/waiting.js";
import { type Refusal, refusalError } from "../errors/index.js";
import { answered, askRevoked, askRevokedSync, type Revoked, within } from "./revocation.js";
import type { CoreVerifier } from "./verification.js";
import type { VerifiedToken } from "./verified_token.js";

/**
 * Says whether a tenant is known. It is called with the tenant's id of every token that an issuer template accepts and
 * that has passed all other checks except revocation; `false` refuses the token with `wrong_issuer`. What it throws is
 * thrown, and the token is not accepted; so it is if an answer takes longer than one of `revoked` may.
 */
export type KnownTenants = (tenant: string) => boolean | Promise<boolean>;

/** What the caller is asked. */
export interface Asked {
  readonly knownTenants: KnownTenants | undefined;
  readonly revoked: Revoked | undefined;
  readonly revokedTimeout: number | undefined;
}

/** A verifier. While the caller is asked it must not be dropped, so it is held, and not its number. */
interface Asking {
  readonly core: CoreVerifier;
}

/** Asks about the tokens that one verifier has accepted. */
export class Caller {
  readonly #verifier: Asking;
  readonly #knownTenants: KnownTenants | undefined;
  readonly #revoked: Revoked | undefined;
  readonly #patience: number;

  private constructor(verifier: Asking, { knownTenants, revoked }: Asked, patience: number) {
    this.#verifier = verifier;
    this.#knownTenants = knownTenants;
    this.#revoked = revoked && within(revoked, patience);
    this.#patience = patience;
  }

  /**
   * `undefined` where there is nothing to ask, which costs a token nothing. `timeout` is how many seconds an answer may
   * take if the caller does not say it.
   */
  static of(verifier: Asking, asked: Asked, timeout: number): Caller | undefined {
    if (asked.knownTenants === undefined && asked.revoked === undefined) return undefined;
    return new Caller(verifier, asked, asked.revokedTimeout ?? timeout);
  }

  /**
   * Asks whether the tenant is known, then whether the token is revoked.
   *
   * @throws WrongIssuerError, RevokedTokenError, RevocationUnavailableError, and what `knownTenants` throws.
   */
  async ask(token: VerifiedToken): Promise<void> {
    await this.askTenant(token);
    await this.askRevoked(token);
  }

  /** The same without waiting; an answer that must be waited for is none. */
  askSync(token: VerifiedToken): void {
    const [issuer, tenant] = this.#tenantOf(token);
    if (tenant !== undefined && this.#knownTenants !== undefined) {
      this.#conclude(issuer, unawaited(this.#knownTenants(tenant)));
    }
    if (this.#revoked !== undefined) askRevokedSync(this.#revoked, token);
  }

  /** The first half of `ask`. */
  async askTenant(token: VerifiedToken): Promise<void> {
    const [issuer, tenant] = this.#tenantOf(token);
    if (tenant !== undefined && this.#knownTenants !== undefined) {
      this.#conclude(issuer, await answered("knownTenants", this.#patience, this.#knownTenants(tenant)));
    }
  }

  /** The second half. */
  async askRevoked(token: VerifiedToken): Promise<void> {
    if (this.#revoked !== undefined) await askRevoked(this.#revoked, token);
  }

  #tenantOf(token: VerifiedToken): [issuer: string, tenant: string | undefined] {
    const issuer = this.#knownTenants === undefined ? undefined : token.issuer;
    if (issuer === undefined) return ["", undefined];
    const status = callWith("verijot_tenant", [this.#verifier.core.number], [issuer]);
    return [issuer, status === Status.Done ? text() : undefined];
  }

  #conclude(issuer: string, answer: unknown): void {
    if (answer === true) return;
    if (answer !== false) throw new TypeError("knownTenants gave neither true nor false");
    callWith("verijot_unknown_tenant", [this.#verifier.core.number], [issuer]);
    throw refusalError(JSON.parse(text()) as Refusal);
  }
}
