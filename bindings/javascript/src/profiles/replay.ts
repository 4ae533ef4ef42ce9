/** Whether a token that may be presented once was presented before. */
import type { Instant } from "../core/instant.js";
import { call, callWith, number, Status, text } from "../core/memory.js";
import { unawaited } from "../core/waiting.js";
import { type Refusal, refusalError, type VerificationError } from "../errors/index.js";
import { answered } from "../token/revocation.js";

/** What must be remembered of a token. */
export interface Replay {
  /** The same for the same token, and for no other: 64 hexadecimal digits. */
  readonly key: string;
  /** The last moment at which the token would be accepted. */
  readonly until: Date;
}

/**
 * A store that several processes share. Inserts the key if it is not there, in one step, remembers it until then,
 * and gives true if it was not there. If it throws, or takes longer than an answer of `revoked` may, nobody can say, and
 * the token is refused with `replay_unavailable` (503).
 */
export type ReplayStore = (replay: Replay) => Promise<boolean> | boolean;

/** Waives the check: the same token is accepted any number of times. */
export const withoutReplayCheck: unique symbol = Symbol("without replay check");

/** What remembers tokens that may be presented once. */
export type ReplayCheck = ReplayWindow | ReplayStore | typeof withoutReplayCheck;

/** What the core gave to be remembered. */
export interface Unadmitted {
  readonly key: string;
  readonly until: Instant;
}

/**
 * Remembers tokens that may be presented once, in this process, for as long as each would be accepted again. It
 * forgets nothing before its time: when it is full, tokens are refused with `replay_unavailable` (503).
 */
export class ReplayWindow {
  readonly #number: number;

  /**
   * @param capacity the most tokens that are remembered at a time, about 200 octets each; with zero it refuses all.
   * @throws RangeError for what is no number of tokens.
   */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 0) throw new RangeError("the capacity is not a number of tokens");
    call("verijot_replay_window", capacity);
    this.#number = number(0);
    forgotten.register(this, this.#number);
  }

  /** @internal */
  admit({ key, until }: Unadmitted, now: Instant): void {
    const times = [until.seconds, until.nanoseconds, now.seconds, now.nanoseconds];
    const status = callWith("verijot_replay_admit", [this.#number], [key], times);
    if (status === Status.Refused) throw refusalError(JSON.parse(text()) as Refusal);
  }
}

/**
 * @throws TypeError for what cannot remember tokens.
 */
export function checkedReplay(check: unknown): ReplayCheck {
  if (check instanceof ReplayWindow || typeof check === "function" || check === withoutReplayCheck) {
    return check as ReplayCheck;
  }
  throw new TypeError("replay: neither a ReplayWindow nor a function nor withoutReplayCheck");
}

/**
 * Asks what remembers the tokens, and waits for as many seconds.
 *
 * @throws ReplayedTokenError, ReplayUnavailableError
 */
export async function admit(check: ReplayCheck, token: Unadmitted, now: Instant, seconds: number): Promise<void> {
  if (typeof check !== "function") return admitHere(check, token, now);
  let isFirst: unknown;
  try {
    isFirst = await answered("replay", seconds, check(shown(token)));
  } catch (error) {
    throw unavailable(error);
  }
  conclude(isFirst);
}

/** The same without waiting; an answer that must be waited for is none. */
export function admitSync(check: ReplayCheck, token: Unadmitted, now: Instant): void {
  if (typeof check !== "function") return admitHere(check, token, now);
  let isFirst: unknown;
  try {
    isFirst = unawaited(check(shown(token)));
  } catch (error) {
    throw unavailable(error);
  }
  conclude(isFirst);
}

function admitHere(check: ReplayWindow | typeof withoutReplayCheck, token: Unadmitted, now: Instant): void {
  if (check !== withoutReplayCheck) check.admit(token, now);
}

function shown({ key, until }: Unadmitted): Replay {
  // Rounded up: it must be remembered until then, and then too.
  return { key, until: new Date(until.seconds * 1000 + Math.ceil(until.nanoseconds / 1e6)) };
}

function conclude(isFirst: unknown): void {
  if (isFirst === true) return;
  throw isFirst === false ? refusal(REPLAYED) : unavailable(new TypeError("replay gave neither true nor false"));
}

function unavailable(cause: unknown): VerificationError {
  const error = refusal(UNAVAILABLE);
  Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
  return error;
}

function refusal(cause: number): VerificationError {
  callWith("verijot_refusal", [cause], [null], [NaN]);
  return refusalError(JSON.parse(text()) as Refusal);
}

const forgotten = new FinalizationRegistry<number>((window) => {
  call("verijot_replay_window_drop", window);
});

const REPLAYED = 6;
const UNAVAILABLE = 7;
