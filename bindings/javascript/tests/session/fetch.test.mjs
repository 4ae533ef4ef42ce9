// TokenSession.fetch: where tokens go, what is sent twice, what a token endpoint may do wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AccessTokenError,
  RefreshUnavailableError,
  SignInNeededError,
  StorageNeededError,
  UnsafeUrlError,
} from "verijot";
import { memoryKeeper, RefreshFailedError, refreshWith, TokenSession } from "verijot/session";
import { until } from "../support/until.mjs";
import { Clock, codeOf, Issuer } from "./issuer.mjs";

async function signedIn(test, options = {}) {
  const issuer = await Issuer.start(test);
  const clock = new Clock();
  const events = [];
  const session = new TokenSession({
    refresh: issuer.refresh(),
    clock,
    onEvent: (event) => events.push(event),
    ...options,
  });
  await session.signIn(issuer.signIn());
  return { issuer, clock, session, events };
}

test("without a sign-in there is no token", async () => {
  const session = new TokenSession({ refresh: () => assert.fail() });
  await assert.rejects(session.accessToken(), SignInNeededError);
  await assert.rejects(
    session.fetch("https://api.example/"),
    (error) => error instanceof AccessTokenError && error.code === "sign_in_needed",
  );
});

test("adds the token to the caller's headers", async (t) => {
  const { issuer, session } = await signedIn(t);
  const response = await session.fetch(`${issuer.origin}/api`, {
    headers: { "x-other": "1", authorization: "Basic eA==" },
  });
  assert.equal(response.status, 200);
  const { headers } = issuer.seen()[0];
  assert.equal(headers.authorization, "Bearer A1");
  assert.equal(headers["x-other"], "1");
});

test("sends no token over plain http to another machine, nor to other origins", async (t) => {
  const { issuer, session } = await signedIn(t, { fetch: () => assert.fail("was sent") });
  for (const url of [
    "http://api.example/",
    "http://127.0.0.1.example/",
    "ftp://api.example/",
    "data:,x",
    "http://192.168.0.1/",
  ]) {
    await assert.rejects(session.fetch(url), UnsafeUrlError, url);
  }
  const picky = new TokenSession({
    refresh: issuer.refresh(),
    allowedOrigins: ["https://api.example/path"],
    fetch: async () => new Response(),
  });
  await picky.signIn(issuer.signIn());
  assert.equal((await picky.fetch("https://api.example/x")).status, 200);
  assert.equal((await picky.fetch(new URL("https://API.example:443/x"))).status, 200);
  for (const url of ["https://api.example.evil.example/", "https://api.example:8443/", "https://evil.example/"]) {
    await assert.rejects(picky.fetch(url), UnsafeUrlError, url);
  }
});

test("a redirect to the same origin keeps the token, one to another loses it for good", async (t) => {
  const { issuer, session } = await signedIn(t);
  const other = await Issuer.start(t);
  issuer.routes["/near"] = { status: 302, headers: { Location: "/api" } };
  issuer.routes["/far"] = { status: 307, headers: { Location: `${other.origin}/api` } };
  issuer.routes["/there-and-back"] = { status: 302, headers: { Location: `${other.origin}/back` } };
  other.routes["/back"] = { status: 302, headers: { Location: `${issuer.origin}/api` } };

  assert.equal((await session.fetch(`${issuer.origin}/near`)).status, 200);
  assert.equal((await session.fetch(`${issuer.origin}/far`)).status, 401);
  assert.equal(other.seen()[0].headers.authorization, undefined);
  assert.equal((await session.fetch(`${issuer.origin}/there-and-back`)).status, 401);
  assert.equal(issuer.seen().at(-1).headers.authorization, undefined);
  // A 401 of another origin says nothing about the token.
  assert.equal(issuer.refreshes, 0);
});

