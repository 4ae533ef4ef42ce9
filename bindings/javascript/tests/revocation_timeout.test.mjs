import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidPolicyError, JwkSet, RevocationUnavailableError, RevokedTokenError, Verifier } from "verijot";
import { TestIssuer } from "verijot/testing";

const issuer = new TestIssuer({ audience: "https://api.example" });
const keys = JwkSet.from(issuer.jwks);
const verifier = (options) => new Verifier({ issuer: issuer.url, audience: "https://api.example", ...options });
const never = () => new Promise(() => {});

test("refuses a token whose revocation is not known in time", async () => {
  const verdict = verifier({ revoked: never, revokedTimeout: 0.05 }).verify(await issuer.token(), keys);
  await assert.rejects(
    verdict,
    (error) => error instanceof RevocationUnavailableError && /within 0.05 s/.test(error.cause.message),
  );
});

test("waits for two seconds without a limit of the caller's", async () => {
  const start = performance.now();
  await assert.rejects(verifier({ revoked: never }).verify(await issuer.token(), keys), RevocationUnavailableError);
  const waited = performance.now() - start;
  assert.ok(waited > 1900, `${waited} ms`);
});

test("takes answers that come in time, and at once", async () => {
  const raw = await issuer.token();
  const later = (value) => () => new Promise((resolve) => setTimeout(resolve, 10, value));
  await verifier({ revoked: later(false) }).verify(raw, keys);
  await assert.rejects(verifier({ revoked: later(true) }).verify(raw, keys), RevokedTokenError);
  verifier({ revoked: () => false }).verifySync(raw, keys);
  assert.throws(() => verifier({ revoked: () => true }).verifySync(raw, keys), RevokedTokenError);
  for (const answer of [undefined, null, 0, "", "false", {}]) {
    await assert.rejects(verifier({ revoked: () => answer }).verify(raw, keys), RevocationUnavailableError);
    await assert.rejects(verifier({ revoked: later(answer) }).verify(raw, keys), RevocationUnavailableError);
  }
});

test("an answer that cannot be waited for leaves no rejection unhandled", async () => {
  const raw = await issuer.token();
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    for (const revoked of [never, () => Promise.reject(new Error("a fault"))]) {
      assert.throws(
        () => verifier({ revoked, revokedTimeout: 0.01 }).verifySync(raw, keys),
        RevocationUnavailableError,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  } finally {
    process.off("unhandledRejection", note);
  }
  assert.deepEqual(unhandled, []);
});

test("refuses a time limit that is none", () => {
  for (const revokedTimeout of [0, -1, NaN, Infinity, "2"]) {
    assert.throws(
      () => verifier({ revoked: never, revokedTimeout }),
      (error) => error instanceof InvalidPolicyError && error.member === "revokedTimeout",
    );
  }
});
