import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { JwksClient } from "verijot";
import { fetching, jwks, KEYS_URL, pause, POLICY, signer } from "./issuing.mjs";

const one = signer("one");
const body = JSON.stringify({ keys: [one.jwk] });

/** For answers that never come. */
const SHORT = { fetchTimeout: 0.2 };
/** For answers that come: a slow machine is no reason to give up. */
const LONG = { fetchTimeout: 60 };

/** Verifies with a fetch that fails; gives what health says of the fetch. */
async function failureOf(fetch, options = LONG) {
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, ...options });
  await assert.rejects(client.verify(one.token()), (error) => {
    assert.equal(error.code, "keys_unavailable", error.stack);
    assert.equal(error.httpStatus, 503);
    return true;
  });
  return client.health().lastFailure;
}

test("a fetch that never answers ends with its time, and its signal is aborted", async () => {
  let signal;
  const failure = await failureOf((_, init) => {
    ({ signal } = init);
    return new Promise(() => undefined);
  }, SHORT);
  assert.match(failure, /timed_out|no_answer: TimeoutError/);
  assert.equal(signal.aborted, true);
});

test("a fetch that throws at once counts as no answer", async () => {
  const failure = await failureOf(() => {
    throw new Error("broken");
  });
  assert.match(failure, /no_answer: Error: broken/);
});

test("a fetch that throws what cannot be described counts as no answer", async () => {
  const failure = await failureOf(() => {
    throw { [Symbol.toPrimitive]: () => undefined.x };
  });
  assert.match(failure, /no_answer/);
});

for (const [what, answer] of Object.entries({
  nothing: () => undefined,
  "a number": () => 5,
  "no headers": () => ({ status: 200, body: null }),
  "a body that is no stream": () => ({ status: 200, headers: new Headers(), body: "text" }),
  "a body of strings": () => ({
    status: 200,
    headers: new Headers(),
    body: new ReadableStream({
      start(controller) {
        controller.enqueue(body);
        controller.close();
      },
    }),
  }),
  "a body that fails": () =>
    new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("cut off")) })),
  "a body that hangs": () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })),
  "a redirect": () => new Response(null, { status: 302, headers: { location: KEYS_URL } }),
  "an error response": () => Response.error(),
  "an answer after a redirect": () => Object.defineProperty(jwks(one), "redirected", { value: true }),
  "an opaque redirect": () => Object.defineProperty(jwks(one), "type", { value: "opaqueredirect" }),
  "a compressed answer": () => new Response(body, { headers: { "content-encoding": "br" } }),
  "getters that throw": () => ({
    get status() {
      throw new Error("no status");
    },
  }),
})) {
  test(`an answer that is ${what} is none`, async () => {
    await failureOf(async () => answer(), what === "a body that hangs" ? SHORT : LONG);
  });
}

for (const status of [
  NaN,
  0,
  -1,
  -56,
  200.5,
  65_736,
  2 ** 32 + 200,
  "200",
  null,
  undefined,
  {},
  199,
  201,
  206,
  304,
  404,
  500,
]) {
  test(`an answer with status ${String(status)} brings no keys`, async () => {
    const response = jwks(one);
    await failureOf(async () => Object.defineProperty(response, "status", { value: status }));
  });
}

test("of a body of 10 MB no more is read than shows that it is too long", async () => {
  let sent = 0;
  let isCancelled = false;
  const big = () =>
    new ReadableStream({
      pull(controller) {
        sent += 65_536;
        if (sent > 10_000_000) controller.close();
        else controller.enqueue(new Uint8Array(65_536).fill(32));
      },
      cancel() {
        isCancelled = true;
      },
    });
  const failure = await failureOf(async () => new Response(big()));
  assert.match(failure, /262144/);
  assert.ok(sent < 262_144 + 3 * 65_536, String(sent));
  assert.equal(isCancelled, true);
});

