/** Waiting by timers of one's own: a promise of another request may never be awaited. */

/** Waits. The timer keeps the process alive, because somebody waits for its end. */
export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds(seconds)));
}

/** The time is over. */
export class TimeoutError extends Error {
  constructor() {
    super("no complete answer in time");
    this.name = "TimeoutError";
  }
}

/**
 * What `work` gives, if it gives it in time, whatever it makes of its signal. Outside of `isAwaited` the timer
 * does not keep a process alive.
 *
 * @throws TimeoutError, or what `work` or the abortion of `outer` throws.
 */
export async function within<T>(
  seconds: number,
  isAwaited: boolean,
  outer: AbortSignal,
  work: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end: (() => void) | undefined;
  try {
    const over = new Promise<never>((_, reject) => {
      const stop = (reason: unknown): void => {
        reject(reason);
        controller.abort(reason);
      };
      end = () => stop(outer.reason);
      if (outer.aborted) return end();
      outer.addEventListener("abort", end, { once: true });
      timer = setTimeout(() => stop(new TimeoutError()), milliseconds(seconds));
      if (!isAwaited) (timer as { unref?: () => void }).unref?.();
    });
    const working = (async () => {
      outer.throwIfAborted();
      return work(controller.signal);
    })();
    return await Promise.race([working, over]);
  } finally {
    clearTimeout(timer);
    if (end !== undefined) outer.removeEventListener("abort", end);
  }
}

/** As many as a timer can count; what is longer ends early and is asked about again. */
function milliseconds(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds * 1000), 0), 2_147_483_647);
}
