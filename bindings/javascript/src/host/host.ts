/** What a host must be able to do: load a public key, and verify signatures with it. */
import type { Algorithm } from "./algorithms.js";

/** A public key as the core writes it: only what every platform knows, already found sound. */
export type PublicJwk = Readonly<Record<string, string>>;

/** The cryptography of a platform. It decides nothing but whether a signature is right. */
export interface Host {
  /** A name for errors, such as `node:crypto`. */
  readonly name: string;
  /** Why the platform has no cryptography at all; `undefined` where it has. */
  missing?(): string | undefined;
  /**
   * Loads a key for one algorithm.
   *
   * @throws whatever the platform throws for a key that it cannot use.
   */
  load(jwk: PublicJwk, algorithm: Algorithm): Promise<LoadedKey>;
  /** The same without waiting, where the platform can. */
  loadSync?(jwk: PublicJwk, algorithm: Algorithm): LoadedKey;
  /** The text of canonical base64url of UTF-8, in the platform's fastest way. */
  decode(base64url: string): string;
}

/** A key that is ready for one algorithm. */
export interface LoadedKey {
  /** Whether the signature, in its JWS encoding, is right. The octets may not be kept. */
  verify(message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /** The same without waiting, where the platform can. */
  verifySync?(message: Uint8Array, signature: Uint8Array): boolean;
}
