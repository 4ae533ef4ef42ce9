/** node:crypto as the host, which does not have to wait. */
import { Buffer } from "node:buffer";
import { constants, createPublicKey, type JsonWebKey, verify } from "node:crypto";

import { bare } from "../core/own.js";
import type { Algorithm } from "./algorithms.js";
import type { Host, LoadedKey, PublicJwk } from "./host.js";

/** node:crypto. */
export const host: Host = {
  name: "node:crypto",
  async load(jwk, algorithm) {
    return loadSync(jwk, algorithm);
  },
  loadSync,
  decode(base64url) {
    if (base64url.length > ROOM) return Buffer.from(base64url, "base64url").toString();
    room ??= Buffer.alloc(ROOM);
    return room.toString("utf8", 0, room.write(base64url, "base64url"));
  },
};

/** Used again for each text, because a new one costs more than the decoding. */
let room: Buffer | undefined;

function loadSync(jwk: PublicJwk, algorithm: Algorithm): LoadedKey {
  const key = createPublicKey({ key: bare(jwk) as JsonWebKey, format: "jwk" });
  const { kind, hashOctets } = algorithm;
  const digest = kind === "EdDSA" ? null : algorithm.digest;
  // Whatever others have added to Object.prototype is no parameter.
  const parameters =
    kind === "PSS"
      ? bare({ key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashOctets })
      : kind === "PKCS1"
        ? bare({ key, padding: constants.RSA_PKCS1_PADDING })
        : kind === "ECDSA"
          ? bare({ key, dsaEncoding: "ieee-p1363" as const })
          : bare({ key });
  const verifySync = (message: Uint8Array, signature: Uint8Array): boolean =>
    verify(digest, message, parameters, signature);
  return { verify: async (message, signature) => verifySync(message, signature), verifySync };
}

const ROOM = 16_384;
