/** Both clocks of a client: one that never goes back, and the time of day. */
import { type Instant, instant, type Time } from "../core/instant.js";

/** Clocks to use in place of the platform's, such as in tests. */
export interface Clock {
  /** Seconds since any fixed point; never goes back. */
  monotonic(): number;
  /** The time of day. */
  now(): Time;
}

/** What both clocks say. */
export interface Reading {
  readonly monotonic: number;
  readonly wall: Instant;
}

/** The clocks of one client. */
export class Clocks {
  readonly #clock: Clock | undefined;

  constructor(clock: Clock | undefined) {
    this.#clock = clock;
  }

  /**
   * @throws RangeError if a clock of the caller's gives no time.
   */
  read(): Reading {
    if (this.#clock === undefined) return { monotonic: elapsed(), wall: instant(undefined) };
    const monotonic = this.#clock.monotonic();
    if (!Number.isFinite(monotonic)) throw new RangeError("the monotonic clock gave no finite number of seconds");
    return { monotonic, wall: this.wall() };
  }

  /** The time of day. */
  wall(): Instant {
    const now = this.#clock?.now();
    if (now === undefined && this.#clock !== undefined) throw new RangeError("the clock gave no time");
    return instant(now);
  }
}

/** Seconds of the platform's monotonic clock; timeouts run by it, whatever clock the caller has set. */
export function elapsed(): number {
  return performance.now() / 1000;
}

/** The numbers that the core takes for a reading. */
export function numbersOf({ monotonic, wall }: Reading): [number, number, number] {
  return [monotonic, wall.seconds, wall.nanoseconds];
}