test("redirects change the method and the body as fetch does", async (t) => {
  const { issuer, session } = await signedIn(t);
  for (const [status, method, expected, body] of [
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [303, "HEAD", "HEAD", ""],
    [307, "POST", "POST", "text"],
    [308, "PUT", "PUT", "text"],
    [302, "PUT", "PUT", "text"],
  ]) {
    issuer.routes["/from"] = { status, headers: { Location: "/api" } };
    await session.fetch(`${issuer.origin}/from`, { method, body: method === "HEAD" ? undefined : "text" });
    const seen = issuer.seen().at(-1);
    assert.deepEqual([seen.method, seen.body], [expected, body], `${status} ${method}`);
    assert.equal(seen.headers["content-type"] === undefined, body === "");
  }
  issuer.routes["/loop"] = { status: 302, headers: { Location: "/loop" } };
  await assert.rejects(session.fetch(`${issuer.origin}/loop`), TypeError);
  assert.equal(issuer.seen("/loop").length, 21);
  issuer.routes["/file"] = { status: 302, headers: { Location: "file:///etc/passwd" } };
  await assert.rejects(session.fetch(`${issuer.origin}/file`), TypeError);
  assert.equal((await session.fetch(`${issuer.origin}/loop`, { redirect: "manual" })).status, 302);
  await assert.rejects(session.fetch(`${issuer.origin}/loop`, { redirect: "error" }), TypeError);
});

test("bodies that can be sent twice are, streams are not", async (t) => {
  const octets = new TextEncoder().encode("text");
  const form = new URLSearchParams({ a: "b" });
  for (const [body, expected] of [
    ["text", "text"],
    [octets, "text"],
    [octets.buffer, "text"],
    [new Blob(["text"]), "text"],
    [form, "a=b"],
  ]) {
    const { issuer, session } = await signedIn(t);
    issuer.revoke("A1");
    const response = await session.fetch(`${issuer.origin}/api`, { method: "POST", body });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), expected);
    assert.deepEqual(
      issuer.seen().map((each) => each.headers.authorization),
      ["Bearer A1", "Bearer A2"],
    );
  }
  const stream = () => new Blob(["text"]).stream();
  async function* iterable() {
    yield octets;
  }
  for (const make of [
    (url) => [url, { method: "POST", body: stream(), duplex: "half" }],
    (url) => [url, { method: "POST", body: iterable(), duplex: "half" }],
    (url) => [new Request(url, { method: "POST", body: "text" })],
  ]) {
    const { issuer, session } = await signedIn(t);
    issuer.revoke("A1");
    assert.equal((await session.fetch(...make(`${issuer.origin}/api`))).status, 401);
    assert.equal(issuer.seen().length, 1);
    assert.equal(issuer.refreshes, 0);
  }
  const { issuer, session } = await signedIn(t);
  issuer.revoke("A1");
  assert.equal((await session.fetch(new Request(`${issuer.origin}/api`))).status, 200);
  assert.equal((await session.fetch(new Request(`${issuer.origin}/api`), { method: "POST", body: "x" })).status, 200);
});

test("each option of a request is read once", async (t) => {
  const { issuer, session } = await signedIn(t);
  issuer.revoke("A1");
  let reads = 0;
  const init = {
    method: "POST",
    get body() {
      reads += 1;
      return `body ${reads}`;
    },
  };
  assert.equal(await (await session.fetch(`${issuer.origin}/api`, init)).text(), "body 1");
  assert.equal(reads, 1);
});

test("a caller that gives up does not end the refresh", async (t) => {
  const { issuer, clock, session } = await signedIn(t);
  clock.seconds += 3600;
  issuer.isHolding = true;
  const controller = new AbortController();
  const given = session.fetch(`${issuer.origin}/api`, { signal: controller.signal });
  await issuer.holds(1);
  controller.abort();
  assert.equal(await codeOf(given), 20);
  issuer.release();
  assert.equal(await session.accessToken(), "A2");
  assert.equal(await codeOf(session.accessToken({ signal: AbortSignal.abort() })), "none");
  assert.equal(issuer.refreshes, 1);
});

