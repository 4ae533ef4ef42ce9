/** node:crypto as the host, which does not have to wait. */
import { constants, createPublicKey, type JsonWebKey, verify } from "node:crypto";

import type { Algorithm } from "./algorithms.js";
import type { Host, LoadedKey, PublicJwk } from "./host.js";

/** node:crypto. */
export const host: Host = {
  name: "node:crypto",
  async load(jwk, algorithm) {
    return loadSync(jwk, algorithm);
  },
  loadSync,
};

function loadSync(jwk: PublicJwk, algorithm: Algorithm): LoadedKey {
  const key = createPublicKey({ key: { ...jwk } as JsonWebKey, format: "jwk" });
  const { kind, hashOctets } = algorithm;
  const digest = kind === "EdDSA" ? null : algorithm.digest;
  const parameters =
    kind === "PSS"
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashOctets }
      : kind === "PKCS1"
        ? { key, padding: constants.RSA_PKCS1_PADDING }
        : kind === "ECDSA"
          ? { key, dsaEncoding: "ieee-p1363" as const }
          : key;
  const verifySync = (message: Uint8Array, signature: Uint8Array): boolean =>
    verify(digest, message, parameters, signature);
  return { verify: async (message, signature) => verifySync(message, signature), verifySync };
}