test("a chunk of 10 MB is cut off", async () => {
  assert.match(await failureOf(async () => new Response(new Uint8Array(10_000_000).fill(32))), /262144/);
});

test("the policy says how large a set may be, and whether it may hold secrets", async () => {
  const secret = { keys: [{ kty: "oct", k: Buffer.alloc(32).toString("base64url"), kid: "s", alg: "HS256" }, one.jwk] };
  const { fetch } = fetching(() => Response.json(secret));
  await failureOf(fetch, { ...LONG, maxJwksOctets: 10 });
  await failureOf(fetch, { ...LONG, maxJwksKeys: 1 });
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch });
  await client.ready();
  assert.equal(client.health().usableKeys, 1);
  const trusting = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, symmetricKeys: true });
  await trusting.ready();
  assert.equal(trusting.health().usableKeys, 2);
});

test("requests have no credentials, follow no redirect and ask for the plain set", async () => {
  const { fetch, requests } = fetching(() => jwks(one));
  await JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch }).verify(one.token());
  const { redirect, credentials, method, headers } = requests[0].init;
  assert.deepEqual([redirect, credentials, method], ["manual", "omit", "GET"]);
  assert.match(headers.accept ?? headers.Accept, /application\/jwk-set\+json/);
});

test("the platform's fetch refuses redirects, compression and answers that are cut off", async (t) => {
  const answers = {
    "/redirect": (response) => response.writeHead(302, { location: "/keys" }).end(),
    "/gzip": (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(body)),
    "/half": (response) => {
      response.writeHead(200, { "content-length": body.length });
      response.write(body.slice(0, 10), () => response.destroy());
    },
    "/silence": () => undefined,
    "/keys": (response) => response.end(body),
  };
  const server = createServer((request, response) => answers[request.url](response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  for (const path of Object.keys(answers)) {
    const client = JwksClient.fromUrl(origin + path, { ...POLICY, ...(path === "/silence" ? SHORT : LONG) });
    const verified = client.verify(one.token());
    if (path === "/keys") assert.equal((await verified).subject, "somebody");
    else await assert.rejects(verified, { code: "keys_unavailable" }, path);
  }
});

test("closing ends the fetch under way, and nothing is fetched any more", async () => {
  const { fetch, requests } = fetching(() => new Promise(() => undefined));
  const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch });
  const waiting = [client.verify(one.token()), client.verify(one.token())];
  await pause(5);
  client.close();
  for (const ended of await Promise.allSettled(waiting)) assert.equal(ended.reason?.code, "keys_unavailable");
  await assert.rejects(client.verify(one.token()), { code: "keys_unavailable" });
  assert.equal(requests.length, 1);
});

test("a clock that stands still ends no call in a wait without end", async () => {
  const clock = { monotonic: () => 5, now: () => 1_800_000_000 };
  const client = JwksClient.fromUrl(KEYS_URL, {
    ...POLICY,
    fetch: () => new Promise(() => undefined),
    ...SHORT,
    clock,
  });
  const ended = await Promise.allSettled([client.verify(one.token()), client.verify(one.token())]);
  for (const { reason } of ended) assert.equal(reason?.code, "keys_unavailable");
});

test("a clock that fails is the caller's error", async () => {
  const { fetch } = fetching(() => jwks(one));
  for (const clock of [
    { monotonic: () => NaN, now: () => 0 },
    { monotonic: () => 1, now: () => undefined },
    { monotonic: () => 1, now: () => new Date(NaN) },
  ]) {
    await assert.rejects(JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, clock }).verify(one.token()), RangeError);
  }
  let isBroken = false;
  const monotonic = () => (isBroken ? NaN : 1);
  const breaking = fetching(() => {
    isBroken = true;
    return jwks(one);
  });
  const client = JwksClient.fromUrl(KEYS_URL, {
    ...POLICY,
    fetch: breaking.fetch,
    clock: { monotonic, now: () => 1_800_000_000 },
  });
  await assert.rejects(client.verify(one.token()), RangeError);
});
