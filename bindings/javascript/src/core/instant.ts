/** Times, as callers give them and as the core takes them. */

/** A time: a date, or seconds since 1970. */
export type Time = Date | number;

/** A time in whole seconds since 1970, and nanoseconds from there. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/**
 * The time that a caller gave, or the clock's.
 *
 * @throws RangeError for what is not a time.
 */
export function instant(time: Time | Instant | undefined): Instant {
  if (time === undefined) return fromSeconds(Date.now() / 1000);
  if (typeof time === "number") return fromSeconds(time);
  if (time instanceof Date) return fromSeconds(time.getTime() / 1000);
  return time;
}

function fromSeconds(time: number): Instant {
  if (!Number.isFinite(time)) throw new RangeError("the time of verification is not a finite number of seconds");
  const seconds = Math.floor(time);
  return { seconds, nanoseconds: Math.min(Math.round((time - seconds) * 1e9), 999_999_999) };
}
