/** How a client's keys are doing. */
import type { SkippedKey } from "../keys/jwk_set.js";

/** How a client's keys are doing, for a health endpoint. */
export interface Health {
  /** How many keys can verify tokens; zero if the set is too old. */
  readonly usableKeys: number;
  /** How many keys of the set are not used: the length of `skipped`. */
  readonly skippedKeys: number;
  /**
   * The keys of the set that are not used, with the reasons. A key that the platform cannot load is among them, with
   * `unsupported_algorithm`, once a fetch, `ready` or a token has made the client try it.
   */
  readonly skipped: readonly SkippedKey[];
  /** How many seconds ago the fetch started that last confirmed the set. */
  readonly age: number | undefined;
  /** The SHA-256 of the set's octets, 64 lower-case hexadecimal digits. */
  readonly sha256: string | undefined;
  /** Whether the set came from elsewhere and no fetch has confirmed it since. */
  readonly isSeed: boolean;
  /** Whether the set has not reached the end of its lifetime. */
  readonly isFresh: boolean;
  /** How many fetches in a row have failed. */
  readonly failures: number;
  /** The last failure: a code, which a colon and human-readable details may follow. */
  readonly lastFailure: string | undefined;
  /** Whether a fetch is running. */
  readonly isFetching: boolean;
  /** The kids that `purge` has withdrawn, sorted. */
  readonly purged: readonly string[];
  /** How many fetches were started, by cause. */
  readonly fetches: FetchCounts;
}

/** How many fetches a client has started, by cause. */
export interface FetchCounts {
  /** Because there were no keys, or their lifetime had ended. */
  readonly due: number;
  /** Because of a `kid` that the cached set does not have. */
  readonly unknownKey: number;
  /** Because of a refusal that newer keys might change, such as an invalid signature. */
  readonly refusedToken: number;
  /** Because of `refreshNow`. */
  readonly requested: number;
}

/** What the core wrote, of keys of which the platform cannot load some. */
export function healthOf(json: string, skipped: readonly SkippedKey[], unloadable: number): Health {
  const { fetches, ...health } = JSON.parse(json) as Record<string, unknown> & { fetches: Record<string, unknown> };
  const written = {
    age: undefined,
    sha256: undefined,
    lastFailure: undefined,
    ...camel(health),
    fetches: camel(fetches),
  } as unknown as Omit<Health, "skipped">;
  // Zero where the set is too old.
  const usableKeys = Math.max(written.usableKeys - unloadable, 0);
  return { ...written, usableKeys, skippedKeys: skipped.length, skipped };
}

/** Of keys that are never fetched. */
export function healthOfFixed(usableKeys: number, skipped: readonly SkippedKey[]): Health {
  return {
    usableKeys,
    skippedKeys: skipped.length,
    skipped,
    age: undefined,
    sha256: undefined,
    isSeed: false,
    isFresh: true,
    failures: 0,
    lastFailure: undefined,
    isFetching: false,
    purged: [],
    fetches: { due: 0, unknownKey: 0, refusedToken: 0, requested: 0 },
  };
}

function camel(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
