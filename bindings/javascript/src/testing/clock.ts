/** A clock that a test moves. */

/**
 * Stands still until a test moves it: the `clock` of a `JwksClient` and of a {@link TestIssuer}, and its `now()` for
 * `verify(…, { now })`.
 */
export class TestClock {
  #now: number;
  #monotonic = SOME_TIME_AFTER_BOOT;

  /** @param now the time to begin with, in seconds since 1970. */
  constructor(now = 1_700_000_000) {
    this.#now = now;
  }

  /** The seconds since 1970. */
  now(): number {
    return this.#now;
  }

  /** The seconds since a fixed point. */
  monotonic(): number {
    return this.#monotonic;
  }

  /** Advances both, by seconds. */
  advance(seconds: number): void {
    if (!(seconds >= 0)) throw new RangeError("a clock advances by a number of seconds, not below zero");
    this.#now += seconds;
    this.#monotonic += seconds;
  }

  /** Changes the time of day alone, as when a machine sleeps or its clock is set. */
  shift(seconds: number): void {
    this.#now += seconds;
  }
}

const SOME_TIME_AFTER_BOOT = 3600;