test("a failed refresh is tolerated while the token is valid", async (t) => {
  const { issuer, clock, session, events } = await signedIn(t);
  issuer.answer = { status: 503 };
  clock.seconds += 3550;
  assert.equal(await session.accessToken(), "A1");
  await until(() => events.length > 0);
  assert.deepEqual(
    events.map(({ kind, failure }) => [kind, failure]),
    [["refresh_failed", "unexpected_status: 503"]],
  );
  assert.equal(await session.accessToken(), "A1");
  clock.seconds += 50;
  await assert.rejects(
    session.accessToken(),
    (error) =>
      error instanceof RefreshUnavailableError &&
      error.retryAfter > 0 &&
      /unexpected_status: 503; retry in \d+ s$/.test(error.message),
  );
  issuer.answer = undefined;
  clock.seconds += 60;
  assert.equal(await session.accessToken(), "A2");
});

test("a token endpoint that lies gives an error, and the session lives on", async (t) => {
  const answer = (body, status = 200) => ({ status, body });
  const lies = {
    "no JSON": answer("<html>"),
    "a list": answer("[]"),
    "no token": answer("{}"),
    "a token of another type": answer('{"access_token":"A","token_type":"DPoP"}'),
    "a token that is a number": answer('{"access_token":1,"token_type":"Bearer"}'),
    "a token with a line break": answer('{"access_token":"A\\r\\nX: y","token_type":"Bearer"}'),
    "a token with a lone surrogate": answer('{"access_token":"A\\ud800","token_type":"Bearer"}'),
    "a refresh token with a lone surrogate": answer(
      '{"access_token":"A","token_type":"Bearer","refresh_token":"\\udfff"}',
    ),
    "an empty refresh token": answer('{"access_token":"A","token_type":"Bearer","refresh_token":""}'),
    "a negative lifetime": answer('{"access_token":"A","token_type":"Bearer","expires_in":-1}'),
    "a lifetime that is text": answer('{"access_token":"A","token_type":"Bearer","expires_in":"1h"}'),
    "a member twice": answer('{"access_token":"A","access_token":"B","token_type":"Bearer"}'),
    "a date as lifetime": answer('{"access_token":"A","token_type":"Bearer","expires_in":1800003600}'),
    "octets that are no UTF-8": answer(Buffer.from('{"access_token":"A","token_type":"Bearer","x":"\xff"}', "latin1")),
    "a byte order mark": answer('\ufeff{"access_token":"A","token_type":"Bearer"}'),
    "10 MB": answer(`{"access_token":"A","token_type":"Bearer","x":"${"x".repeat(10_000_000)}"}`),
    "a body without end": { fault: "endless" },
    "half a body": { body: '{"access_token":"A","token_type":"Bearer"}', fault: "half" },
    "a redirect": { status: 302, headers: { Location: "/api" } },
    "members of the prototype": answer('{"__proto__":{"access_token":"A","token_type":"Bearer"}}'),
  };
  for (const [title, lie] of Object.entries(lies)) {
    await t.test(title, async (t) => {
      const { issuer, clock, session } = await signedIn(t);
      clock.seconds += 3600;
      issuer.answer = lie;
      await assert.rejects(session.accessToken(), RefreshUnavailableError);
      assert.equal((await session.health()).isSignedIn, true);
      issuer.answer = undefined;
      clock.seconds += 60;
      assert.equal(await session.accessToken(), "A2");
    });
  }
});

