/** What only the caller knows of an accepted token: whether its tenant is known, then whether it is revoked. */
import { callWith, Status, text } from "../core/memory.js";
import { unawaited } from "../core/waiting.js";
import { type Refusal, refusalError } from "../errors/index.js";
import { askRevoked, askRevokedSync, type Revoked, within } from "./revocation.js";
import type { CoreVerifier } from "./verification.js";
import type { VerifiedToken } from "./verified_token.js";

/**
 * Says whether a tenant is known. It is called with the tenant's id of every token that an issuer template accepts and
 * that has passed all other checks except revocation; `false` refuses the token with `wrong_issuer`. What it throws is
 * thrown, and the token is not accepted.
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

  private constructor(verifier: Asking, knownTenants: KnownTenants | undefined, revoked: Revoked | undefined) {
    this.#verifier = verifier;
    this.#knownTenants = knownTenants;
    this.#revoked = revoked;
  }

  /** `undefined` where there is nothing to ask, which costs a token nothing. `timeout` is for `revoked`, in seconds. */
  static of(verifier: Asking, { knownTenants, revoked, revokedTimeout }: Asked, timeout: number): Caller | undefined {
    if (knownTenants === undefined && revoked === undefined) return undefined;
    return new Caller(verifier, knownTenants, revoked && within(revoked, revokedTimeout ?? timeout));
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
      this.#conclude(issuer, await this.#knownTenants(tenant));
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
