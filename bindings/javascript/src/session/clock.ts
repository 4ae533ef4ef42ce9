/** The two clocks by which tokens age. */

/** Clocks, for tests. */
export interface SessionClock {
  /** Seconds since 1970. */
  now(): number;
  /** Seconds of a clock that only goes forward. */
  monotonic(): number;
}

/** The clocks of the host. */
export const systemClock: SessionClock = {
  now: () => Date.now() / 1000,
  monotonic: () => performance.now() / 1000,
};

/** A moment, as the core takes it. */
export function reading(clock: SessionClock): [monotonic: number, wall: number, nanoseconds: number] {
  const now = clock.now();
  const seconds = Math.floor(now);
  return [clock.monotonic(), seconds, Math.min(Math.round((now - seconds) * 1e9), 999_999_999)];
}

/** Waits, at most that many seconds. Rejects with the signal's reason when it is aborted. */
export function sleep(seconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds(seconds));
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** Whole milliseconds that timers take. */
export function milliseconds(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds * 1000), 0), LONGEST_TIMER);
}

const LONGEST_TIMER = 0x7fff_ffff;
