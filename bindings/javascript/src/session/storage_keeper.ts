/** Keeps tokens in a browser's storage, for all tabs. */
import { ownOptions } from "../core/own.js";
import type { TokenKeeper } from "./keeper.js";
import { parseTokens, type StoredTokens, writeTokens } from "./tokens.js";

/** A storage: `localStorage`, `sessionStorage`, or an object that keeps texts as they do. */
export interface TokenStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Locks between tabs: `navigator.locks`, or an object that grants them as it does. */
export interface TabLocks {
  request(name: string, options: { readonly signal: AbortSignal }, work: () => Promise<void>): Promise<unknown>;
}

/** What a browser has beside its storage; for tests and for other hosts. */
export interface StorageKeeperOptions {
  /** Where `storage` events come from; the page by default, `null` for none. */
  readonly events?: EventTarget | null | undefined;
  /** Locks between tabs; `navigator.locks` by default, `null` for none. */
  readonly locks?: TabLocks | null | undefined;
}

/**
 * A keeper over `localStorage` or `sessionStorage`. Every script of the page can read what is there; cookies
 * that scripts cannot read are safer where there is a server for them.
 *
 * @param storage or a function that gives it: where storage is blocked, even looking at it throws.
 */
export function storageKeeper(
  storage: TokenStorage | (() => TokenStorage),
  key = "verijot",
  given?: StorageKeeperOptions,
): TokenKeeper {
  const { events = page(), locks = locksOfPage() } = ownOptions(given, STORAGE_OPTIONS);
  const found = (): TokenStorage => (typeof storage === "function" ? storage() : storage);
  const keeper: TokenKeeper = {
    load: (): StoredTokens | undefined => parseTokens(found().getItem(key) ?? ""),
    store: (tokens) => {
      found().setItem(key, writeTokens(tokens));
    },
    remove: () => {
      found().removeItem(key);
    },
  };
  if (events !== null && events !== undefined) {
    keeper.watch = (changed) => {
      const look = (event: Event): void => {
        const { key: other } = event as StorageEvent;
        // Null stands for everything.
        if (other === key || other === null) changed();
      };
      events.addEventListener("storage", look);
      return () => {
        events.removeEventListener("storage", look);
      };
    };
  }
  if (locks !== null && locks !== undefined) {
    keeper.lock = <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        const holding = locks.request(`verijot:${key}`, { signal }, async () => {
          await work().then(resolve, reject);
          // What is stored reaches other tabs a little later than the lock does.
          await new Promise((done) => setTimeout(done, SPREADING));
        });
        holding.catch(reject);
      });
  }
  return keeper;
}

function page(): EventTarget | undefined {
  return "document" in globalThis ? (globalThis as unknown as EventTarget) : undefined;
}

function locksOfPage(): TabLocks | undefined {
  return "document" in globalThis ? globalThis.navigator.locks : undefined;
}

/** Milliseconds for which a lock is kept after its work. */
const SPREADING = 200;
const STORAGE_OPTIONS = ["events", "locks"] as const;
