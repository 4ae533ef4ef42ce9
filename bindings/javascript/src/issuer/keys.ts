/** What a client verifies with: keys that it fetches, or keys that it was given. */
import type { Instant } from "../core/instant.js";
import type { LoadedKeys } from "../keys/loaded_keys.js";
import type { EncodedToken } from "../token/verification.js";
import type { Verifier, Verifying } from "../verifier.js";
import type { Health } from "./health.js";
import type { FixedSeed, Snapshot } from "./snapshot.js";

/** The keys of one issuer. */
export interface Keys {
  /** Verifies a token up to what only the caller knows, and fetches if that is needed. `onTry` gets the keys of each attempt. */
  verify<T>(
    verifier: Verifying<T>,
    token: EncodedToken,
    now: () => Instant,
    onTry?: (keys: LoadedKeys) => void,
  ): Promise<T>;
  /** The same without waiting. */
  verifySync<T>(verifier: Verifying<T>, token: EncodedToken, now: Instant): T;
  /** The cached keys, fresh or stale. */
  held(): LoadedKeys | undefined;
  /** Waits until there are keys. */
  ready(verifier: Verifier): Promise<void>;
  refreshNow(): Promise<void>;
  purge(kid: string): void;
  restore(kid: string): boolean;
  health(): Health;
  export(): Snapshot | undefined;
  seed(seed: FixedSeed): void;
  close(): void;
}
