/** Where tokens are kept. */
import type { StoredTokens } from "./tokens.js";

/** Keeps the tokens of one client. Every method may return a promise, except `canStore` and `watch`. */
export interface TokenKeeper {
  /** The tokens that are kept, with the time when they were issued. */
  load(): StoredTokens | undefined | Promise<StoredTokens | undefined>;
  /**
   * Keeps new tokens in place of the old. It is called before the first request uses them: many refresh
   * tokens are good for one refresh, so these can be the only copy.
   */
  store(tokens: StoredTokens): void | Promise<void>;
  /** Removes the tokens. */
  remove(): void | Promise<void>;
  /** Whether tokens could be stored now. Without it they always can. Nothing is refreshed otherwise. */
  canStore?(): boolean;
  /** Calls `changed` when somebody else changes the tokens. Returns what ends that. */
  watch?(changed: () => void): () => void;
  /** Runs `work` while nobody else runs theirs, such as another tab. Rejects when the signal aborts the wait. */
  lock?<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /**
   * The keeper belongs to one request of a server, as cookies do. Sessions with such keepers share their
   * refreshes by refresh token, and wait for a refresh that is due, since nothing can be stored after the
   * answer.
   */
  readonly perRequest?: boolean;
}

/** Keeps tokens in memory, until the process or page ends. */
export function memoryKeeper(tokens?: StoredTokens): TokenKeeper {
  let kept = tokens;
  return {
    load: () => kept,
    store: (tokens) => {
      kept = tokens;
    },
    remove: () => {
      kept = undefined;
    },
  };
}
