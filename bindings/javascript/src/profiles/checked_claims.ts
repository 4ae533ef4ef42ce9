/** Claims that a profile has checked. */
import type { Claims, VerifiedToken } from "../token/verified_token.js";
import type { Checked } from "./profile.js";

/** What the results of all profiles have. */
export abstract class CheckedClaims<C = Claims> {
  /** The kind of token. */
  abstract readonly kind: string;
  /** The token with all its claims, of which the profile has checked some; with a schema, what that made of them. */
  readonly token: VerifiedToken<C>;
  readonly #claims: Readonly<Record<string, unknown>>;

  /** @internal */
  constructor({ token, claims }: Checked<C>) {
    this.token = token;
    this.#claims = claims;
  }

  /** The claims that the profile has checked, as far as they are there. */
  get checked(): Readonly<Record<string, unknown>> {
    return this.#claims;
  }

  /** @internal */
  protected text(name: string): string | undefined {
    const value = this.value(name);
    return typeof value === "string" ? value : undefined;
  }

  /** @internal */
  protected texts(name: string): readonly string[] {
    const value = this.value(name);
    return Array.isArray(value) ? (value as string[]) : [];
  }

  /** @internal */
  protected date(name: string): Date | undefined {
    const value = this.value(name);
    return typeof value === "number" ? new Date(value * 1000) : undefined;
  }

  /** @internal */
  protected value(name: string): unknown {
    return Object.hasOwn(this.#claims, name) ? this.#claims[name] : undefined;
  }
}
