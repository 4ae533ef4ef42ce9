import assert from "node:assert/strict";
import { test } from "node:test";

import { ExpiredTokenError, InvalidSignatureError, JwkSet, UnknownKeyError, Verifier } from "verijot";
import { ED25519, mint, P256, RSA, SigningKey, TestClock, TestIssuer } from "verijot/testing";

const AUDIENCE = "https://api.example";
const POLICY = { issuer: "https://issuer.example", audience: AUDIENCE };

test("signs tokens with each fixed key, which a verifier accepts", async () => {
  for (const key of [ED25519, P256, RSA]) {
    const issuer = new TestIssuer({ audience: AUDIENCE, keys: [key] });
    const token = await new Verifier(POLICY).verify(await issuer.token({ sub: "alice" }), JwkSet.from(issuer.jwks));
    assert.equal(token.subject, "alice");
    assert.equal(token.keyId, key.keyId);
    assert.equal(token.algorithm, key.algorithm);
  }
});

test("signs with a new key of each algorithm", async () => {
  for (const algorithm of ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]) {
    const key = await SigningKey.generate(algorithm, "new");
    const issuer = new TestIssuer({ audience: AUDIENCE, keys: [key] });
    const verifier = new Verifier({ ...POLICY, algorithms: [algorithm] });
    await verifier.verify(await issuer.token(), JwkSet.from(issuer.jwks));
  }
});

test("publishes no private numbers", () => {
  const { jwks } = new TestIssuer({ keys: [ED25519, P256, RSA] });
  for (const jwk of jwks.keys) {
    for (const name of ["d", "p", "q", "dp", "dq", "qi"]) assert.equal(Object.hasOwn(jwk, name), false);
  }
});

test("gives the same key for a kid in every language", async () => {
  assert.deepEqual((await SigningKey.ed25519("ed25519")).jwk, ED25519.jwk);
});

test("refuses an algorithm that it cannot sign with", async () => {
  await assert.rejects(SigningKey.generate("HS256", "secret"), TypeError);
  assert.throws(() => SigningKey.from({ kty: "oct", k: "c2VjcmV0", kid: "secret", alg: "HS256" }), TypeError);
  assert.throws(() => SigningKey.from({ kty: "OKP", alg: "EdDSA" }), /no kid/);
});

test("rotates its keys", async () => {
  const issuer = new TestIssuer({ audience: AUDIENCE });
  const verifier = new Verifier(POLICY);
  const before = await issuer.token();
  const kept = await issuer.rotate(undefined, { keep: true });
  await verifier.verify(before, JwkSet.from(issuer.jwks));
  const token = await verifier.verify(await issuer.token(), JwkSet.from(issuer.jwks));
  assert.equal(token.keyId, kept.keyId);
  await issuer.rotate();
  await assert.rejects(verifier.verify(before, JwkSet.from(issuer.jwks)), UnknownKeyError);
});

test("follows a clock that the test moves", async () => {
  const clock = new TestClock();
  const issuer = new TestIssuer({ audience: AUDIENCE, clock });
  const verifier = new Verifier(POLICY);
  const raw = await issuer.token({}, { lifetime: 60 });
  await verifier.verify(raw, JwkSet.from(issuer.jwks), { now: clock.now() });
  clock.advance(91);
  await assert.rejects(verifier.verify(raw, JwkSet.from(issuer.jwks), { now: clock.now() }), ExpiredTokenError);
});

test("a clock moves both times, or the time of day alone", () => {
  const clock = new TestClock(1000);
  const start = clock.monotonic();
  clock.advance(2.5);
  clock.shift(-10);
  assert.equal(clock.now(), 992.5);
  assert.equal(clock.monotonic() - start, 2.5);
  assert.throws(() => clock.advance(-1), RangeError);
  assert.throws(() => clock.advance(NaN), RangeError);
});

test("leaves out claims that are undefined, and takes a payload as it is", async () => {
  const payload = (raw) => Buffer.from(raw.split(".")[1], "base64url").toString();
  const issuer = new TestIssuer({ audience: AUDIENCE });
  assert.deepEqual(Object.keys(JSON.parse(payload(await issuer.token({ exp: undefined, sub: null })))), [
    "iss",
    "aud",
    "iat",
    "sub",
  ]);
  assert.equal(payload(await issuer.token("no JSON")), "no JSON");
  const header = JSON.parse(
    Buffer.from((await issuer.token({}, { header: { typ: "at+jwt", kid: undefined } })).split(".")[0], "base64url"),
  );
  assert.deepEqual(header, { alg: "EdDSA", typ: "at+jwt" });
});

