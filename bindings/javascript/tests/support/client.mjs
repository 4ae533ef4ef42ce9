// Clients for tests of guards, with a clock that stands still.
import * as verijot from "verijot";

import { callWith, text } from "../../dist/core/memory.js";
import { refusalError } from "../../dist/errors/index.js";
import { finish, times } from "../../dist/verifier.js";

/** Verifies with these keys, and counts how often; `now` is in seconds, and the platform's clock without it. */
export function clientOf(jwks, options, now) {
  const client = (JwksClient === undefined ? plainClient : fixedClient)(verijot.JwkSet.from(jwks), options, now);
  return {
    verifications: 0,
    admit(token, check) {
      this.verifications += 1;
      return client.admit(token, check);
    },
  };
}

/** Cannot fetch its keys, and may try again after these seconds. */
export function clientWithoutKeys(seconds) {
  if (JwksClient === undefined) return { admit: async () => refuse(seconds) };
  return JwksClient.fromUrl("https://issuer.example/keys", {
    issuer: "https://issuer.example",
    audience: "https://api.example",
    shortestRest: seconds,
    clock: clockAt(START),
    fetch: () => Promise.reject(new TypeError("no network")),
  });
}

function fixedClient(keys, options, now) {
  return JwksClient.fromKeys(keys, now === undefined ? options : { ...options, clock: clockAt(now) });
}

// The package without clients for issuers: what they do around a verifier.
function plainClient(keys, options, now) {
  const verifier = new verijot.Verifier(options);
  return {
    async admit(token, check) {
      const verified = await verifier.verifyWith(token, keys.loaded, times(now));
      check?.(verified);
      return finish(verified, undefined, verifier.revoked);
    },
  };
}

function refuse(seconds) {
  callWith("verijot_refusal", [KEYS_UNAVAILABLE], [null], [seconds]);
  throw refusalError(JSON.parse(text()));
}

function clockAt(now) {
  return { now: () => now, monotonic: () => 1000 };
}

const { JwksClient } = verijot;
const START = 1_800_000_000;
const KEYS_UNAVAILABLE = 3;
