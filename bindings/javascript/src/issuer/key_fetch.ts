/** One fetch of an issuer's keys: the core says what to request, and is told of every answer. */
import { call, callWith, number, options, release, Status, text } from "../core/memory.js";
import { type Clocks, elapsed, numbersOf } from "./clock.js";
import type { KeyRequest, KeyResponse } from "./key_request.js";

/** A fetch that has begun. Its end is told to the core, once, however it ends. */
export class KeyFetch {
  /** How many seconds all of it may take. */
  readonly timeout: number;
  readonly #number: number;
  readonly #clocks: Clocks;
  readonly #started = elapsed();

  private constructor(fetch: number, timeout: number, clocks: Clocks) {
    this.#number = fetch;
    this.timeout = timeout;
    this.#clocks = clocks;
  }

  /** Begins the fetch of this ticket; `undefined` if it was begun before. */
  static begin(issuer: number, ticket: number, clocks: Clocks): KeyFetch | undefined {
    const status = call("verijot_fetch", issuer, ticket);
    return status === Status.Done ? new KeyFetch(number(0), number(1), clocks) : undefined;
  }

  /** Makes its requests. Gives the reason if it brought no keys; never throws. */
  async run(request: (wanted: KeyRequest) => Promise<KeyResponse>): Promise<string | undefined> {
    let problem: string | undefined;
    for (;;) {
      const status = call("verijot_fetch_step", this.#number, elapsed() - this.#started);
      const written = text();
      if (status !== Status.Done) return this.fail(problem ?? written);
      const wanted = JSON.parse(written) as KeyRequest;
      let response: KeyResponse | undefined;
      try {
        response = await request(wanted);
      } catch (error) {
        problem = described(error);
        if (wanted.for === "keys") return this.fail(problem);
      }
      if (wanted.for === "keys" && response !== undefined) return this.#end(response);
      callWith("verijot_fetch_metadata", [this.#number, response?.status ?? 0], [response?.body ?? null]);
      release();
    }
  }

  /** Tells the core that the fetch brought no answer. */
  fail(problem: string): string {
    callWith("verijot_fetch_failed", [this.#number], [problem], numbersOf(this.#clocks.read()));
    return problem;
  }

  #end({ status, headers, body }: KeyResponse): string | undefined {
    const reading = numbersOf(this.#clocks.read());
    const ended = callWith("verijot_fetch_keys", [this.#number, status], [options(headers), body], reading);
    const problem = ended === Status.Done ? undefined : text();
    release();
    return problem;
  }
}

function described(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    return `${error.name}: ${error.message}${cause}`;
  } catch {
    return "an error that cannot be described";
  }
}