test("a fetch that never answers, throws or lies about its status gives an error", async () => {
  const fakes = {
    silence: () => new Promise(() => undefined),
    throws: () => {
      throw new Error("no network");
    },
    rejects: () => Promise.reject(new Error("no network")),
    "gives nothing": () => undefined,
    "status of text": async () => ({ status: "200", body: null }),
    "status 0": async () => ({ status: 0, body: null }),
    "status 1": async () => ({ status: 1, body: null }),
    "status NaN": async () => ({ status: NaN, body: null }),
    "status 2^32 + 400": async () => ({ status: 4_294_967_696, body: null }),
    "a body that never comes": async () => new Response(new ReadableStream({})),
    "empty chunks without end": async () => ({
      status: 200,
      body: {
        getReader: () => ({
          read: async () => ({ done: false, value: new Uint8Array(0) }),
          cancel: async () => undefined,
        }),
      },
    }),
    "a body of text": async () => ({
      status: 200,
      body: { getReader: () => ({ read: async () => ({ done: false, value: "x" }), cancel: async () => undefined }) },
    }),
  };
  for (const [title, fetch] of Object.entries(fakes)) {
    const refresh = refreshWith({ tokenEndpoint: "https://issuer.example/token", clientId: "c", fetch });
    const clock = new Clock();
    const session = new TokenSession({ refresh, clock, settings: { refreshTimeout: 0.2 } });
    await session.signIn({ accessToken: "A1", refreshToken: "R1", expiresIn: 60 });
    clock.seconds += 60;
    assert.equal(await codeOf(session.accessToken()), "refresh_unavailable", title);
    assert.equal((await session.health()).isSignedIn, true, title);
  }
});

test("a refresh of one's own may throw anything, and give anything", async () => {
  const ends = [
    () => Promise.reject(undefined),
    () => Promise.reject(null),
    () => undefined,
    () => null,
    () => "A2",
    () => ({}),
    () => ({ accessToken: "a b" }),
    () => ({ accessToken: "A2", expiresIn: NaN }),
    () => ({ accessToken: "A2", refreshToken: 1 }),
    () => {
      throw new RefreshFailedError(NaN);
    },
    () =>
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("trap");
          },
        },
      ),
  ];
  for (const refresh of ends) {
    const clock = new Clock();
    const session = new TokenSession({ refresh, clock });
    await session.signIn({ accessToken: "A1", refreshToken: "R1", expiresIn: 60 });
    clock.seconds += 60;
    assert.equal(await codeOf(session.accessToken()), "refresh_unavailable", String(refresh));
  }
  const session = new TokenSession({
    refresh: () => {
      throw new RefreshFailedError(400, '{"error":"invalid_grant"}');
    },
  });
  await session.signIn({ accessToken: "A1", refreshToken: "R1", expiresIn: 0 });
  assert.equal(await codeOf(session.accessToken()), "sign_in_needed");
});

test("a refresh that never ends is not started twice, and stops no other sign-in", async () => {
  const sent = [];
  const refresh = (token) => {
    sent.push(token);
    return token === "R1" ? new Promise(() => undefined) : { accessToken: "B2", expiresIn: 60 };
  };
  const clock = new Clock();
  const session = new TokenSession({ refresh, clock });
  await session.signIn({ accessToken: "A1", refreshToken: "R1", expiresIn: 0 });
  const waiting = codeOf(session.accessToken());
  await until(() => sent.length > 0);
  clock.seconds += 31;
  assert.equal(await waiting, "refresh_unavailable");
  clock.seconds += 60;
  assert.equal(await codeOf(session.accessToken()), "refresh_unavailable");
  assert.deepEqual(sent, ["R1"]);
  await session.signIn({ accessToken: "B1", refreshToken: "S1", expiresIn: 0 });
  assert.equal(await session.accessToken(), "B2");
  assert.deepEqual(sent, ["R1", "S1"]);
});

test("no refresh where new tokens could not be stored", async (t) => {
  for (const canStore of [
    false,
    () => false,
    () => {
      throw new Error("locked");
    },
    () => "yes",
  ]) {
    const { issuer, clock, session } = await signedIn(t, { canStore });
    clock.seconds += 3550;
    assert.equal(await session.accessToken(), "A1");
    clock.seconds += 50;
    await assert.rejects(session.accessToken(), StorageNeededError);
    assert.equal(issuer.refreshes, 0);
  }
});