test("signs for others with another key of the same kid", async () => {
  const issuer = new TestIssuer({ audience: AUDIENCE });
  const forged = await issuer.token(
    {},
    { key: SigningKey.from({ ...(await privateNumbers()), kid: "ed25519", alg: "EdDSA" }) },
  );
  await assert.rejects(new Verifier(POLICY).verify(forged, JwkSet.from(issuer.jwks)), InvalidSignatureError);
});

test("says what it does not know", async () => {
  assert.throws(() => new TestIssuer({ audiences: [] }), /unknown option audiences/);
  await assert.rejects(mint({}, { key: ED25519, ttl: 3 }), /unknown option ttl/);
  await assert.rejects(new TestIssuer({ keys: [] }).token(), /no key/);
});

const JWKS = "/.well-known/jwks.json";

for (const [kind, start] of Object.entries({
  "its fetch": async (issuer) => ({ fetch: issuer.fetch, close: async () => {} }),
  "its server": async (issuer) => ({ fetch, ...(await issuer.serve()) }),
})) {
  test(`answers for its metadata and keys, by ${kind}`, async () => {
    const issuer = new TestIssuer({ audience: AUDIENCE });
    const server = await start(issuer);
    try {
      for (const path of ["openid-configuration", "oauth-authorization-server"]) {
        const metadata = await (await server.fetch(`${issuer.url}/.well-known/${path}`)).json();
        assert.deepEqual(metadata, { issuer: issuer.url, jwks_uri: issuer.jwksUrl });
      }
      issuer.headers["cache-control"] = "max-age=60";
      const response = await server.fetch(issuer.jwksUrl, { headers: { "X-Name": "a" } });
      assert.equal(response.headers.get("cache-control"), "max-age=60");
      assert.deepEqual(await response.json(), issuer.jwks);
      assert.equal((await server.fetch(`${issuer.url}/other`)).status, 404);
      assert.equal(issuer.fetches, 1);
      assert.equal(issuer.requests[2].path, JWKS);
      assert.equal(issuer.requests[2].headers["x-name"], "a");
      assert.equal(JSON.parse(Buffer.from((await issuer.token()).split(".")[1], "base64url")).iss, issuer.url);
    } finally {
      await server.close();
    }
  });

  test(`fails, is slow and hangs up as it is told, by ${kind}`, async () => {
    const issuer = new TestIssuer({ metadata: false });
    const server = await start(issuer);
    try {
      issuer.answers.set("*", { status: 503, body: "" });
      assert.equal((await server.fetch(issuer.jwksUrl)).status, 503);
      issuer.answers.clear();
      assert.equal((await server.fetch(`${issuer.url}/.well-known/openid-configuration`)).status, 404);
      for (const cutAfter of [0, 3]) {
        issuer.answers.set(JWKS, { cutAfter });
        await assert.rejects(server.fetch(issuer.jwksUrl).then((response) => response.text()));
      }
      issuer.answers.set(JWKS, { delay: 60 });
      await assert.rejects(server.fetch(issuer.jwksUrl, { signal: AbortSignal.timeout(30) }), { name: "TimeoutError" });
      await assert.rejects(server.fetch(issuer.jwksUrl, { signal: AbortSignal.abort() }), { name: "AbortError" });
      issuer.answers.set(JWKS, { delay: 0.02 });
      assert.deepEqual(await (await server.fetch(issuer.jwksUrl)).json(), issuer.jwks);
    } finally {
      await server.close();
    }
  });
}

test("a closed server refuses connections", async () => {
  const issuer = new TestIssuer();
  const server = await issuer.serve();
  await server.close();
  await assert.rejects(fetch(issuer.jwksUrl));
});

async function privateNumbers() {
  const { privateKey } = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  return crypto.subtle.exportKey("jwk", privateKey);
}

test("tokens are signed where a test runner stands in for a page without WebCrypto", async () => {
  const platform = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  Object.defineProperty(globalThis, "crypto", { configurable: true, value: {} });
  try {
    const issuer = new TestIssuer({ audience: "a" });
    const raw = await issuer.token({ sub: "alice" });
    const verifier = new Verifier({ issuer: issuer.url, audience: "a" });
    assert.equal((await verifier.verify(raw, JwkSet.from(issuer.jwks))).subject, "alice");
    assert.equal((await SigningKey.ed25519("k")).algorithm, "EdDSA");
    assert.equal((await SigningKey.generate("ES256", "k")).algorithm, "ES256");
  } finally {
    Object.defineProperty(globalThis, "crypto", platform);
  }
});

test("serves where a test runner stands in for a page whose timers are numbers", async () => {
  const { setTimeout: platform } = globalThis;
  globalThis.setTimeout = (work, milliseconds) => Number(platform(work, milliseconds));
  try {
    const server = await new TestIssuer({ audience: "a" }).serve();
    assert.equal((await fetch(`${server.url}/.well-known/openid-configuration`)).status, 200);
    await server.close();
  } finally {
    globalThis.setTimeout = platform;
  }
});
