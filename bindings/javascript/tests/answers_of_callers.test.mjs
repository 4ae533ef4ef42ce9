// Answers of callers that never come, come as rejections, or are no promises of the platform.
import assert from "node:assert/strict";
import { test } from "node:test";
import { IdTokenVerifier, JwkSet, LogoutTokenVerifier, Verifier } from "verijot";
import { TestIssuer } from "verijot/testing";

const issuer = new TestIssuer({ audience: "https://api.example" });
const keys = JwkSet.from(issuer.jwks);
const OPTIONS = { issuer: issuer.url, audience: "https://api.example" };
const EVENTS = { "http://schemas.openid.net/event/backchannel-logout": {} };
const logoutToken = () =>
  issuer.token(
    { sub: "alice", sid: "s", jti: "1", events: EVENTS },
    { audience: "client", header: { typ: "logout+jwt" } },
  );
const never = () => new Promise(() => undefined);
const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

test("a replay store that never answers is unavailable in the time of revoked", async () => {
  const logoutTokens = new LogoutTokenVerifier({ issuer: issuer.url, clientId: "client", revokedTimeout: 0.05 });
  await assert.rejects(
    logoutTokens.verify(await logoutToken(), keys, { replay: never }),
    (error) => error.code === "replay_unavailable" && error.httpStatus === 503 && /0.05 s/.test(error.cause.message),
  );
  const later = () => new Promise((resolve) => setTimeout(resolve, 10, true));
  await logoutTokens.verify(await logoutToken(), keys, { replay: later });
  const start = performance.now();
  const patient = new LogoutTokenVerifier({ issuer: issuer.url, clientId: "client" });
  await assert.rejects(patient.verify(await logoutToken(), keys, { replay: never }), { code: "replay_unavailable" });
  assert.ok(performance.now() - start > 1900);
});

test("a replay store that cannot be waited for leaves no rejection unhandled", async () => {
  const logoutTokens = new LogoutTokenVerifier({ issuer: issuer.url, clientId: "client" });
  const raw = await logoutToken();
  const replay = async () => {
    throw new Error("down");
  };
  assert.throws(() => logoutTokens.verifySync(raw, keys, { replay }), { code: "replay_unavailable" });
  await settled();
});

test("a time limit that no timer can count is a long one", async () => {
  const later = () => new Promise((resolve) => setTimeout(resolve, 30, false));
  await new Verifier({ ...OPTIONS, revoked: later, revokedTimeout: 3e6 }).verify(await issuer.token(), keys);
});

test("octets with a byte order mark are no token, also where the token is remembered", async () => {
  const raw = await issuer.token({ sub: "alice", nonce: "n" });
  const marked = new TextEncoder().encode(`\ufeff${raw}`);
  const idTokens = new IdTokenVerifier({ issuer: issuer.url, clientId: "https://api.example", tokenCache: 10 });
  const verifier = new Verifier({ ...OPTIONS, tokenCache: 10 });
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(verifier.verify(marked, keys), { code: "malformed_token" });
    assert.throws(() => verifier.verifySync(marked, keys), { code: "malformed_token" });
    await assert.rejects(idTokens.verify(marked, keys, { nonce: "n" }), { code: "malformed_token" });
    await verifier.verify(raw, keys);
    await idTokens.verify(raw, keys, { nonce: "n" });
  }
});

test("a schema that must be waited for is none for verifySync, whatever promise it gives", async () => {
  const raw = await issuer.token();
  const verifier = new Verifier(OPTIONS);
  for (const validate of [
    async () => ({ value: {} }),
    async () => {
      throw new Error("down");
    },
    () => ({ then: (resolve) => resolve({ value: {} }) }),
    () => ({ then: (_, reject) => reject(new Error("down")) }),
    () => Object.assign(() => undefined, { then: (resolve) => resolve({ value: {} }) }),
  ]) {
    const schema = { "~standard": { version: 1, vendor: "test", validate } };
    assert.throws(() => verifier.verifySync(raw, keys, { schema }), { name: "TypeError", message: /call verify/ });
  }
  await settled();
});