test("no refresh while the last tokens have not been stored", async (t) => {
  let isFull = false;
  const memory = memoryKeeper();
  const keeper = {
    ...memory,
    store: (tokens) => {
      if (isFull) throw new Error("full");
      memory.store(tokens);
    },
  };
  const { issuer, clock, session, events } = await signedIn(t, { keeper });
  isFull = true;
  clock.seconds += 3600;
  assert.equal(await session.accessToken(), "A2");
  clock.seconds += 3600;
  await assert.rejects(session.accessToken(), /storage_needed/);
  assert.equal(issuer.refreshes, 1);
  assert.ok(events.some(({ kind }) => kind === "not_stored"));
  isFull = false;
  clock.seconds += 60;
  assert.equal(await session.accessToken(), "A3");
  assert.equal(keeper.load().accessToken, "A3");
  assert.equal(issuer.reuses, 0);
});

test("a keeper that never ends, or throws, takes no token away", async (t) => {
  const { session } = await signedIn(t, {
    keeper: {
      load: () => {
        throw new Error("gone");
      },
      store: () => Promise.reject(new Error("gone")),
      remove: () => Promise.reject(new Error("gone")),
    },
  });
  assert.equal(await session.accessToken(), "A1");
  await session.signOut();
  assert.equal(await codeOf(session.accessToken()), "sign_in_needed");
  for (const kept of [
    null,
    1,
    "x",
    {},
    { accessToken: "A1" },
    { accessToken: "A1", issuedAt: "1" },
    { accessToken: "A\ud800", issuedAt: 1 },
  ]) {
    const session = new TokenSession({
      refresh: () => assert.fail(),
      keeper: { load: () => kept, store() {}, remove() {} },
    });
    assert.equal(await codeOf(session.accessToken()), "sign_in_needed");
  }
});

test("options that make no sense are refused", async () => {
  const refresh = () => ({ accessToken: "A" });
  assert.throws(() => new TokenSession({}), TypeError);
  assert.throws(() => new TokenSession({ refresh, refrsh: 1 }), TypeError);
  assert.throws(() => new TokenSession({ refresh, settings: { skew: -1 } }), RangeError);
  assert.throws(() => new TokenSession({ refresh, settings: { skew: NaN } }), RangeError);
  assert.throws(() => new TokenSession({ refresh, settings: { skw: 1 } }), TypeError);
  assert.throws(() => new TokenSession({ refresh, allowedOrigins: ["api.example"] }), TypeError);
  assert.throws(() => refreshWith({ tokenEndpoint: "http://issuer.example/token", clientId: "c" }), UnsafeUrlError);
  assert.throws(() => refreshWith({ tokenEndpoint: "https://issuer.example/token" }), TypeError);
  const session = new TokenSession({ refresh });
  for (const tokens of [
    null,
    {},
    "A",
    { accessToken: "" },
    { accessToken: "a b" },
    { accessToken: "A\n" },
    { accessToken: "A", refreshToken: "\ud800" },
    { accessToken: "A", expiresIn: "1" },
  ]) {
    await assert.rejects(session.signIn(tokens), TypeError);
  }
});

test("the client authenticates with HTTP Basic if it has a secret", async (t) => {
  const issuer = await Issuer.start(t);
  for (const [options, authorization, clientId] of [
    [{}, undefined, "client"],
    [{ clientId: "a b:c", clientSecret: "ä+%" }, `Basic ${btoa("a+b%3Ac:%C3%A4%2B%25")}`, null],
  ]) {
    const session = new TokenSession({ refresh: issuer.refresh(options) });
    await session.signIn({ ...issuer.signIn(), expiresIn: 0 });
    await session.accessToken();
    const { headers, body } = issuer.seen("/token").at(-1);
    const form = new URLSearchParams(body);
    assert.equal(headers.authorization, authorization);
    assert.equal(form.get("client_id"), clientId);
    assert.equal(form.get("grant_type"), "refresh_token");
  }
});
