import assert from "node:assert/strict";
import { test } from "node:test";
import { JwksClient } from "verijot";
import { fetching, jwks, KEYS_URL, pause, POLICY, signer, TestClock } from "./issuing.mjs";

const one = signer("one");
const two = signer("two");

test("1,000 concurrent verifications cause one fetch", async () => {
  const { fetch, requests } = fetching(async () => {
    await pause(100);
    return jwks(one);
  });
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, fetchTimeout: 60 });
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => client.verify(one.token())));
  assert.equal(tokens.length, 1000);
  assert.equal(requests.length, 1);
});

test("1,000 concurrent verifications cause one fetch although the first caller has left", async () => {
  const { fetch, requests } = fetching(async () => {
    await pause(100);
    return jwks(one);
  });
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, fetchTimeout: 60 });
  const left = Promise.race([client.verify(one.token()), Promise.reject(new Error("the caller has left"))]);
  await assert.rejects(left, /has left/);
  await Promise.all(Array.from({ length: 999 }, () => client.verify(one.token())));
  assert.equal(requests.length, 1);
});

test("a fetch that vanishes with its request is repeated by one other, once its time is over", async () => {
  const clock = new TestClock();
  const start = performance.now();
  clock.monotonic = () => (performance.now() - start) / 1000;
  clock.now = () => 1_800_000_000 + clock.monotonic();
  let count = 0;
  const fetch = () => {
    count += 1;
    // What an edge platform does to the fetch of a request that has ended: nothing of it ever runs again.
    return count === 1 ? new Vanished() : Promise.resolve(jwks(one));
  };
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, fetchTimeout: 1.5, shortestRest: 0.1, clock });
  await withoutTimers(() => void client.verify(one.token()));
  const others = Array.from({ length: 200 }, () => client.verify(one.token()));
  const ended = await Promise.allSettled(others);
  // By the core's rules those who waited for it are refused or accepted, but none waits on.
  for (const { status, reason } of ended)
    assert.ok(status === "fulfilled" || reason.code === "keys_unavailable", reason);
  await pause(200);
  assert.equal((await client.verify(one.token())).subject, "somebody");
  assert.equal(count, 2);
});

test("an unknown kid of 500 concurrent tokens causes one fetch", async () => {
  let served = [one];
  const clock = new TestClock();
  const { fetch, requests } = fetching(() => jwks(...served));
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, clock });
  await client.verify(one.token());
  served = [one, two];
  clock.elapsed += 60;
  await Promise.all(Array.from({ length: 500 }, () => client.verify(two.token())));
  assert.equal(requests.length, 2);
});

test("keys that are due are fetched in the background, under waitUntil", async () => {
  const clock = new TestClock();
  const kept = [];
  let release;
  let answer = async () => jwks(one);
  const { fetch, requests } = fetching(() => answer());
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, clock, waitUntil: (work) => kept.push(work) });
  await client.verify(one.token());
  assert.equal(kept.length, 1);
  answer = () => new Promise((resolve) => (release = () => resolve(jwks(one, two))));
  clock.elapsed += 550;
  await client.verify(one.token());
  await client.verify(one.token());
  assert.equal(requests.length, 2);
  assert.equal(kept.length, 2);
  assert.equal(client.health().isFetching, true);
  release();
  await Promise.all(kept);
  assert.equal(client.health().usableKeys, 2);
});

test("a waitUntil that throws changes nothing", async () => {
  const { fetch } = fetching(() => jwks(one));
  const waitUntil = () => {
    throw new Error("outside of a request");
  };
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, waitUntil });
  assert.equal((await client.verify(one.token())).subject, "somebody");
});

/** A promise that is never settled. */
class Vanished {
  then() {}
}

/** Starts something without timers: those that it sets never fire. */
async function withoutTimers(act) {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = () => undefined;
  try {
    act();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}
