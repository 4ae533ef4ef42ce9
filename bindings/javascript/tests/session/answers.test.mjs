// Keepers that never answer, listeners that fail later, and what sessions of one cookie share.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cookieKeeper, memoryKeeper, refreshWith, TokenSession } from "verijot/session";
import { Clock, codeOf, Issuer } from "./issuer.mjs";

const never = () => new Promise(() => undefined);
const tokens = (accessToken, more) => ({ accessToken, refreshToken: "R1", expiresIn: 3600, ...more });
const refresh = async () => tokens("A2", { refreshToken: "R2" });
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** A session of a request with a cookie whose access token has expired. */
async function requestWith(clock, options, issued = tokens("A1", { expiresIn: 0 })) {
  const first = cookieKeeper(new Request("https://app.example/"));
  await new TokenSession({ refresh, clock, keeper: first }).signIn(issued);
  const cookie = first.setCookies.map((line) => line.split(";")[0]).join("; ");
  return () => {
    const keeper = cookieKeeper(new Request("https://app.example/", { headers: { cookie } }));
    return new TokenSession({ clock, keeper, ...options() });
  };
}

test("the first load of a keeper that never answers ends with the signal, or in time, and is made again", async () => {
  let load = never;
  const events = [];
  const keeper = { ...memoryKeeper(), load: () => load() };
  const session = new TokenSession({ refresh, keeper, clock: new Clock(), onEvent: (event) => events.push(event) });
  const reason = new Error("the request is gone");
  const controller = new AbortController();
  const aborted = assert.rejects(session.accessToken({ signal: controller.signal }), reason);
  const fetched = assert.rejects(session.fetch("https://api.example/", { signal: controller.signal }), reason);
  controller.abort(reason);
  await aborted;
  await fetched;
  await assert.rejects(session.accessToken({ signal: AbortSignal.abort(reason) }), reason);
  assert.deepEqual(events, []);
  const start = performance.now();
  assert.equal(await codeOf(session.accessToken()), "sign_in_needed");
  assert.ok(performance.now() - start > 9000);
  assert.deepEqual(
    events.map(({ kind, error }) => [kind, error.name]),
    [["not_loaded", "TimeoutError"]],
  );
  load = () => ({ ...tokens("A1"), issuedAt: new Clock().seconds });
  assert.equal(await session.accessToken(), "A1");
});

test("a load that never ends in a refresh stops neither it nor those that follow", async () => {
  const clock = new Clock();
  let isHanging = false;
  const kept = memoryKeeper();
  const keeper = { ...kept, load: () => (isHanging ? never() : kept.load()) };
  let refreshes = 0;
  const session = new TokenSession({
    refresh: async () => tokens(`A${(refreshes += 1) + 1}`),
    keeper,
    clock,
  });
  await session.signIn(tokens("A1"));
  isHanging = true;
  clock.seconds += 3600;
  assert.equal(await session.accessToken(), "A2");
  isHanging = false;
  clock.seconds += 3600;
  assert.equal(await session.accessToken(), "A3");
});

test("a lock that is never given, whatever is aborted, is not waited for without an end", async () => {
  const clock = new Clock();
  let lock = never;
  const keeper = { ...memoryKeeper(), lock: (...given) => lock(...given) };
  const session = new TokenSession({ refresh, keeper, clock, settings: { refreshTimeout: 0.1, shortestRest: 0 } });
  await session.signIn(tokens("A1"));
  clock.seconds += 3600;
  assert.equal(await codeOf(session.accessToken()), "refresh_unavailable");
  lock = (work) => work();
  clock.seconds += 60;
  assert.equal(await session.accessToken(), "A2");
});

test("a keeper of a request that never stores takes no token away", async () => {
  const hanging = {
    perRequest: true,
    load: () => ({ ...tokens("A1", { expiresIn: 0, refreshToken: "R77" }), issuedAt: new Clock().seconds }),
    store: never,
    remove: never,
  };
  const other = new TokenSession({ refresh, keeper: hanging, clock: new Clock() });
  assert.equal(await other.accessToken(), "A2");
});

test("listeners and waitUntil that fail later leave no rejection unhandled", async () => {
  const clock = new Clock();
  const failing = async () => {
    throw new Error("down");
  };
  const session = new TokenSession({ refresh, clock, onEvent: failing, waitUntil: failing });
  await session.signIn(tokens("A1"));
  clock.seconds += 3550;
  assert.equal(await session.accessToken(), "A1");
  await settled();
  assert.equal(await session.accessToken(), "A2");
  await session.signOut();
  await settled();
});

test("a clock that fails in a refresh leaves no rejection unhandled", async () => {
  const clock = new Clock();
  let isBroken = false;
  const broken = { now: () => (isBroken ? assert.fail("no time") : clock.now()), monotonic: clock.monotonic };
  const failing = async () => {
    isBroken = true;
    throw new Error("down");
  };
  const session = new TokenSession({ refresh: failing, clock: broken });
  await session.signIn(tokens("A1"));
  clock.seconds += 3550;
  await session.accessToken();
  await settled();
});

test("sessions of one cookie share a refresh only if everything that the tokens depend on is the same", async (t) => {
  const issuer = await Issuer.start(t);
  issuer.answer = { status: 200, body: JSON.stringify({ access_token: "A2", token_type: "Bearer", expires_in: 3600 }) };
  const clock = new Clock();
  let refreshes = 0;
  const own = () => async () => tokens(`own ${(refreshes += 1)}`.replace(" ", ""), { refreshToken: undefined });
  const endpoint = { tokenEndpoint: `${issuer.origin}/token`, clientId: "client" };
  const [fetch, otherFetch] = [(...given) => globalThis.fetch(...given), (...given) => globalThis.fetch(...given)];
  const made = own();
  const named = Object.assign(own(), { sharedBy: "one" });
  const different = [
    () => refreshWith(endpoint),
    () => refreshWith({ ...endpoint, scope: "orders:read" }),
    () => refreshWith({ ...endpoint, scope: "orders:write" }),
    () => refreshWith({ ...endpoint, clientId: "client2" }),
    () => refreshWith({ ...endpoint, clientSecret: "s1" }),
    () => refreshWith({ ...endpoint, clientSecret: "s2" }),
    () => refreshWith({ ...endpoint, fetch }),
    () => refreshWith({ ...endpoint, fetch: otherFetch }),
    () => made,
    () => own(),
    () => named,
    () => Object.assign(own(), { sharedBy: "two" }),
  ];
  let refreshing;
  const open = await requestWith(clock, () => ({ refresh: refreshing() }), tokens("A1", { expiresIn: 0 }));
  const asked = () => issuer.refreshes + refreshes;
  for (const [index, wanted] of different.entries()) {
    refreshing = wanted;
    const before = asked();
    await open().accessToken();
    assert.equal(asked(), before + 1, `refresh ${index} is its own`);
  }
  for (const [index, wanted] of different.entries()) {
    refreshing = wanted;
    const before = asked();
    await open().accessToken();
    // A function of the caller's that is made for each request is another one.
    assert.equal(asked() - before, index === 9 ? 1 : 0, `refresh ${index} is shared with its like`);
  }
});
