/** A key set, carried to another client, process or machine. */
import { instant, type Time } from "../core/instant.js";
import { stringify } from "../core/json.js";
import { ownOptions } from "../core/own.js";

/** A key set that a client has fetched. Survives JSON as it is. */
export interface Snapshot {
  /** The set as the issuer served it. */
  readonly jwks: string;
  /** When the issuer served it, in seconds since 1970. */
  readonly fetchedAt: number;
  /** The SHA-256 of the set's octets, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** A key set for a client that has none, such as a {@link Snapshot} or a set from a file. */
export interface Seed {
  /** The set: its text, or an object, whose own members are read once. */
  readonly jwks: string | object;
  /** When the issuer served it. Now. */
  readonly fetchedAt?: Time;
  /** The SHA-256 of the set's octets, 64 hexadecimal digits; the set is refused if it has another. */
  readonly sha256?: string;
}

/** A seed as it was when it was given. */
export interface FixedSeed {
  readonly jwks: string;
  /** In seconds since 1970. */
  readonly fetchedAt: number | undefined;
  readonly sha256: string | undefined;
}

/**
 * Reads every member of a seed once.
 *
 * @throws TypeError for an unknown member; RangeError for what is not a time.
 */
export function fixedSeed(given: Seed): FixedSeed {
  const { jwks, fetchedAt, sha256 } = ownOptions(given, SEED);
  return {
    jwks: typeof jwks === "string" ? jwks : stringify(jwks),
    fetchedAt: fetchedAt === undefined ? undefined : secondsOf(fetchedAt),
    sha256: sha256 === undefined ? undefined : String(sha256),
  };
}

function secondsOf(time: Time): number {
  const { seconds, nanoseconds } = instant(time);
  return seconds + nanoseconds / 1e9;
}

const SEED = ["jwks", "fetchedAt", "sha256"] as const;
