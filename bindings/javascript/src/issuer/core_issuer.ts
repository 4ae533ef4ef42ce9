/** The core's cache of one issuer's keys, by its number. */
import {
  call,
  callWith,
  number,
  options,
  type OptionValue,
  release,
  reserve,
  Status,
  text,
  write,
} from "../core/memory.js";
import { type Problem, type Refusal, setupError } from "../errors/index.js";
import { skippedKey } from "../keys/jwk_set.js";
import { LoadedKeys } from "../keys/loaded_keys.js";
import type { CoreVerifier, EncodedToken } from "../token/verification.js";
import { type Clocks, numbersOf, type Reading } from "./clock.js";
import { type Health, healthOf } from "./health.js";
import type { FixedSeed, Snapshot } from "./snapshot.js";

/** What to do for a token. */
export type Next =
  /** Verify with these keys; `fetch` is the ticket of a fetch that nobody waits for, or zero. */
  | { readonly to: "use"; readonly keys: LoadedKeys; readonly fetch: number }
  /** Start this fetch, wait for its end, and ask again. */
  | { readonly to: "fetch"; readonly fetch: number }
  /** Wait for the end of the fetch under way, as many seconds at most, and ask again. */
  | { readonly to: "wait"; readonly atMost: number }
  | { readonly to: "refuse"; readonly refusal: Refusal };

/** An issuer in the core. Says what to do; does nothing itself. */
export class CoreIssuer {
  readonly number: number;
  /** All that says where its keys come from: URLs in full, and what may be asked. May hold secrets. */
  readonly source: string;
  readonly #clocks: Clocks;
  /** The latest sets by their numbers. */
  readonly #sets = new Map<number, LoadedKeys>();

  /**
   * @param verifier by whose policy key sets are read.
   * @throws InvalidKeySourceError for an option that is unknown or makes no sense.
   */
  constructor(verifier: CoreVerifier, given: Iterable<readonly [string, OptionValue]>, clocks: Clocks) {
    const members = [...given];
    const status = callWith("verijot_issuer", [verifier.number], [options(members)]);
    if (status !== Status.Done) throw setupError(JSON.parse(text()) as Problem);
    this.number = number(0);
    this.source = JSON.stringify(members.filter(([name]) => SOURCE.has(name)));
    this.#clocks = clocks;
    forgotten.register(this, this.number);
  }

  /** The keys that most tokens can be verified with now, without asking. */
  present({ monotonic, wall }: Reading): LoadedKeys | undefined {
    const status = call("verijot_issuer_present_keys", this.number, monotonic, wall.seconds, wall.nanoseconds);
    return status === Status.Done ? this.#set(number(0)) : undefined;
  }

  /** What to do for a token that came when the monotonic clock said `asked`; or, without one, for any keys. */
  keysFor(verifier: CoreVerifier, token: EncodedToken | undefined, asked: number): Next {
    const now = this.#now();
    const place = placeOf(verifier, token);
    return this.#next(call("verijot_issuer_keys", this.number, verifier.number, ...place, asked, ...now));
  }

  /**
   * What to do about the refusal that the core has just given, under its number; nothing else may have called
   * the core since, but for {@link CoreIssuer.keysFor}.
   */
  reconsider(refusal: number, keys: LoadedKeys, verifier: CoreVerifier, token: EncodedToken, asked: number): Next {
    const now = this.#now();
    const place = placeOf(verifier, token);
    const before = [this.number, refusal, keys.number, verifier.number];
    return this.#next(call("verijot_issuer_reconsider", ...before, ...place, asked, ...now));
  }

  /** What to do to get the issuer's current keys. */
  refreshNow(asked: number): Next {
    return this.#next(call("verijot_issuer_refresh_now", this.number, asked, ...this.#now()));
  }

  /** The keys that are held, fresh or stale. */
  held(): LoadedKeys | undefined {
    return call("verijot_issuer_held_keys", this.number) === Status.Done ? this.#set(number(0)) : undefined;
  }

