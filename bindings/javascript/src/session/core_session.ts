/** The core's session: it knows how old the tokens are, but not the tokens, and decides when to refresh. */
import { call, callWith, number, options, Status, text } from "../core/memory.js";
import { ownOptions } from "../core/own.js";
import { reading, type SessionClock } from "./clock.js";

/** When tokens are refreshed, in seconds; the core's defaults are in brackets. */
export interface RefreshSettings {
  /** How long before its expiry a token is refreshed, but not before 4/5 of its lifetime (60). */
  readonly skew?: number;
  /** How long after a refresh an answer with 401 does not cause another refresh (30). */
  readonly unauthorizedRest?: number;
  /** The backoff after the first failed refresh; it doubles with each failure in a row (1). */
  readonly shortestRest?: number;
  /** The maximum backoff (60). */
  readonly longestRest?: number;
  /** How long a refresh may take (30). */
  readonly refreshTimeout?: number;
}

/** How a session is doing. */
export interface SessionHealth {
  /** Whether there are tokens; otherwise the user has to sign in. */
  readonly isSignedIn: boolean;
  /** Whether the access token has not expired. */
  readonly isValid: boolean;
  /** The seconds until the access token expires, if that is known. */
  readonly expiresIn: number | undefined;
  /** Refreshes that failed since the last one that succeeded. */
  readonly failures: number;
  /** Why the last of them failed: a code, and perhaps a colon and more. */
  readonly lastFailure: string | undefined;
  /** Whether a refresh is under way. */
  readonly isRefreshing: boolean;
}

/** Permission for one refresh of the tokens with this number. */
export interface Ticket {
  readonly number: number;
  readonly tokens: number;
  /** Seconds. */
  readonly timeout: number;
  /** Whether the tokens must be stored before their refresh token is sent. */
  readonly storeFirst: boolean;
}

/** What to do with a request. */
export type Decision =
  | { readonly kind: "send"; readonly tokens: number; readonly attempt: number; readonly ticket: Ticket | undefined }
  | { readonly kind: "refresh"; readonly attempt: number; readonly ticket: Ticket }
  | { readonly kind: "wait"; readonly attempt: number; readonly seconds: number }
  | { readonly kind: "unavailable"; readonly seconds: number }
  | { readonly kind: "storage_needed" | "sign_in_needed" | "give_up" };

/** Why a refresh brought no tokens: no answer, none in time, the old tokens not stored, or an answer. */
export type Failure = "no_answer" | "timed_out" | "not_stored" | { readonly status: number; readonly body: Uint8Array };

/** A session in the core. */
export class CoreSession {
  /** How many seconds requests wait for new tokens to be stored. */
  readonly storingTimeout: number;
  /** How many seconds the result of a refresh is kept for other requests with the old refresh token. */
  readonly sharingTime: number;
  /** The maximum octets of a token endpoint's answer. */
  readonly maxAnswerOctets: number;
  readonly #number: number;
  readonly #clock: SessionClock;

  /** @throws RangeError for a setting that is not a finite number of at least zero, TypeError for an unknown one. */
  constructor(given: RefreshSettings, clock: SessionClock) {
    const settings = ownOptions(given, SETTINGS);
    const numbers = options([
      ["skew", settings.skew],
      ["unauthorized_rest", settings.unauthorizedRest],
      ["shortest_rest", settings.shortestRest],
      ["longest_rest", settings.longestRest],
      ["refresh_timeout", settings.refreshTimeout],
    ]);
    if (callWith("verijot_session", [], [numbers]) !== Status.Done) {
      throw new RangeError((JSON.parse(text()) as { message: string }).message);
    }
    this.#number = number(0);
    this.storingTimeout = number(1);
    this.sharingTime = number(2);
    this.maxAnswerOctets = number(3);
    this.#clock = clock;
    forgotten.register(this, this.#number);
  }

  /** Takes tokens, and gives the number to keep them under. */
  signIn(expiresIn: number | undefined, age: number, isRefreshable: boolean, isStored: boolean): number {
    const facts = [expiresIn ?? NaN, age, Number(isRefreshable), Number(isStored)];
    call("verijot_session_sign_in", this.#number, ...facts, ...this.#now());
    return number(0);
  }

  /** Reports that the tokens of this number are stored. */
  stored(tokens: number): void {
    call("verijot_session_stored", this.#number, tokens);
  }

  /** Forgets the tokens. */
  signOut(): void {
    call("verijot_session_sign_out", this.#number);
  }

  /** Which tokens to send with a request. */
  resolve(canStore: boolean): Decision {
    call("verijot_session_resolve", this.#number, Number(canStore), ...this.#now());
    return decision();
  }

  /** What to do about the answer with 401 to this attempt. */
  unauthorized(attempt: number, canStore: boolean): Decision {
    call("verijot_session_unauthorized", this.#number, attempt, Number(canStore), ...this.#now());
    return decision();
  }

  /** Takes the tokens of a refresh, and gives their number; `undefined` if they must not be used. */
  refreshed(ticket: Ticket, expiresIn: number | undefined, isRefreshable: boolean): number | undefined {
    const facts = [expiresIn ?? NaN, 0, Number(isRefreshable)];
    const status = call("verijot_session_refreshed", this.#number, ticket.number, ...facts, ...this.#now());
    return status === Status.Done ? number(0) : undefined;
  }

  /** Reports that a refresh brought no tokens. */
  failed(ticket: Ticket, failure: Failure): { effect: "failed" | "signed_out" | "ignored"; message: string } {
    const isAnswer = typeof failure === "object";
    const status = isAnswer ? failure.status : FAILURES.indexOf(failure);
    const body = isAnswer ? failure.body : null;
    callWith("verijot_session_failed", [this.#number, ticket.number, status], [body], this.#now());
    const effect = (["failed", "signed_out"] as const)[number(0)] ?? "ignored";
    return { effect, message: text() };
  }

  /** How the session is doing. */
  health(): SessionHealth {
    call("verijot_session_health", this.#number, ...this.#now());
    const health = JSON.parse(text()) as Record<string, unknown>;
    return {
      isSignedIn: health["is_signed_in"] === true,
      isValid: health["is_valid"] === true,
      expiresIn: health["expires_in"] as number | undefined,
      failures: health["failures"] as number,
      lastFailure: health["last_failure"] as string | undefined,
      isRefreshing: health["is_refreshing"] === true,
    };
  }

  #now(): [number, number, number] {
    return reading(this.#clock);
  }
}

function decision(): Decision {
  const [kind, first, attempt] = [number(0), number(1), number(2)];
  const ticket: Ticket = { number: number(3), tokens: first, timeout: number(4), storeFirst: number(5) === 1 };
  switch (kind) {
    case 0:
      return { kind: "send", tokens: first, attempt, ticket: ticket.number === 0 ? undefined : ticket };
    case 1:
      return { kind: "refresh", attempt, ticket };
    case 2:
      return { kind: "wait", attempt, seconds: first };
    case 3:
      return { kind: "storage_needed" };
    case 4:
      return { kind: "unavailable", seconds: first };
    case 5:
      return { kind: "sign_in_needed" };
    default:
      return { kind: "give_up" };
  }
}

const forgotten = new FinalizationRegistry<number>((session) => {
  call("verijot_session_drop", session);
});

/** By the number that the core takes in place of a status. */
const FAILURES: readonly Failure[] = ["no_answer", "timed_out", "not_stored"];

const SETTINGS = ["skew", "unauthorizedRest", "shortestRest", "longestRest", "refreshTimeout"] as const;
