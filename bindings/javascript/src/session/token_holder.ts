/**
 * Tokens in use, and their refreshes. The core's session says when to refresh; this refreshes. A refresh
 * does not belong to its caller, which may be gone: everybody who waits asks again.
 */
import { milliseconds } from "../core/waiting.js";
import { inTime, type SessionClock, sleep } from "./clock.js";
import { CoreSession, type Failure, type RefreshSettings, type Ticket } from "./core_session.js";
import type { TokenKeeper } from "./keeper.js";
import { type Refresh, RefreshFailedError } from "./refresh.js";
import { areSame, checkedTokens, orOf, readStored, type StoredTokens } from "./tokens.js";

/** What happens to a session, for logs and for what a page shows. None of it holds a token. */
export type SessionEvent =
  /** There are new tokens, from a refresh or from another tab. */
  | { readonly kind: "renewed" }
  /** A refresh failed: the code of the failure, and perhaps a colon and more. */
  | { readonly kind: "refresh_failed"; readonly failure: string; readonly error: unknown }
  /** The session has ended: the refresh token is refused, or somebody signed out. */
  | { readonly kind: "signed_out" }
  /** The keeper could not store or remove tokens, or not load them. */
  | { readonly kind: "not_stored" | "not_loaded"; readonly error: unknown };

/** Tokens under their number. */
export interface Held {
  readonly number: number;
  readonly tokens: StoredTokens;
  readonly since: number;
  /** Whether storing has succeeded. */
  isStored: boolean;
  /** Whether storing has ended, successfully or not: there are no other tokens. */
  isSettled: boolean;
}

/** How refreshes are done. */
export interface HolderOptions {
  readonly refresh: Refresh;
  readonly settings: RefreshSettings;
  readonly clock: SessionClock;
  readonly tell: (event: SessionEvent) => void;
}

/** The tokens of one client. */
export class TokenHolder {
  readonly core: CoreSession;
  readonly #options: HolderOptions;
  #held: Held | undefined;
  /** The tokens whose refresh has not come back. */
  readonly #refreshing = new Set<number>();
  #isStoring = false;

  constructor(options: HolderOptions) {
    this.#options = options;
    this.core = new CoreSession(options.settings, options.clock);
  }

  /** The newest tokens. */
  get held(): Held | undefined {
    return this.#held;
  }

  /** Takes tokens. */
  signIn(tokens: StoredTokens, isStored: boolean): Held {
    const age = this.#options.clock.now() - tokens.issuedAt;
    const number = this.core.signIn(tokens.expiresIn, age, tokens.refreshToken !== undefined, isStored);
    return this.#hold(number, tokens, isStored);
  }

  /** Forgets the tokens. */
  signOut(): void {
    this.core.signOut();
    this.#held = undefined;
  }

  /** The tokens of this number, unless there are newer ones; waits until they are stored, or cannot be. */
  async settled(number: number, signal?: AbortSignal | null): Promise<StoredTokens | undefined> {
    for (;;) {
      const held = this.#held;
      if (held?.number !== number) return undefined;
      if (held.isSettled || performance.now() / 1000 - held.since > this.core.storingTimeout) return held.tokens;
      await sleep(CHECK_INTERVAL, signal);
    }
  }

  /**
   * Refreshes once; never rejects. New tokens go to the keeper, if there is one that is not of one request.
   * `renewed` is waited for before anybody uses the new tokens.
   */
  async refresh(
    ticket: Ticket,
    keeper: TokenKeeper | undefined,
    renewed?: (tokens: StoredTokens) => Promise<void>,
  ): Promise<void> {
    const old = this.#held;
    if (old?.number !== ticket.tokens || old.tokens.refreshToken === undefined) {
      this.#fail(ticket, "no_answer", undefined);
      return;
    }
    // An earlier refresh with this refresh token may still succeed. Of a request that is gone nothing is heard.
    if (this.#refreshing.has(old.number) && keeper !== undefined) {
      this.#fail(ticket, "timed_out", undefined);
      return;
    }
    this.#refreshing.add(old.number);
    const controller = new AbortController();
    const { signal } = controller;
    // The core knows by itself that the time is over.
    const timer = setTimeout(() => {
      controller.abort(new DOMException("the refresh took too long", "TimeoutError"));
    }, milliseconds(ticket.timeout));
    try {
      const work = (): Promise<void> => this.#refreshOnce(ticket, old, keeper, signal, renewed);
      await (keeper?.lock === undefined ? work() : locked(keeper.lock.bind(keeper), work, signal));
    } catch (error) {
      await this.#conclude(ticket, old, keeper, signal, error);
    } finally {
      clearTimeout(timer);
      this.#refreshing.delete(old.number);
    }
  }

