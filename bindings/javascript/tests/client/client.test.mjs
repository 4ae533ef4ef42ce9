import assert from "node:assert/strict";
import { test } from "node:test";
import { JwksClient, JwkSet, KeysUnavailableError, MultiIssuerClient, UnknownKeyError } from "verijot";
import { until } from "../support/until.mjs";
import { AUDIENCE, fetching, ISSUER, jwks, KEYS_URL, POLICY, signer, TestClock } from "./issuing.mjs";

const one = signer("one");
const two = signer("two");
const set = () => JwkSet.from({ keys: [one.jwk] });
const serving = () => fetching(() => jwks(one));

test("verifies without waiting once there are keys, and starts the fetch of the first", async () => {
  const { fetch, requests } = serving();
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch });
  assert.throws(() => client.verifySync(one.token()), KeysUnavailableError);
  assert.throws(() => client.verifySync(one.token()), KeysUnavailableError);
  await client.ready();
  assert.equal(client.verifySync(one.token()).subject, "somebody");
  assert.throws(() => client.verifySync(`${one.token().slice(0, -4)}AAAA`), { code: "invalid_signature" });
  assert.throws(() => client.verifySync("no token"), { code: "malformed_token" });
  assert.equal(requests.length, 1);
});

test("a token that is none causes no fetch", async () => {
  const { fetch, requests } = serving();
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch });
  for (const token of [
    "",
    "a",
    "a.b.c",
    "\ud800.\0.c",
    "x".repeat(10_000_000),
    new Uint8Array(0),
    new Uint8Array(10_000_000),
  ]) {
    await assert.rejects(client.verify(token), { httpStatus: 401 });
    assert.throws(() => client.verifySync(token), { httpStatus: 401 });
  }
  await assert.rejects(client.verify(undefined), TypeError);
  await assert.rejects(client.verify({ toString: () => one.token() }), TypeError);
  assert.equal(requests.length, 0);
});

test("admits after a check, and asks about revocation last", async () => {
  const order = [];
  const revoked = async () => {
    order.push("revoked");
    return false;
  };
  const client = JwksClient.fromKeys(set(), { ...POLICY, revoked });
  const token = await client.admit(one.token(), () => order.push("check"));
  assert.equal(token.subject, "somebody");
  assert.deepEqual(order, ["check", "revoked"]);
  const refusing = client.admit(one.token(), () => {
    throw new RangeError("not enough");
  });
  await assert.rejects(refusing, RangeError);
  assert.deepEqual(order, ["check", "revoked"]);
});

test("revocation and schemas apply to every way of verifying", async () => {
  const client = JwksClient.fromKeys(set(), { ...POLICY, revoked: () => true });
  await assert.rejects(client.verify(one.token()), { code: "revoked" });
  await assert.rejects(client.admit(one.token()), { code: "revoked" });
  assert.throws(() => client.verifySync(one.token()), { code: "revoked" });
  const schema = { "~standard": { version: 1, vendor: "test", validate: ({ sub }) => ({ value: { who: sub } }) } };
  const plain = JwksClient.fromKeys(set(), POLICY);
  assert.deepEqual((await plain.verify(one.token(), { schema })).claims, { who: "somebody" });
  assert.deepEqual(plain.verifySync(one.token(), { schema }).claims, { who: "somebody" });
});

test("the clock's time or the caller's decides", async () => {
  const clock = new TestClock();
  const client = JwksClient.fromKeys(set(), { ...POLICY, clock });
  const token = one.token({ exp: 1_800_000_100 });
  assert.equal((await client.verify(token)).subject, "somebody");
  clock.elapsed = 200;
  await assert.rejects(client.verify(token), { code: "expired" });
  assert.equal((await client.verify(token, { now: 1_800_000_000 })).subject, "somebody");
  assert.equal(client.verifySync(token, { now: new Date(1_800_000_000_000) }).subject, "somebody");
});

test("keys that were given are never fetched, and say so", async () => {
  const client = JwksClient.fromKeys(set(), POLICY);
  await client.ready();
  await client.refreshNow();
  client.purge("one");
  client.seed({ jwks: '{"keys":[]}' });
  client.close();
  assert.equal(client.restore("one"), false);
  assert.equal(client.export(), undefined);
  assert.equal((await client.verify(one.token())).subject, "somebody");
  const { usableKeys, isFresh, isFetching, fetches, skipped } = client.health();
  assert.deepEqual(skipped, []);
  assert.deepEqual([usableKeys, isFresh, isFetching, fetches.due], [1, true, false, 0]);
  await assert.rejects(client.verify(two.token()), UnknownKeyError);
});

test("explains with the keys that verify uses, and fetches them", async () => {
  const { fetch, requests } = serving();
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch });
  assert.equal((await client.explain("no token")).error.code, "malformed_token");
  assert.equal(requests.length, 0);
  const good = await client.explain(one.token());
  assert.equal(good.error, undefined);
  assert.equal(requests.length, 1);
  assert.equal((await client.explain(two.token())).error.code, "unknown_key");
  const late = await client.explain(one.token({ exp: 1 }));
  assert.equal(late.error.code, "expired");
  const down = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch: () => Promise.reject(new Error("down")) });
  await assert.rejects(down.explain(one.token()), KeysUnavailableError);
});

