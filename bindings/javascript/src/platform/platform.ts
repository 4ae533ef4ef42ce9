/** What platforms differ in beyond cryptography. */

/** A platform. */
export interface Platform {
  /** Keeps work alive after the answer to a request is sent, where the platform would end it. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** Settings of every request for keys, as far as the platform accepts them. */
  readonly request: RequestInit;
  /** Whether the platform requests compressed answers whatever it is told, as browsers do. */
  readonly choosesCoding: boolean;
}
