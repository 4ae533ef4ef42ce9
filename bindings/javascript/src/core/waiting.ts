/** Waiting for what callers answer. A timer takes whole milliseconds, up to a limit beyond which it ends at once. */

/** Whole milliseconds that a timer can count; what is longer ends early. */
export function milliseconds(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds * 1000), 0), LONGEST);
}

/** Handles the rejection of an answer that nobody waits for. Gives the answer as it is. */
export function unawaited<T>(answer: T): T {
  if (typeof answer === "object" && answer !== null) Promise.resolve(answer).catch(() => undefined);
  return answer;
}

/** Whether an answer must be waited for: a promise of the platform, or any other object with `then`. */
export function isAwaitable(answer: unknown): answer is PromiseLike<unknown> {
  return (
    ((typeof answer === "object" && answer !== null) || typeof answer === "function") &&
    typeof (answer as { then?: unknown }).then === "function"
  );
}

const LONGEST = 0x7fff_ffff;