test("a withdrawn key is refused until it is restored", async () => {
  const { fetch, requests } = serving();
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, tokenCache: 10 });
  const token = one.token();
  await client.verify(token);
  await client.verify(token);
  client.purge("one");
  await assert.rejects(client.verify(token), UnknownKeyError);
  assert.deepEqual(client.health().purged, ["one"]);
  assert.equal(client.restore("one"), true);
  assert.equal(client.restore("one"), false);
  await client.refreshNow().catch(() => undefined);
  assert.ok(requests.length >= 1);
});

test("several issuers, each with keys of its own", async () => {
  const other = "https://other.example";
  const clients = [
    JwksClient.fromKeys(set(), POLICY),
    JwksClient.fromKeys(JwkSet.from({ keys: [two.jwk] }), { issuer: other, audience: AUDIENCE, revoked: () => true }),
  ];
  const client = new MultiIssuerClient(...clients);
  assert.deepEqual(client.clients, clients);
  await client.ready();
  assert.equal((await client.verify(one.token())).issuer, ISSUER);
  assert.equal(client.verifySync(one.token()).issuer, ISSUER);
  assert.equal((await client.explain(two.token({ iss: other }))).error, undefined);
  await assert.rejects(client.admit(two.token({ iss: other })), { code: "revoked" });
  await assert.rejects(client.verify(one.token({ iss: other })), UnknownKeyError);
  await assert.rejects(client.verify(one.token({ iss: "https://third.example" })), { code: "wrong_issuer" });
  await assert.rejects(client.verify("x".repeat(1_000_000)), { code: "token_too_large" });
  assert.throws(() => new MultiIssuerClient(), { code: "invalid_policy" });
  assert.throws(() => new MultiIssuerClient(clients[0], clients[0]), { code: "invalid_policy" });
  assert.throws(() => new MultiIssuerClient({}), TypeError);
  client.close();
});

test("of tokens that are verified at once each is remembered with its own dates", async () => {
  const { fetch } = serving();
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, tokenCache: 1000, leeway: 0 });
  await client.ready();
  const now = Math.floor(Date.now() / 1000);
  const tokens = Array.from({ length: 300 }, (_, index) => one.token({ exp: now + 100 + index, jti: String(index) }));
  await Promise.all(tokens.map((token) => client.verify(token)));
  for (const [index, token] of tokens.entries()) {
    assert.equal((await client.verify(token, { now: now + 99 + index })).id, String(index));
    await assert.rejects(client.verify(token, { now: now + 100 + index }), { code: "expired" });
  }
});

test("exports keys, and takes them over elsewhere", async () => {
  const { fetch } = serving();
  const clock = new TestClock();
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, clock });
  assert.equal(client.export(), undefined);
  await client.ready();
  const snapshot = JSON.parse(JSON.stringify(client.export()));
  assert.equal(snapshot.fetchedAt, clock.now());
  const down = fetching(() => Promise.reject(new Error("down")));
  const other = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch: down.fetch, seed: snapshot, clock });
  assert.equal(other.verifySync(one.token()).subject, "somebody");
  assert.equal((await other.verify(one.token())).subject, "somebody");
  assert.equal(other.health().isSeed, true);
  await until(() => down.requests.length > 0);
  assert.equal(down.requests.length, 1);
});

test("refuses a seed that cannot be used", () => {
  const jwks = JSON.stringify({ keys: [one.jwk] });
  for (const seed of [{ jwks: "" }, { jwks, sha256: "0".repeat(64) }, { jwks: { keys: [] } }, { jwks: undefined }]) {
    assert.throws(
      () => JwksClient.fromUrl(KEYS_URL, { ...POLICY, seed }),
      { code: "malformed_jwks" },
      JSON.stringify(seed),
    );
  }
  assert.throws(() => JwksClient.fromUrl(KEYS_URL, { ...POLICY, seed: { jwks, fetchedAt: NaN } }), RangeError);
  assert.throws(() => JwksClient.fromUrl(KEYS_URL, { ...POLICY, seed: { jwks, when: 1 } }), TypeError);
});

test("a seed is not aged by a clock that stands at zero outside of requests", async () => {
  const clock = { time: 0, monotonic: () => clock.time, now: () => clock.time };
  const { fetch, requests } = serving();
  const fetchedAt = 1_800_000_000;
  const client = JwksClient.fromUrl(KEYS_URL, {
    ...POLICY,
    fetch,
    clock,
    seed: { jwks: { keys: [one.jwk] }, fetchedAt },
  });
  clock.time = fetchedAt + 60;
  assert.equal(client.verifySync(one.token({ exp: 1_900_000_000 })).subject, "somebody");
  assert.ok(Math.abs(client.health().age - 60) < 1 || requests.length === 1);
});

test("refreshes on demand, and refuses to at once again", async () => {
  let served = [one];
  const clock = new TestClock();
  const { fetch, requests } = fetching(() => jwks(...served));
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, clock });
  await client.ready();
  served = [two];
  clock.elapsed += 0.1;
  await assert.rejects(client.refreshNow(), KeysUnavailableError);
  clock.elapsed += 1.1;
  await client.refreshNow();
  assert.equal(requests.length, 2);
  assert.equal((await client.verify(two.token())).subject, "somebody");
  await assert.rejects(client.verify(one.token()));
});
