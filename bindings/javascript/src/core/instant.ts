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
 * @throws RangeError for a number or a date that is not finite; TypeError for anything else.
 */
export function instant(time: Time | Instant | undefined): Instant {
  if (time === undefined) return fromSeconds(Date.now() / 1000);
  if (typeof time === "number") return fromSeconds(time);
  if (typeof time !== "object" || time === null) throw new TypeError(NEITHER);
  if (!Object.hasOwn(time, "seconds")) return fromSeconds(milliseconds(time) / 1000);
  const { seconds, nanoseconds } = time as Instant;
  if (!Number.isInteger(seconds) || !Number.isInteger(nanoseconds)) throw new TypeError(NEITHER);
  return { seconds, nanoseconds };
}

/** The time of a date, of whatever realm. */
function milliseconds(date: object): number {
  try {
    return getTime.call(date);
  } catch {
    throw new TypeError(NEITHER);
  }
}

function fromSeconds(time: number): Instant {
  if (!Number.isFinite(time)) throw new RangeError("the time of verification is not a finite number of seconds");
  const seconds = Math.floor(time);
  return { seconds, nanoseconds: Math.min(Math.round((time - seconds) * 1e9), 999_999_999) };
}

const getTime = Date.prototype.getTime;
const NEITHER = "the time of verification is neither a Date nor a number of seconds";
