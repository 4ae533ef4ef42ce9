/** Decides about each request for one guard: admits it, or gives the whole answer, which a framework sends. */
import type { Time } from "../core/instant.js";
import { VerificationError } from "../errors/index.js";
import { VerifiedToken } from "../token/verified_token.js";
import type { Admitting } from "./admitting.js";
import { type Answer, Guard, type GuardOptions } from "./guard.js";

/** A request that is refused, and the whole answer to it. */
export class RefusedRequest {
  constructor(readonly answer: Answer) {}
}

/** Admits requests for one guard. */
export class Gate {
  readonly #client: Admitting;
  readonly #guard: Guard;

  /**
   * @throws InvalidDemandError if the options make no sense; TypeError if the client cannot verify, or for an
   *   unknown option.
   */
  constructor(client: Admitting, options?: GuardOptions) {
    if (typeof client?.admit !== "function") throw new TypeError("a guard needs a client, such as a JwksClient");
    this.#client = client;
    this.#guard = new Guard(options);
  }

  /** The name of the header to read, in lower case. */
  get header(): string {
    return this.#guard.header;
  }

  /**
   * Returns the verified token of a request; `undefined` only if the guard is optional and the request has no token.
   *
   * Where a request passes several guards, which follow one another at once, its token is verified once, and each guard
   * checks its own demand. After {@link Guard.sharedFor} it is verified again.
   *
   * @param request the same object for every guard that the request passes.
   * @param values the values of every line of the header {@link Gate.header}.
   * @throws Error if the service is at fault, never a VerificationError.
   */
  async admit(
    request: object,
    values: readonly string[] | string | null | undefined,
  ): Promise<VerifiedToken | RefusedRequest | undefined> {
    try {
      const token = this.#guard.token(values);
      return token === undefined ? undefined : await this.#verified(request, token);
    } catch (error) {
      if (error instanceof VerificationError) return new RefusedRequest(this.#guard.answer(error));
      // Express takes undefined for no error, and "route" for a reason to skip the guard.
      throw error instanceof Error ? error : new Error("verifying failed", { cause: error });
    }
  }

  async #verified(request: object, token: string): Promise<VerifiedToken> {
    const client = this.#client;
    const others = (admitted.get(request) ?? []).filter((each) => isRecent(each, this.#guard.sharedFor));
    const known = others.find((each) => each.client === client && each.token === token);
    if (known !== undefined) {
      this.#guard.check(known.verified, known.now);
      return known.verified;
    }
    // Before anything is asked, so that an answer that was late is not counted as new.
    const since = readings(client);
    let now: Time | undefined;
    let checked: VerifiedToken | undefined;
    const verified: unknown = await client.admit(token, (each, time) => {
      now = time;
      this.#guard.check(each, now);
      checked = each;
    });
    if (!(verified instanceof VerifiedToken)) {
      throw new TypeError("the client's admit gave no VerifiedToken; only a verified token may let a request in");
    }
    // A client that is not ours may have left it out.
    if (checked !== verified) this.#guard.check(verified, now);
    admitted.set(request, [...others, { client, token, verified, now, since }]);
    return verified;
  }
}

/** A token that a client admitted. */
interface Admitted {
  readonly client: Admitting;
  readonly token: string;
  readonly verified: VerifiedToken;
  readonly now: Time | undefined;
  readonly since: readonly number[];
}

/** Seconds of the platform's clock and of the client's. */
function readings(client: Admitting): readonly number[] {
  const platform = performance.now() / 1000;
  return [platform, typeof client.monotonic === "function" ? client.monotonic() : platform];
}

/** Whether a token was admitted less than these seconds ago, by both clocks. */
function isRecent({ client, since }: Admitted, seconds: number): boolean {
  return readings(client).every((now, index) => Math.abs(now - (since[index] ?? NaN)) < seconds);
}

const admitted = new WeakMap<object, readonly Admitted[]>();