  /** Whether the core still has these keys. */
  has(keys: LoadedKeys): boolean {
    return this.#sets.get(keys.number) === keys;
  }

  purge(kid: string): void {
    callWith("verijot_issuer_purge", [this.number], [kid]);
  }

  restore(kid: string): boolean {
    return callWith("verijot_issuer_restore", [this.number], [kid]) === Status.Done;
  }

  /**
   * @throws InvalidJwksError for a set that cannot be used.
   */
  seed({ jwks, fetchedAt, sha256 }: FixedSeed): void {
    const reading = this.#clocks.read();
    const { seconds, nanoseconds } = reading.wall;
    const age = fetchedAt === undefined ? 0 : Math.max(seconds + nanoseconds / 1e9 - fetchedAt, 0);
    const status = callWith("verijot_issuer_seed", [this.number], [jwks, sha256 ?? null], [age, ...numbersOf(reading)]);
    const problem = status === Status.Done ? undefined : (JSON.parse(text()) as Problem);
    release();
    if (problem !== undefined) throw setupError(problem);
  }

  /** The set that is held, and for how many seconds more it can be used at all. */
  export(): { readonly snapshot: Snapshot; readonly usableFor: number } | undefined {
    const reading = this.#clocks.read();
    if (call("verijot_issuer_export", this.number, ...numbersOf(reading)) !== Status.Done) return undefined;
    const { jwks, sha256, age, usable_for } = JSON.parse(text()) as Record<"jwks" | "sha256", string> &
      Record<"age" | "usable_for", number>;
    const { seconds, nanoseconds } = reading.wall;
    return { snapshot: { jwks, fetchedAt: seconds + nanoseconds / 1e9 - age, sha256 }, usableFor: usable_for };
  }

  health(): Health {
    const held = this.held();
    // Before the call: describing keys is a call as well.
    const skipped = (held?.skipped ?? []).map(skippedKey);
    call("verijot_issuer_health", this.number, ...this.#now());
    return healthOf(text(), skipped, held?.unloadable ?? 0);
  }

  #now(): [number, number, number] {
    return numbersOf(this.#clocks.read());
  }

  #next(status: Status): Next {
    switch (status) {
      case Status.Done: {
        const fetch = number(1);
        return { to: "use", keys: this.#set(number(0)), fetch };
      }
      case Status.Fetch:
        return { to: "fetch", fetch: number(0) };
      case Status.Wait:
        return { to: "wait", atMost: number(0) };
      case Status.Refused:
        return { to: "refuse", refusal: JSON.parse(text()) as Refusal };
      default:
        throw new TypeError(text());
    }
  }

  /** The keys of a set. The core drops those of a set that was replaced long ago. */
  #set(numbered: number): LoadedKeys {
    const known = this.#sets.get(numbered);
    if (known !== undefined) return known;
    const keys = new LoadedKeys(numbered, this);
    const [oldest] = this.#sets.keys();
    if (oldest !== undefined && this.#sets.size >= SETS) this.#sets.delete(oldest);
    this.#sets.set(numbered, keys);
    return keys;
  }
}

/** Where the core reads the token: nothing is read of one that is too long. */
function placeOf(verifier: CoreVerifier, token: EncodedToken | undefined): [number, number] {
  if (token === undefined) return [0, 0];
  const length = token.length > verifier.longestToken ? token.length : write(token);
  return [reserve(0), length];
}

const forgotten = new FinalizationRegistry<number>((issuer) => {
  call("verijot_issuer_drop", issuer);
});

/** The options that say which keys an issuer has. */
const SOURCE: ReadonlySet<string> = new Set([
  "issuer",
  "url",
  "certificates",
  "discovery_only",
  "plain_http",
  "allowed_host",
]);
/** As many as the core keeps. */
const SETS = 2;
