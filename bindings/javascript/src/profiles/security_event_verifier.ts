/** Verifies Security Event Tokens (RFC 8417). */
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

/** The settings of a Security Event Token's verifier. */
export interface SecurityEventOptions extends FurtherOptions {
  /** The transmitter, as in `iss`. */
  readonly issuer: string;
  /** The receiver, which must be in `aud`. */
  readonly audience: string;
  /** Whether `exp` and `sub` are refused, as the Shared Signals Framework does. */
  readonly sharedSignals?: boolean;
  /** Whether `typ` may be missing. */
  readonly allowMissingType?: boolean;
  /** For how many seconds the transmitter may deliver a token again. 86400. */
  readonly rememberFor?: number;
}

/** Events that a transmitter reports. Only a `SecurityEventVerifier` makes one. */
export class SecurityEvent<C = Claims> extends CheckedClaims<C> {
  /** The kind of token, so that no other kind is taken for one. */
  readonly kind = "security-event";

  /** `iss`. */
  get issuer(): string {
    return this.text("iss") as string;
  }

  /** `jti`: the id of the token, for its acknowledgement. */
  get id(): string {
    return this.text("jti") as string;
  }

  /** `events`: the members of each event by its URI. */
  get events(): Readonly<Record<string, unknown>> {
    return this.value("events") as Readonly<Record<string, unknown>>;
  }

  /** `sub_id` (RFC 9493): whom or what the events are about. */
  get subjectId(): Readonly<Record<string, unknown>> | undefined {
    return this.value("sub_id") as Readonly<Record<string, unknown>> | undefined;
  }

  /** `txn`: the transaction that caused the event. */
  get transaction(): string | undefined {
    return this.text("txn");
  }

  /** `toe`: when the event happened. */
  get happenedAt(): Date | undefined {
    return this.date("toe");
  }
}

/** Verifies what a transmitter posts to a receiver (RFC 8935), or gives to its poll (RFC 8936). Make it once. */
export class SecurityEventVerifier {
  readonly #profile: OnceProfile;

  /**
   * @throws InvalidPolicyError for settings that make no sense; its `member` says where.
   */
  constructor(options: SecurityEventOptions | SettingsDocument) {
    this.#profile = new OnceProfile("security-event", options);
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
  ): Promise<SecurityEvent<ClaimsOf<S>>> {
    return new SecurityEvent(await this.#profile.verify(token, keys, options));
  }

  /**
   * The same without waiting, where the platform has such cryptography: on Node, Bun and Deno. An answer of a store
   * that must be waited for is none.
   */
  verifySync<const S extends StandardSchema | undefined = undefined>(
    token: EncodedToken,
    keys: KeysOf,
    options: OnceOptions<S>,
  ): SecurityEvent<ClaimsOf<S>> {
    return new SecurityEvent(this.#profile.verifySync(token, keys, options));
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
