/** An access token over time: kept, sent with requests, refreshed. */
import { callWith, Status } from "../core/memory.js";
import { ownOptions } from "../core/own.js";
import { AccessTokenError, accessTokenError } from "../errors/index.js";
import { sending, sendWithToken } from "./authorized_fetch.js";
import { unawaited } from "../core/waiting.js";
import { inTime, type SessionClock, sleep, systemClock } from "./clock.js";
import type { Decision, RefreshSettings, SessionHealth, Ticket } from "./core_session.js";
import { memoryKeeper, type TokenKeeper } from "./keeper.js";
import { type Refresh, sharingOf } from "./refresh.js";
import { keep, share, shareKey } from "./shared_holders.js";
import { CHECK_INTERVAL, type HolderOptions, type SessionEvent, TokenHolder } from "./token_holder.js";
import { areSame, checkedTokens, type IssuedTokens, readStored, type StoredTokens } from "./tokens.js";

/** What a session is told. */
export interface TokenSessionOptions {
  /** Gets new tokens; see `refreshWith`. */
  readonly refresh: Refresh;
  /** Where tokens are kept; in memory by default. */
  readonly keeper?: TokenKeeper | undefined;
  /** Whether new tokens can be stored now, beside what the keeper says. Nothing is refreshed otherwise. */
  readonly canStore?: boolean | (() => boolean) | undefined;
  /** The origins that `fetch` may send the token to, such as `https://api.example`. Without it every https URL. */
  readonly allowedOrigins?: readonly (string | URL)[] | undefined;
  /** Sends requests, in place of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  readonly settings?: RefreshSettings | undefined;
  /** Clocks, for tests. */
  readonly clock?: SessionClock | undefined;
  /** Lets a refresh end after the answer, such as `ctx.waitUntil` of an edge worker. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** Is told what happens, for logs and for what a page shows. */
  readonly onEvent?: ((event: SessionEvent) => void) | undefined;
}

/** What a request is sent with. */
interface Usable {
  readonly holder: TokenHolder;
  readonly attempt: number;
  readonly tokens: StoredTokens;
}

/** The tokens of one client, for any number of requests at a time. */
export class TokenSession {
  readonly #options: Partial<TokenSessionOptions>;
  readonly #keeper: TokenKeeper;
  readonly #origins: ReadonlySet<string> | undefined;
  readonly #refresh: Refresh;
  readonly #unwatch: (() => void) | undefined;
  #holder: TokenHolder;
  #isLoaded = false;
  #isShared = false;
  /** What the keeper of a request has. */
  #kept: StoredTokens | undefined;

