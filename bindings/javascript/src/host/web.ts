/** WebCrypto as the host: everywhere. */
import { decodeBase64Url } from "../core/base64url.js";
import { bare } from "../core/own.js";
import type { Algorithm } from "./algorithms.js";
import type { Host, LoadedKey, PublicJwk } from "./host.js";

/** WebCrypto. */
export const host: Host = {
  name: "WebCrypto",
  decode: (base64url) =>
    decoder.decode(fromBase64?.call(Uint8Array, base64url, BASE64URL) ?? decodeBase64Url(base64url)),
  missing() {
    if (globalThis.crypto?.subtle !== undefined) return undefined;
    return "crypto.subtle is missing; browsers have it only on https pages and on localhost";
  },
  async load(jwk: PublicJwk, algorithm: Algorithm): Promise<LoadedKey> {
    const { subtle } = globalThis.crypto;
    const key = await subtle.importKey("jwk", bare(jwk), bare(imported(algorithm)), false, ["verify"]);
    const parameters = bare(verified(algorithm));
    return {
      async verify(message, signature) {
        try {
          return await subtle.verify(parameters, key, signature as BufferSource, message as BufferSource);
        } catch (error) {
          // workerd throws for an Ed25519 signature of another length, where others answer false.
          if ((error as DOMException).name === "OperationError") return false;
          throw error;
        }
      },
    };
  },
};

/** Newer platforms decode base64 themselves. */
const fromBase64 = (Uint8Array as unknown as { fromBase64?: (text: string, options: object) => Uint8Array }).fromBase64;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const BASE64URL = bare({ alphabet: "base64url" });

/** How a key for an algorithm is imported. */
export function imported({
  kind,
  hash,
  curve,
}: Algorithm): RsaHashedImportParams | EcKeyImportParams | { name: string } {
  switch (kind) {
    case "PKCS1":
      return { name: "RSASSA-PKCS1-v1_5", hash };
    case "PSS":
      return { name: "RSA-PSS", hash };
    case "ECDSA":
      return { name: "ECDSA", namedCurve: curve ?? "" };
    case "EdDSA":
      return { name: "Ed25519" };
  }
}

/** How an algorithm signs and verifies. */
export function verified({ kind, hash, hashOctets }: Algorithm): RsaPssParams | EcdsaParams | { name: string } {
  switch (kind) {
    case "PKCS1":
      return { name: "RSASSA-PKCS1-v1_5" };
    case "PSS":
      return { name: "RSA-PSS", saltLength: hashOctets };
    case "ECDSA":
      return { name: "ECDSA", hash };
    case "EdDSA":
      return { name: "Ed25519" };
  }
}
