/** The two clocks by which tokens age. */
import { isAwaitable, milliseconds } from "../core/waiting.js";

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

/**
 * What `work` gives, if it gives it within these seconds and before the signal is aborted.
 *
 * @throws a TimeoutError, the signal's reason, and what `work` throws.
 */
export async function inTime<T>(
  seconds: number,
  work: () => T | PromiseLike<T>,
  signal?: AbortSignal | null,
): Promise<T> {
  signal?.throwIfAborted();
  const given = work();
  if (!isAwaitable(given)) return given;
  let end: () => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    const abort = (): void => reject(signal?.reason as Error);
    const timer = setTimeout(() => {
      reject(new DOMException("the keeper took too long", "TimeoutError"));
    }, milliseconds(seconds));
    signal?.addEventListener("abort", abort, { once: true });
    end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  });
  return Promise.race([given, over]).finally(end);
}