  /** Stores tokens, unless there are newer ones. Returns whether they are stored. */
  async store(held: Held, keeper: TokenKeeper): Promise<boolean> {
    try {
      await this.#inTurn(async () => {
        if (held.isStored || this.#held !== held) return;
        await keeper.store(held.tokens);
        held.isStored = true;
        this.core.stored(held.number);
      });
    } catch (error) {
      this.#options.tell({ kind: "not_stored", error });
    } finally {
      held.isSettled = true;
    }
    return held.isStored;
  }

  /** Removes what the keeper has, if the condition still holds. */
  async remove(keeper: TokenKeeper, condition: () => boolean | Promise<boolean> = () => true): Promise<void> {
    try {
      await this.#inTurn(async () => {
        if (await condition()) await keeper.remove();
      });
    } catch (error) {
      this.#options.tell({ kind: "not_stored", error });
    }
  }

  /** Takes over what the keeper has, if it is not what is held. */
  async reload(keeper: TokenKeeper): Promise<void> {
    const stored = await this.load(keeper);
    if (stored === "unknown") return;
    if (stored !== undefined) this.#adopt(stored);
    else if (this.#held?.isStored === true) this.#end();
  }

  /** What the keeper has, if it says so in the time for storing. */
  async load(keeper: TokenKeeper, signal?: AbortSignal | null): Promise<StoredTokens | undefined | "unknown"> {
    try {
      return readStored(await inTime(this.core.storingTimeout, () => keeper.load(), signal));
    } catch (error) {
      this.#options.tell({ kind: "not_loaded", error });
      return "unknown";
    }
  }

  async #refreshOnce(
    ticket: Ticket,
    old: Held,
    keeper: TokenKeeper | undefined,
    signal: AbortSignal,
    renewed: ((tokens: StoredTokens) => Promise<void>) | undefined,
  ): Promise<void> {
    if (keeper !== undefined && (await this.#isTakenOver(old, keeper, signal))) return;
    signal.throwIfAborted();
    if (keeper !== undefined && ticket.storeFirst && !(await this.store(old, keeper))) {
      this.#fail(ticket, "not_stored", undefined);
      return;
    }
    const { refresh, clock } = this.#options;
    // The new tokens cannot have been issued before.
    const issuedAt = clock.now();
    const context = { signal, maxAnswerOctets: this.core.maxAnswerOctets };
    const tokens = orOf(checkedTokens(await refresh(old.tokens.refreshToken ?? "", context), issuedAt), old.tokens);
    await renewed?.(tokens);
    const number = this.core.refreshed(ticket, tokens.expiresIn, tokens.refreshToken !== undefined);
    if (number === undefined) return;
    const held = this.#hold(number, tokens, keeper === undefined);
    if (keeper === undefined) this.core.stored(number);
    this.#options.tell({ kind: "renewed" });
    if (keeper !== undefined) await this.store(held, keeper);
  }

  /** A refresh has ended without tokens. */
  async #conclude(
    ticket: Ticket,
    old: Held,
    keeper: TokenKeeper | undefined,
    signal: AbortSignal,
    error: unknown,
  ): Promise<void> {
    // Another tab may have used the refresh token before.
    if (error instanceof RefreshFailedError && keeper !== undefined && (await this.#isTakenOver(old, keeper))) return;
    const { status = undefined, body = undefined } = error instanceof RefreshFailedError ? error : {};
    const failure =
      status === undefined || body === undefined ? (signal.aborted ? "timed_out" : "no_answer") : { status, body };
    const hasEnded = this.#fail(ticket, failure, error);
    if (hasEnded && keeper !== undefined) {
      const isOurs = async (): Promise<boolean> => areSame((await keeper.load()) ?? undefined, old.tokens);
      await this.remove(keeper, () => this.#held === undefined && isOurs());
    }
  }

  /** Whether somebody else has replaced or removed what is stored, such as another tab; takes that over. */
  async #isTakenOver(old: Held, keeper: TokenKeeper, signal?: AbortSignal): Promise<boolean> {
    // What could not be stored is newer than what is.
    if (!old.isStored) return false;
    const stored = await this.load(keeper, signal);
    if (stored === "unknown" || this.#held !== old) return this.#held !== old;
    if (stored === undefined) this.#end();
    else if (stored.refreshToken !== old.tokens.refreshToken) this.#adopt(stored);
    return this.#held !== old;
  }

  #adopt(stored: StoredTokens): void {
    if (areSame(stored, this.#held?.tokens)) return;
    this.signIn(stored, true);
    this.#options.tell({ kind: "renewed" });
  }

  #end(): void {
    this.signOut();
    this.#options.tell({ kind: "signed_out" });
  }

  #hold(number: number, tokens: StoredTokens, isStored: boolean): Held {
    const since = performance.now() / 1000;
    const held = { number, tokens, since, isStored, isSettled: isStored };
    this.#held = held;
    return held;
  }

  /** Reports a failure. Returns whether it ended the session. */
  #fail(ticket: Ticket, failure: Failure, error: unknown): boolean {
    const { effect, message } = this.core.failed(ticket, failure);
    if (effect === "ignored") return false;
    this.#options.tell({ kind: "refresh_failed", failure: message, error });
    if (effect === "signed_out") {
      this.#held = undefined;
      this.#options.tell({ kind: "signed_out" });
    }
    return effect === "signed_out";
  }

  /** One change of the keeper after the other, each within the time for storing. Nobody waits for another's promise. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const deadline = performance.now() / 1000 + this.core.storingTimeout;
    while (this.#isStoring && performance.now() / 1000 < deadline) await sleep(CHECK_INTERVAL);
    this.#isStoring = true;
    try {
      await inTime(this.core.storingTimeout, work);
    } finally {
      this.#isStoring = false;
    }
  }
}

/** Works under a lock. A lock that is not given before the signal is aborted is not waited for, whatever it makes of it. */
async function locked(
  lock: NonNullable<TokenKeeper["lock"]>,
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let hasBegun = false;
  let forget: () => void = () => undefined;
  const given = lock(async () => {
    signal.throwIfAborted();
    hasBegun = true;
    await work();
  }, signal);
  const over = new Promise<never>((_, reject) => {
    const abort = (): void => {
      if (!hasBegun) reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    forget = () => signal.removeEventListener("abort", abort);
  });
  await Promise.race([given, over]).finally(forget);
}

/** Seconds between two looks at what others do. */
export const CHECK_INTERVAL = 0.025;
