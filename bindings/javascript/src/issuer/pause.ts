/** Waiting by timers of one's own: a promise of another request may never be awaited. */

import { name } from "../errors/base.js";
import { milliseconds } from "../core/waiting.js";

/** Waits. The timer keeps the process alive, because somebody waits for its end. */
export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds(seconds)));
}

/** The time is over. */
export class TimeoutError extends Error {
  constructor() {
    super("no complete answer in time");
  }
}

name({ TimeoutError });

/** Whether a client is closed, and what is to end then. */
export class Closing {
  #isClosed = false;
  readonly #ends = new Set<(reason: Error) => void>();

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Closes: ends everything that has been added, and all that is added from now on. */
  close(): void {
    this.#isClosed = true;
    for (const end of [...this.#ends]) end(new Error(CLOSED));
    this.#ends.clear();
  }

  add(end: (reason: Error) => void): void {
    if (this.#isClosed) end(new Error(CLOSED));
    else this.#ends.add(end);
  }

  delete(end: (reason: Error) => void): void {
    this.#ends.delete(end);
  }
}

/**
 * What `work` gives, if it gives it in time, whatever it makes of its signal. The timer keeps the process alive only if
 * somebody awaits the end.
 *
 * @throws TimeoutError, what `work` throws, or the reason for which the client is closed.
 */
export async function within<T>(
  seconds: number,
  isAwaited: boolean,
  closing: Closing,
  work: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  const controller = new AbortController();
  let stop: (reason: Error) => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    stop = (reason) => {
      reject(reason);
      controller.abort(reason);
    };
  });
  const timer = setTimeout(() => stop(new TimeoutError()), milliseconds(seconds));
  if (!isAwaited) (timer as { unref?: () => void }).unref?.();
  try {
    closing.add(stop);
    const working = (async () => {
      controller.signal.throwIfAborted();
      return work(controller.signal);
    })();
    return await Promise.race([over, working]);
  } finally {
    clearTimeout(timer);
    closing.delete(stop);
  }
}

const CLOSED = "the client is closed";
