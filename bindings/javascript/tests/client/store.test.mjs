import assert from "node:assert/strict";
import { test } from "node:test";
import { JwksClient } from "verijot";
import { until } from "../support/until.mjs";
import { fetching, jwks, KEYS_URL, POLICY, signer } from "./issuing.mjs";

const one = signer("one");
const two = signer("two");

function mapStore() {
  const texts = new Map();
  const calls = [];
  return {
    texts,
    calls,
    async get(key) {
      calls.push("get");
      return texts.get(key)?.text;
    },
    async put(key, text, seconds) {
      calls.push("put");
      texts.set(key, { text, seconds });
    },
  };
}

test("what one isolate fetches, the next takes from the store without waiting for the issuer", async () => {
  const store = mapStore();
  const first = fetching(() => jwks(one));
  await JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch: first.fetch, store }).verify(one.token());
  await until(() => store.calls.length === 2);
  assert.deepEqual(store.calls, ["get", "put"]);
  const [[key, { text, seconds }]] = store.texts;
  assert.match(key, /^verijot:[0-9a-f]{64}$/);
  assert.deepEqual(Object.keys(JSON.parse(text)).sort(), ["fetchedAt", "jwks", "sha256"]);
  assert.ok(Number.isInteger(seconds) && seconds > 600 && seconds <= 86_400 + 600, String(seconds));
  const never = fetching(() => new Promise(() => undefined));
  const second = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch: never.fetch, store, fetchTimeout: 60 });
  await Promise.all(Array.from({ length: 100 }, () => second.verify(one.token())));
  assert.equal(never.requests.length, 1);
  assert.equal(second.health().isFetching, true);
  assert.equal(store.calls.filter((call) => call === "get").length, 2);
  second.close();
});

test("sources that differ in anything share no keys", async () => {
  const store = mapStore();
  const metadata = (issuer) => Response.json({ issuer, jwks_uri: `${issuer}/jwks` });
  const opened = (make, url, signers, more = {}) => {
    const answered = (asked) => (String(asked).includes("/.well-known/") ? metadata(url) : jwks(...signers));
    return make(url, { audience: POLICY.audience, ...more, store, fetch: fetching(answered).fetch });
  };
  const fromUrl = (url, options) => JwksClient.fromUrl(url, { issuer: POLICY.issuer, ...options });
  const tenant = "https://idp.example/jwks?tenant=";
  const issuer = POLICY.issuer;
  const sources = [
    () => opened(fromUrl, `${tenant}a`, [one]),
    () => opened(fromUrl, `${tenant}b`, [two]),
    () => opened(fromUrl, `${tenant}b`, [two], { allowedHosts: ["idp.example"] }),
    () => opened(fromUrl, issuer, [two]),
    () => opened(JwksClient.fromIssuer, issuer, [two]),
    () => opened(JwksClient.fromIssuer, issuer, [two], { discoveryOnly: true }),
  ];
  await sources[0]().verify(one.token());
  await until(() => store.texts.size === 1);
  for (const [index, open] of sources.entries()) {
    if (index === 0) continue;
    const client = open();
    await assert.rejects(client.verify(one.token()), { code: "unknown_key" }, `source ${index}`);
    await client.verify(two.token());
    await until(() => store.texts.size === index + 1, `the keys of source ${index}`);
  }
  for (const key of store.texts.keys()) assert.doesNotMatch(key, /tenant|example/);
});

test("a clock that fails at any reading leaves no rejection unhandled", async () => {
  for (let last = 0, isOver = false; !isOver; last += 1) {
    let readings = 0;
    const now = () => {
      if ((readings += 1) > last) throw new Error("no time");
      return 1_800_000_000;
    };
    const clock = { monotonic: () => 1, now };
    const options = { ...POLICY, store: mapStore(), fetch: fetching(() => jwks(one)).fetch, fetchTimeout: 0.05 };
    const made = () => JwksClient.fromUrl(KEYS_URL, { ...options, clock });
    await (async () => made().verify(one.token()))().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
    isOver = readings < last;
    assert.ok(last < 100);
  }
});

test("a store that hangs costs a part of the fetch's time, one that fails costs nothing", async () => {
  for (const broken of [
    () => new Promise(() => undefined),
    () => Promise.reject(new Error("down")),
    () => {
      throw new Error("down");
    },
    () => ({ then: undefined }),
    async () => "no JSON",
    async () => "null",
    async () => '{"jwks":"{}"}',
    async () => JSON.stringify({ jwks: JSON.stringify({ keys: [two.jwk] }), fetchedAt: 1, sha256: "0".repeat(64) }),
    async () => JSON.stringify({ jwks: JSON.stringify({ keys: [two.jwk] }), more: 1 }),
    async () => 5,
  ]) {
    const { fetch } = fetching(() => jwks(one));
    const client = JwksClient.fromUrl(KEYS_URL, {
      ...POLICY,
      fetch,
      fetchTimeout: 5,
      store: { get: broken, put: broken },
    });
    assert.equal((await client.verify(one.token())).subject, "somebody");
    await assert.rejects(client.verify(two.token()), { code: "unknown_key" });
  }
});

test("keys in the store that are too old are not used", async () => {
  const store = mapStore();
  const { fetch } = fetching(() => jwks(one));
  await JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, store }).verify(one.token());
  await until(() => store.texts.size > 0);
  for (const kept of store.texts.values()) {
    kept.text = JSON.stringify({ ...JSON.parse(kept.text), fetchedAt: Date.now() / 1000 - 200_000 });
  }
  const down = fetching(() => Promise.reject(new Error("down")));
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch: down.fetch, store });
  await assert.rejects(client.verify(one.token()), { code: "keys_unavailable" });
});
