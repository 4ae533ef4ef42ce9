/**
 * The keys of one issuer, fetched as the core says.
 *
 * Edge platforms end a request's work with its answer, also a fetch that others wait for, and forbid to await
 * another request's promise. So requests share only values: who waits for another's fetch looks again from
 * time to time, never longer than the core allows, and asks the core.
 */
import { platform } from "#platform";
import type { Instant } from "../core/instant.js";
import { callWith, text } from "../core/memory.js";
import { unawaited } from "../core/waiting.js";
import { type Refusal, refusalError, VerificationError } from "../errors/index.js";
import type { LoadedKeys } from "../keys/loaded_keys.js";
import type { CoreVerifier, EncodedToken } from "../token/verification.js";
import type { Refused, Verifier, Verifying } from "../verifier.js";
import { type Clocks, elapsed, type Reading } from "./clock.js";
import { CoreIssuer, type Next } from "./core_issuer.js";
import type { Health } from "./health.js";
import { type Fetch, request } from "./key_request.js";
import { KeyFetch } from "./key_fetch.js";
import type { Keys } from "./keys.js";
import { type KeyStore, SharedKeys } from "./key_store.js";
import { Closing, pause } from "./pause.js";
import type { FixedSeed, Snapshot } from "./snapshot.js";

/** Keeps work alive after the answer to a request is sent. */
export type WaitUntil = (work: Promise<unknown>) => void;

/** What a client fetches with. */
export interface Fetching {
  readonly fetch: Fetch | undefined;
  readonly store: KeyStore | undefined;
  readonly waitUntil: WaitUntil | undefined;
}

/** Fetched keys. */
export class FetchedKeys implements Keys {
  readonly #issuer: CoreIssuer;
  readonly #clocks: Clocks;
  readonly #fetching: Fetching;
  readonly #shared: SharedKeys | undefined;
  readonly #closing = new Closing();
  /** How often keys have come, or a fetch has ended: what those who wait look at. */
  #news = 0;
  /** A seed that was given before the clocks ran. */
  #early: FixedSeed | undefined;

  constructor(issuer: CoreIssuer, clocks: Clocks, fetching: Fetching) {
    this.#issuer = issuer;
    this.#clocks = clocks;
    this.#fetching = fetching;
    this.#shared = fetching.store === undefined ? undefined : new SharedKeys(fetching.store, issuer.source);
  }

  async verify<T>(
    verifier: Verifying<T>,
    token: EncodedToken,
    now: () => Instant,
    onTry?: (keys: LoadedKeys) => void,
  ): Promise<T> {
    const reading = this.#arrival();
    const asked = reading.monotonic;
    const patience: Patience = { last: undefined };
    let keys = this.#issuer.present(reading);
    for (;;) {
      keys ??= await this.#followed(() => this.#issuer.keysFor(verifier.core, token, asked), patience);
      const tried = keys;
      onTry?.(tried);
      const turn: { next?: Next } = {};
      try {
        return await verifier.verifyWith(token, tried, now, (refusal) => {
          // At once: the core knows its last refusal only.
          const next = this.#reconsider(verifier, token, refusal, tried, asked);
          if (next !== undefined) turn.next = next;
        });
      } catch (error) {
        // Sets that were replaced while the platform was loading one of their keys are gone.
        const isGone = !(error instanceof VerificationError) && !this.#issuer.has(tried);
        if (turn.next === undefined && !isGone) throw error;
        keys = turn.next === undefined ? undefined : await this.#follow(turn.next, patience);
      }
    }
  }

  verifySync<T>(verifier: Verifying<T>, token: EncodedToken, now: Instant): T {
    const reading = this.#arrival();
    const asked = reading.monotonic;
    let keys = this.#issuer.present(reading);
    for (;;) {
      keys ??= this.#followSync(this.#issuer.keysFor(verifier.core, token, asked));
      const tried = keys;
      const turn: { next?: Next } = {};
      try {
        return verifier.verifySyncWith(token, tried, now, (refusal) => {
          const next = this.#reconsider(verifier, token, refusal, tried, asked);
          if (next !== undefined) turn.next = next;
        });
      } catch (error) {
        if (turn.next === undefined) throw error;
        keys = this.#followSync(turn.next);
      }
    }
  }

  held(): LoadedKeys | undefined {
    this.#arrival();
    return this.#issuer.held();
  }

  async ready(verifier: Verifier): Promise<void> {
    const asked = this.#arrival().monotonic;
    const keys = await this.#followed(() => this.#issuer.keysFor(verifier.core, undefined, asked));
    await keys.loadAll();
  }

  async refreshNow(): Promise<void> {
    const asked = this.#arrival().monotonic;
    await this.#followed(() => this.#issuer.refreshNow(asked));
  }

  purge(kid: string): void {
    this.#issuer.purge(kid);
  }

  restore(kid: string): boolean {
    return this.#issuer.restore(kid);
  }

  health(): Health {
    this.#arrival();
    return this.#issuer.health();
  }

  export(): Snapshot | undefined {
    this.#arrival();
    return this.#issuer.export()?.snapshot;
  }