  /**
   * @throws TypeError, RangeError for options that make no sense.
   */
  constructor(given: TokenSessionOptions) {
    const options = ownOptions(given, SESSION_OPTIONS);
    if (typeof options.refresh !== "function") throw new TypeError("refresh must be a function; see refreshWith");
    this.#options = options;
    this.#refresh = options.refresh;
    this.#keeper = options.keeper ?? memoryKeeper();
    this.#origins = options.allowedOrigins && new Set(options.allowedOrigins.map((each) => new URL(each).origin));
    this.#holder = this.#newHolder();
    this.#unwatch = this.#keeper.watch?.(() => {
      this.reload().catch((error: unknown) => {
        this.#tell({ kind: "not_loaded", error });
      });
    });
  }

  /** Takes tokens from a sign-in in place of all others, and stores them. */
  async signIn(tokens: IssuedTokens): Promise<void> {
    const now = this.#clock.now();
    const taken = checkedTokens(tokens, now);
    this.#isLoaded = true;
    if (this.#keeper.perRequest === true) {
      this.#holder = this.#newHolder();
      this.#isShared = false;
      this.#holder.signIn(taken, true);
      await this.#deliver(taken);
    } else {
      await this.#holder.store(this.#holder.signIn(taken, false), this.#keeper);
    }
  }

  /** Forgets the tokens and removes them from where they are kept. An answer of a refresh changes nothing then. */
  async signOut(): Promise<void> {
    if (this.#keeper.perRequest === true) {
      await this.#load();
      await this.#share();
    }
    this.#isLoaded = true;
    const holder = this.#holder;
    holder.signOut();
    this.#kept = undefined;
    await holder.remove(this.#keeper, () => holder.held === undefined);
  }

  /** Takes over what the keeper has, after somebody else has changed it. */
  async reload(): Promise<void> {
    await this.#load();
    await this.#holder.reload(this.#keeper);
  }

  /** How the session is doing. Reads what the keeper has first. */
  async health(): Promise<SessionHealth> {
    await this.#load();
    return this.#holder.core.health();
  }

  /**
   * An access token that has not expired. Waits for a refresh if it must.
   *
   * @throws SignInNeededError, StorageNeededError, RefreshUnavailableError
   */
  async accessToken(options: { readonly signal?: AbortSignal } = {}): Promise<string> {
    return (await this.#find(options.signal)).tokens.accessToken;
  }

  /** The tokens that are held, without any refresh; for claims of an ID token. */
  async tokens(): Promise<StoredTokens | undefined> {
    await this.#load();
    return this.#holder.held?.tokens;
  }

  /**
   * Sends a request with the access token, as `fetch` does. A request that is answered with 401 is sent once
   * more with a newer token, unless its body is a stream or that of a `Request`: those can be sent only once.
   *
   * @throws UnsafeUrlError for a URL that no token is sent to, SignInNeededError, StorageNeededError,
   * RefreshUnavailableError, and what `fetch` throws.
   */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = sending(input, init);
    this.#checkUrl(request.url);
    const { signal } = request;
    const send = this.#options.fetch ?? globalThis.fetch;
    const usable = await this.#find(signal);
    const { response, isOfOrigin } = await sendWithToken(send, request, usable.tokens.accessToken);
    if (response.status !== 401 || !isOfOrigin) return response;
    const newer = request.isRepeatable ? await this.#newer(usable, signal) : undefined;
    if (newer === undefined) return response;
    await response.body?.cancel();
    return (await sendWithToken(send, request, newer.accessToken)).response;
  }

  /** Stops watching for changes by others. The session can still be used. */
  close(): void {
    this.#unwatch?.();
  }

  /** Tokens to send. */
  async #find(signal?: AbortSignal | null): Promise<Usable> {
    await this.#load(signal);
    for (;;) {
      const holder = this.#holder;
      const decision = holder.core.resolve(this.#canStore());
      const usable = await this.#follow(holder, decision, signal);
      if (usable !== undefined) return usable;
      if (!isWaiting(decision)) {
        if (decision.kind === "sign_in_needed") await this.#forget();
        throw this.#error(decision);
      }
    }
  }

  /** Newer tokens than those that were refused; `undefined` if there can be none. */
  async #newer(refused: Usable, signal: AbortSignal | null): Promise<StoredTokens | undefined> {
    if (refused.holder === this.#holder) await this.#share();
    let { attempt } = refused;
    const holder = this.#holder;
    if (holder !== refused.holder) {
      const usable = await this.#find(signal).catch(rethrowUnlessAccessToken);
      if (usable === undefined || usable.tokens.accessToken !== refused.tokens.accessToken) return usable?.tokens;
      ({ attempt } = usable);
    }
    for (;;) {
      const decision = holder.core.unauthorized(attempt, this.#canStore());
      const usable = await this.#follow(holder, decision, signal);
      if (usable !== undefined) return usable.tokens;
      if (decision.kind !== "refresh" && decision.kind !== "wait") {
        if (holder.held === undefined) await this.#forget();
        return undefined;
      }
      ({ attempt } = decision);
    }
  }

  /** Does what the core has decided. Gives tokens if they can be used now; otherwise ask the core again. */
  async #follow(holder: TokenHolder, decision: Decision, signal?: AbortSignal | null): Promise<Usable | undefined> {
    switch (decision.kind) {
      case "send": {
        if (decision.ticket !== undefined) {
          const isSwitched = await this.#start(holder, decision.ticket, signal);
          if (isSwitched || this.#keeper.perRequest === true) return undefined;
        }
        const tokens = await holder.settled(decision.tokens, signal);
        if (tokens === undefined) return undefined;
        await this.#deliver(tokens);
        return { holder, attempt: decision.attempt, tokens };
      }
      case "refresh":
        await this.#start(holder, decision.ticket, signal, true);
        return undefined;
      case "wait":
        await sleep(Math.min(decision.seconds, CHECK_INTERVAL), signal);
        return undefined;
      default:
        return undefined;
    }
  }

  /**
   * Starts a refresh, and waits for it if there are no other tokens, or if the keeper cannot store after the
   * answer. Returns whether other requests have one already, whose tokens are used from now on.
   */
  async #start(holder: TokenHolder, ticket: Ticket, signal?: AbortSignal | null, isNeeded = false): Promise<boolean> {
    const isOfRequest = this.#keeper.perRequest === true;
    if (isOfRequest && (await this.#share())) return true;
    const renewed = async (tokens: StoredTokens): Promise<void> => {
      const old = holder.held?.tokens;
      for (const each of [old, tokens]) {
        if (each?.refreshToken !== undefined) keep(await shareKey(each, this.#sharedBy), holder);
      }
    };
    const refresh = isOfRequest ? holder.refresh(ticket, undefined, renewed) : holder.refresh(ticket, this.#keeper);
    // A clock of the caller's that fails: who asks next meets the same clock.
    refresh.catch(() => undefined);
    this.#keepAlive(refresh);
    // A refresh that ignores its time limit is over for the core.
    const isWanted = (): boolean => holder.held?.number === ticket.tokens && holder.core.health().isRefreshing;
    if (isOfRequest || isNeeded) await untilOver(refresh, isWanted, signal);
    return false;
  }

  /** Shares refreshes with other requests. Returns whether others have the refresh token already. */
  async #share(): Promise<boolean> {
    const tokens = this.#holder.held?.tokens;
    if (this.#keeper.perRequest !== true || this.#isShared || tokens?.refreshToken === undefined) return false;
    const key = await shareKey(tokens, this.#sharedBy);
    this.#isShared = true;
    const own = this.#holder;
    this.#holder = share(key, own);
    return this.#holder !== own;
  }

  /** Stores tokens that another request may have refreshed with the answer to this one. */
  async #deliver(tokens: StoredTokens): Promise<void> {
    if (this.#keeper.perRequest !== true || areSame(tokens, this.#kept) || !this.#canStore()) return;
    try {
      await inTime(this.#holder.core.storingTimeout, () => this.#keeper.store(tokens));
      this.#kept = tokens;
    } catch (error) {
      this.#tell({ kind: "not_stored", error });
    }
  }

  /** Removes this request's copy of a session that has ended, which its keeper has already removed. */
  async #forget(): Promise<void> {
    if (this.#keeper.perRequest !== true || this.#kept === undefined || !this.#canStore()) return;
    try {
      await inTime(this.#holder.core.storingTimeout, () => this.#keeper.remove());
      this.#kept = undefined;
    } catch (error) {
      this.#tell({ kind: "not_stored", error });
    }
  }

  async #load(signal?: AbortSignal | null): Promise<void> {
    if (this.#isLoaded) return;
    try {
      const { storingTimeout } = this.#holder.core;
      const stored = readStored(await inTime(storingTimeout, () => this.#keeper.load(), signal));
      // A sign-in, or another request, may have come first.
      if (this.#isLoaded as boolean) return;
      this.#isLoaded = true;
      this.#kept = stored;
      if (stored !== undefined) this.#holder.signIn(stored, true);
    } catch (error) {
      signal?.throwIfAborted();
      this.#tell({ kind: "not_loaded", error });
    }
  }

  #canStore(): boolean {
    try {
      const { canStore = true } = this.#options;
      const isAllowed: unknown = typeof canStore === "function" ? canStore() : canStore;
      return isAllowed === true && (this.#keeper.canStore?.() ?? true);
    } catch (error) {
      this.#tell({ kind: "not_stored", error });
      return false;
    }
  }

  #checkUrl(url: string): void {
    if (callWith("verijot_check_url", [], [url]) !== Status.Done) {
      throw accessTokenError({ code: "unsafe_url", message: "a token is sent over https only, or to this machine" });
    }
    if (this.#origins !== undefined && !this.#origins.has(new URL(url).origin)) {
      throw accessTokenError({ code: "unsafe_url", message: "the URL's origin is not one of allowedOrigins" });
    }
  }

  #error(decision: Decision): AccessTokenError {
    switch (decision.kind) {
      case "storage_needed":
        return accessTokenError({
          code: "storage_needed",
          message: "the access token must be refreshed, but new tokens cannot be stored here",
        });
      case "unavailable": {
        const retryAfter = Math.ceil(decision.seconds);
        const failure = this.#holder.core.health().lastFailure ?? "no_answer";
        const message = `could not refresh the access token: ${failure}; retry in ${retryAfter} s`;
        return accessTokenError({ code: "refresh_unavailable", message }, retryAfter);
      }
      default:
        return accessTokenError({ code: "sign_in_needed", message: "there are no tokens that can be used; sign in" });
    }
  }

  #newHolder(): TokenHolder {
    const options: HolderOptions = {
      refresh: this.#refresh,
      settings: this.#options.settings ?? {},
      clock: this.#clock,
      tell: (event) => {
        this.#tell(event);
      },
    };
    return new TokenHolder(options);
  }

  #tell(event: SessionEvent): void {
    try {
      unawaited<unknown>(this.#options.onEvent?.(event));
    } catch {
      // What a listener throws changes nothing.
    }
  }

  #keepAlive(work: Promise<unknown>): void {
    try {
      unawaited<unknown>(this.#options.waitUntil?.(work));
    } catch {
      // After the answer there is nothing to keep alive.
    }
  }

  get #clock(): SessionClock {
    return this.#options.clock ?? systemClock;
  }

  get #sharedBy(): string {
    return sharingOf(this.#refresh);
  }
}

function isWaiting(decision: Decision): boolean {
  return decision.kind === "send" || decision.kind === "refresh" || decision.kind === "wait";
}

function rethrowUnlessAccessToken(error: unknown): undefined {
  if (error instanceof AccessTokenError) return undefined;
  throw error;
}

/** Waits for work that goes on by itself, unless it is no longer wanted, or the signal is aborted. */
async function untilOver(work: Promise<void>, isWanted: () => boolean, signal?: AbortSignal | null): Promise<void> {
  let isOver = false;
  const end = work.then(() => {
    isOver = true;
  });
  // Nobody may be waiting any more.
  end.catch(() => undefined);
  while (!isOver && isWanted()) await Promise.race([end, sleep(CHECK_INTERVAL, signal)]);
}

const SESSION_OPTIONS = [
  "refresh",
  "keeper",
  "canStore",
  "allowedOrigins",
  "fetch",
  "settings",
  "clock",
  "waitUntil",
  "onEvent",
] as const;
