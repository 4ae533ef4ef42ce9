/**
 * One verification: the core asks, the host answers, the core goes on.
 *
 * Between two calls of the core nothing else may call it, unless everything that the first left has been
 * read; so each step here reads what it needs before it waits.
 */
import type { Instant } from "../core/instant.js";
import { call, functions, number, reserve, release, Status, text, textView, view, write } from "../core/memory.js";
import { copied, isOctets } from "../core/octets.js";
import type { Refusal } from "../errors/index.js";
import { type KeyDescription, type LoadedKeys, UnloadableKey } from "../keys/loaded_keys.js";
import { host } from "#host";

/** A token as callers have it: its text, or the octets of it. */
export type EncodedToken = string | Uint8Array;

/** What to verify: a JWT, a JWS with any payload, or a JWT whose checks are to be explained. */
export const enum Mode {
  Jwt = 0,
  Jws = 1,
  Explain = 2,
}

/** Accepted or refused. */
export type Verdict =
  | {
      readonly accepted: true;
      readonly keyId: string | undefined;
      /** The payload of a JWT. */
      readonly payload?: string | undefined;
      readonly explanation?: string;
    }
  | { readonly accepted: false; readonly refusal: Refusal; readonly number: number; readonly reconsiders: boolean };

/** A verifier in the core. */
export interface CoreVerifier {
  readonly number: number;
  readonly longestToken: number;
}

/**
 * A token that nobody can change any more.
 *
 * @throws TypeError for what is neither a string nor octets.
 */
export function fixed(token: EncodedToken): EncodedToken {
  if (typeof token === "string") return token;
  if (isOctets(token)) return copied(token);
  throw new TypeError("the token is neither a string nor a Uint8Array");
}

/** The text of a token; octets that are not UTF-8 are replaced, and no token anyway. */
export function textOf(token: EncodedToken): string {
  return typeof token === "string" ? token : decoder.decode(token);
}

/** Verifies without waiting; only where the host can. */
export function verifySync(
  verifier: CoreVerifier,
  keys: LoadedKeys,
  token: EncodedToken,
  mode: Mode,
  now: Instant,
): Verdict {
  for (;;) {
    const secret = keys.onlySecret;
    const status = begin(verifier, keys, token, mode, now);
    if (status !== Status.Question) return concluded(status, mode, secret);
    const question = number(0);
    const algorithm = number(1);
    const count = number(3);
    const message = view(reserve(0), number(2));
    const signature = textView();
    // Read before a key is loaded, which calls the core.
    const candidates = candidatesOf(keys, count);
    let verifiedBy = -1;
    try {
      for (let index = 0; index < candidates.length && verifiedBy < 0; index += 1) {
        const key = keys.loadSync(candidates[index] as KeyDescription, algorithm);
        if (key.verifySync?.(message, signature) === true) verifiedBy = index;
      }
    } catch (error) {
      drop(keys, question, error);
      continue;
    }
    return end(question, candidates, verifiedBy, mode, now);
  }
}

/**
 * Verifies, with a host that may be waited for. `conclude` is called before anything else can call the core, which
 * knows only the last token that it accepted, and its last refusal.
 */
export async function verify<R>(
  verifier: CoreVerifier,
  keys: LoadedKeys,
  token: EncodedToken,
  mode: Mode,
  now: () => Instant,
  conclude: (verdict: Verdict) => R,
): Promise<R> {
  if (host.loadSync !== undefined) return conclude(verifySync(verifier, keys, token, mode, now()));
  for (;;) {
    const secret = keys.onlySecret;
    const status = begin(verifier, keys, token, mode, now());
    if (status !== Status.Question) return conclude(concluded(status, mode, secret));
    const question = number(0);
    const algorithm = number(1);
    const message = view(reserve(0), number(2)).slice();
    const signature = textView().slice();
    const candidates = candidatesOf(keys, number(3));
    let verifiedBy = -1;
    try {
      for (let index = 0; index < candidates.length && verifiedBy < 0; index += 1) {
        const candidate = candidates[index] as KeyDescription;
        const key = keys.loaded(candidate, algorithm) ?? (await keys.load(candidate, algorithm));
        if ((await key.verify(message, signature)) === true) verifiedBy = index;
      }
    } catch (error) {
      drop(keys, question, error);
      continue;
    }
    return conclude(end(question, candidates, verifiedBy, mode, now()));
  }
}

/** The refusal that the last call left. */
export function refused(): Verdict {
  const refusal = JSON.parse(text()) as Refusal;
  return { accepted: false, refusal, number: number(0), reconsiders: number(1) === 1 };
}

function begin(verifier: CoreVerifier, keys: LoadedKeys, token: EncodedToken, mode: Mode, now: Instant): Status {
  // The description is there before the question, which no other call may overwrite.
  void keys.keys;
  const verifyToken = functions()["verijot_verify"] as VerifyToken;
  // Of a token that is too long nothing is read, but for an explanation.
  const isTooLong = token.length > verifier.longestToken && mode !== Mode.Explain;
  const length = isTooLong ? token.length : write(token);
  return verifyToken(verifier.number, keys.number, reserve(0), length, mode, now.seconds, now.nanoseconds);
}

/** The keys that a question is about, whose positions may change while it waits. */
function candidatesOf({ keys }: LoadedKeys, count: number): KeyDescription[] {
  const candidates: KeyDescription[] = [];
  for (let index = 0; index < count; index += 1) candidates.push(keys[number(4 + index)] as KeyDescription);
  return candidates;
}

function end(
  question: number,
  candidates: readonly KeyDescription[],
  verifiedBy: number,
  mode: Mode,
  now: Instant,
): Verdict {
  const answerQuestion = functions()["verijot_answer_question"] as AnswerQuestion;
  const status = answerQuestion(question, verifiedBy < 0 ? NONE : verifiedBy, now.seconds, now.nanoseconds);
  return concluded(status, mode, candidates[verifiedBy]);
}

/** What the core said of a token. `key` is the one that verified it, if that is known without asking. */
function concluded(status: Status, mode: Mode, key: KeyDescription | undefined): Verdict {
  release();
  switch (status) {
    case Status.Done:
      if (mode === Mode.Explain) return { accepted: true, keyId: key?.kid, explanation: text() };
      return accepted(mode === Mode.Jwt ? text() : undefined, key);
    case Status.Refused:
      return refused();
    default:
      throw new TypeError(text());
  }
}

/** `payload` was read before another question about the token overwrites it. */
function accepted(payload: string | undefined, key: KeyDescription | undefined): Verdict {
  return { accepted: true, keyId: key === undefined ? keyIdOfSecret() : key.kid, payload };
}

/** The id of one secret of several, of which the core has asked nothing. */
function keyIdOfSecret(): string | undefined {
  return call("verijot_accepted", KEY_ID) === Status.Done ? text() : undefined;
}

/** Gives a question up; if a key cannot be loaded, it is skipped, and the verification begins again. */
function drop(keys: LoadedKeys, question: number, error: unknown): void {
  call("verijot_question_drop", question);
  release();
  if (!(error instanceof UnloadableKey)) throw error;
  keys.skip(error.key);
}

// A byte order mark is part of the octets, and of no token.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
type VerifyToken = (
  verifier: number,
  keys: number,
  token: number,
  length: number,
  mode: Mode,
  seconds: number,
  nanoseconds: number,
) => Status;
type AnswerQuestion = (question: number, verifiedBy: number, seconds: number, nanoseconds: number) => Status;

const NONE = 0xffff_ffff;
const KEY_ID = 3;