  seed(seed: FixedSeed): void {
    this.#issuer.seed(seed);
    this.#news += 1;
    // A platform whose clock stands at zero outside of requests: the age of the keys is not known yet.
    if (this.#clocks.read().wall.seconds === 0) this.#early = seed;
  }

  close(): void {
    this.#closing.close();
  }

  /** What the clocks say now that a request has come. */
  #arrival(): Reading {
    const reading = this.#clocks.read();
    if (this.#early !== undefined && reading.wall.seconds !== 0) {
      this.#issuer.seed(this.#early);
      this.#early = undefined;
    }
    return reading;
  }

  /** Asks and follows until there are keys. */
  async #followed(ask: () => Next, patience: Patience = { last: undefined }): Promise<LoadedKeys> {
    for (;;) {
      const keys = await this.#follow(ask(), patience);
      if (keys !== undefined) return keys;
    }
  }

  /** Gives keys, or nothing once the core is to be asked again. */
  async #follow(next: Next, patience: Patience): Promise<LoadedKeys | undefined> {
    switch (next.to) {
      case "use":
        this.#startInBackground(next.fetch);
        return next.keys;
      case "fetch":
        await this.#fetch(next.fetch);
        return undefined;
      case "wait":
        await this.#wait(next.atMost, patience);
        return undefined;
      case "refuse":
        throw refusalError(next.refusal);
    }
  }

  #followSync(next: Next): LoadedKeys {
    switch (next.to) {
      case "use":
        this.#startInBackground(next.fetch);
        return next.keys;
      case "refuse":
        throw refusalError(next.refusal);
      case "fetch":
        this.#startInBackground(next.fetch);
    }
    throw unavailable();
  }

  /** What to do about a refusal that the core has just given; nothing if it stands. */
  #reconsider(
    verifier: { readonly core: CoreVerifier },
    token: EncodedToken,
    refusal: Refused,
    tried: LoadedKeys,
    asked: number,
  ): Next | undefined {
    if (!refusal.reconsiders) return undefined;
    const current = this.#issuer.keysFor(verifier.core, token, asked);
    if (current.to !== "use" || current.keys !== tried) return current;
    const next = this.#issuer.reconsider(refusal.number, tried, verifier.core, token, asked);
    this.#startInBackground(current.fetch);
    return next.to === "refuse" ? undefined : next;
  }

  /** Waits for the end of another request's fetch. */
  async #wait(atMost: number, patience: Patience): Promise<void> {
    const news = this.#news;
    const { last } = patience;
    // All of the time is over, but not by the caller's clock, which stands still.
    if (last !== undefined && last.news === news && last.atMost <= atMost) throw unavailable();
    patience.last = { atMost, news };
    const until = elapsed() + atMost;
    for (let left = atMost; left > 0 && this.#news === news; left = until - elapsed()) {
      if (this.#closing.isClosed) throw unavailable();
      await pause(Math.min(left, LOOK_EVERY));
    }
  }

  /** Fetches, and waits for the end, or until the store has given keys. */
  #fetch(ticket: number): Promise<void> {
    return new Promise((resolve) => this.#keepAlive(this.#run(ticket, true, resolve).then(resolve)));
  }

  /** Starts a fetch that nobody waits for. */
  #startInBackground(ticket: number): void {
    if (ticket !== 0) this.#keepAlive(this.#run(ticket, false, () => undefined));
  }

  /** Carries out a fetch; never fails. `seeded` is called once the store has given keys. */
  async #run(ticket: number, isAwaited: boolean, seeded: () => void): Promise<void> {
    try {
      await this.#carryOut(ticket, isAwaited, seeded);
    } catch {
      // A clock of the caller's that fails: the fetch counts as lost, and who asks next meets the same clock.
    } finally {
      this.#news += 1;
    }
  }

  async #carryOut(ticket: number, isAwaited: boolean, seeded: () => void): Promise<void> {
    const fetch = KeyFetch.begin(this.#issuer.number, ticket, this.#clocks);
    if (fetch === undefined) return;
    const closing = this.#closing;
    if (await this.#shared?.read(this.#issuer, fetch.timeout * SHARE_FOR_STORE, isAwaited, closing)) {
      this.#news += 1;
      seeded();
    }
    const problem = await fetch.run((wanted) => request(this.#fetching.fetch, wanted, isAwaited, closing));
    if (problem !== undefined) return;
    if (this.#shared !== undefined) this.#keepAlive(this.#shared.write(this.#issuer, fetch.timeout, closing));
    // Rare keys are tried at once, so that `health` knows of those that the platform cannot load.
    const keys = this.#issuer.held();
    if (keys !== undefined && !keys.areCommon) await keys.loadAll();
  }

  #keepAlive(work: Promise<unknown>): void {
    try {
      unawaited<unknown>((this.#fetching.waitUntil ?? platform.waitUntil)?.(work));
    } catch {
      // Outside of a request there is nothing to keep alive.
    }
  }
}

/** What the last wait of a call was for. */
interface Patience {
  last: { readonly atMost: number; readonly news: number } | undefined;
}

function unavailable(): Error {
  callWith("verijot_refusal", [KEYS_UNAVAILABLE], [null], [NaN]);
  return refusalError(JSON.parse(text()) as Refusal);
}

const KEYS_UNAVAILABLE = 3;
/** Seconds between two looks at whether another request's fetch has ended. */
const LOOK_EVERY = 0.025;
/** The part of a fetch's time that reading the store may take. */
const SHARE_FOR_STORE = 0.2;
