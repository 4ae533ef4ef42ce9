// Sessions over a browser's storage: several tabs, storage that is blocked or full.
import assert from "node:assert/strict";
import { test } from "node:test";
import { storageKeeper, TokenSession } from "verijot/session";
import { until } from "../support/until.mjs";
import { Clock, codeOf, Issuer } from "./issuer.mjs";

/** The storage of an origin, as each of its tabs sees it. */
class Origin {
  values = new Map();
  tabs = [];
  isBlocked = false;
  isFull = false;
  isLocked = false;
  #tail = Promise.resolve();

  locks = {
    request: async (name, { signal }, work) => {
      assert.equal(name, "verijot:tokens");
      const before = this.#tail;
      let release;
      this.#tail = new Promise((done) => {
        release = done;
      });
      try {
        await Promise.race([
          before,
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        ]);
        this.isLocked = true;
        return await work();
      } finally {
        this.isLocked = false;
        release();
      }
    },
  };

  open() {
    const events = new EventTarget();
    this.tabs.push(events);
    const changed = (key) => {
      for (const tab of this.tabs) if (tab !== events) tab.dispatchEvent(Object.assign(new Event("storage"), { key }));
    };
    const check = () => {
      if (this.isBlocked) throw new DOMException("blocked", "SecurityError");
    };
    const storage = {
      getItem: (key) => {
        check();
        return this.values.get(key) ?? null;
      },
      setItem: (key, value) => {
        check();
        if (this.isFull) throw new DOMException("full", "QuotaExceededError");
        this.values.set(key, value);
        changed(key);
      },
      removeItem: (key) => {
        check();
        this.values.delete(key);
        changed(key);
      },
      clear: () => {
        this.values.clear();
        changed(null);
      },
    };
    return { storage, events };
  }
}

async function opened(t, { locks = true } = {}) {
  const issuer = await Issuer.start(t);
  const origin = new Origin();
  const clock = new Clock();
  const events = [];
  const open = () => {
    const tab = origin.open();
    const keeper = storageKeeper(tab.storage, "tokens", { events: tab.events, locks: locks ? origin.locks : null });
    const session = new TokenSession({
      refresh: issuer.refresh(),
      keeper,
      clock,
      onEvent: (event) => events.push(event),
    });
    return { session, ...tab };
  };
  return { issuer, origin, clock, events, open };
}

test("a page that is loaded again has the tokens, and their age", async (t) => {
  const { issuer, clock, open } = await opened(t);
  await open().session.signIn(issuer.signIn());
  assert.equal(await open().session.accessToken(), "A1");
  clock.seconds += 3600;
  assert.equal(await open().session.accessToken(), "A2");
  assert.equal(await open().session.accessToken(), "A2");
  assert.equal(issuer.refreshes, 1);
});

test("two tabs at expiry make one refresh", async (t) => {
  const { issuer, clock, open } = await opened(t);
  const [one, other] = [open(), open()];
  await one.session.signIn(issuer.signIn());
  assert.equal(await other.session.accessToken(), "A1");
  clock.seconds += 3600;
  issuer.isHolding = true;
  const calls = [one, other, one, other].map(({ session }) => session.accessToken());
  await issuer.holds(1);
  issuer.release();
  assert.deepEqual(await Promise.all(calls), ["A2", "A2", "A2", "A2"]);
  assert.deepEqual([issuer.refreshes, issuer.reuses], [1, 0]);
});

test("a refresh ahead in two tabs is one", async (t) => {
  const { issuer, clock, open } = await opened(t);
  const [one, other] = [open(), open()];
  await one.session.signIn(issuer.signIn());
  await other.session.accessToken();
  clock.seconds += 3550;
  issuer.isHolding = true;
  const both = () => Promise.all([one.session.accessToken(), other.session.accessToken()]);
  assert.deepEqual(await both(), ["A1", "A1"]);
  await issuer.holds(1);
  issuer.release();
  await until(async () => !(await both()).includes("A1"));
  assert.deepEqual(await both(), ["A2", "A2"]);
  assert.deepEqual([issuer.refreshes, issuer.reuses], [1, 0]);
});

test("a 401 in a tab that missed another's refresh takes over its tokens", async (t) => {
  const { issuer, clock, origin, open } = await opened(t);
  const [one, other] = [open(), open()];
  await one.session.signIn(issuer.signIn());
  await other.session.accessToken();
  // No event reaches a frozen tab.
  origin.tabs.pop();
  clock.seconds += 3550;
  await until(async () => (await one.session.accessToken()) !== "A1");
  issuer.revoke("A1");
  assert.equal((await other.session.fetch(`${issuer.origin}/api`)).status, 200);
  assert.deepEqual([issuer.refreshes, issuer.reuses], [1, 0]);
});

test("without locks, a tab that is late takes over what the other stored", async (t) => {
  const { issuer, clock, origin, open } = await opened(t, { locks: false });
  const [one, other] = [open(), open()];
  await one.session.signIn(issuer.signIn());
  await other.session.accessToken();
  origin.tabs.pop();
  clock.seconds += 3600;
  assert.equal(await one.session.accessToken(), "A2");
  assert.equal(await other.session.accessToken(), "A2");
  assert.deepEqual([issuer.refreshes, issuer.reuses], [1, 0]);
});

test("signing in and out in one tab does so in the others", async (t) => {
  const { issuer, events, origin, open } = await opened(t);
  const [one, other] = [open(), open()];
  assert.equal(await codeOf(other.session.accessToken()), "sign_in_needed");
  const otherHas = (expected) =>
    until(async () => (await other.session.tokens())?.accessToken === expected, `the other tab has ${expected}`);
  await one.session.signIn(issuer.signIn());
  await otherHas("A1");
  await one.session.signOut();
  await otherHas(undefined);
  assert.equal(await codeOf(other.session.accessToken()), "sign_in_needed");
  assert.ok(events.some(({ kind }) => kind === "signed_out"));
  await one.session.signIn(issuer.signIn());
  await otherHas("A2");
  one.storage.clear();
  await otherHas(undefined);
  assert.equal(await codeOf(other.session.accessToken()), "sign_in_needed");
  other.session.close();
  await one.session.signIn(issuer.signIn());
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await codeOf(other.session.accessToken()), "sign_in_needed");
  assert.equal(origin.values.size, 1);
});

test("a sign-out in one tab ends the refresh of another", async (t) => {
  const { issuer, clock, origin, open } = await opened(t);
  const [one, other] = [open(), open()];
  await one.session.signIn(issuer.signIn());
  await other.session.accessToken();
  clock.seconds += 3600;
  issuer.isHolding = true;
  const waiting = codeOf(one.session.accessToken());
  await issuer.holds(1);
  await other.session.signOut();
  assert.equal(await waiting, "sign_in_needed");
  issuer.release();
  await until(() => !origin.isLocked);
  assert.equal(origin.values.size, 0);
});

test("a refused refresh token is removed, another tab's tokens are not", async (t) => {
  const { issuer, clock, origin, open } = await opened(t);
  const { session } = open();
  await session.signIn(issuer.signIn());
  clock.seconds += 3600;
  issuer.answer = { status: 400, body: '{"error":"invalid_grant"}' };
  assert.equal(await codeOf(session.accessToken()), "sign_in_needed");
  assert.equal(origin.values.size, 0);
  await session.signIn({ accessToken: "B1", refreshToken: "S1", expiresIn: 0 });
  issuer.isHolding = true;
  const waiting = session.accessToken();
  await issuer.holds(1);
  origin.values.set(
    "tokens",
    JSON.stringify({ accessToken: "C1", refreshToken: "T1", expiresIn: 60, issuedAt: clock.seconds }),
  );
  issuer.release();
  assert.equal(await waiting, "C1");
  assert.equal(origin.values.size, 1);
});

test("a tab that holds the lock without an end makes the refresh fail, not hang", async (t) => {
  const { issuer, open, origin } = await opened(t);
  void origin.locks.request(
    "verijot:tokens",
    { signal: new AbortController().signal },
    () => new Promise(() => undefined),
  );
  const { storage, events } = open();
  const keeper = storageKeeper(storage, "tokens", { events, locks: origin.locks });
  const session = new TokenSession({ refresh: issuer.refresh(), keeper, settings: { refreshTimeout: 0.2 } });
  await session.signIn({ ...issuer.signIn(), expiresIn: 0 });
  assert.equal(await codeOf(session.accessToken()), "refresh_unavailable");
  assert.equal(issuer.refreshes, 0);
});

test("blocked storage: no token is lost while the page lives", async (t) => {
  const { issuer, origin, clock, events, open } = await opened(t);
  origin.isBlocked = true;
  const { session } = open();
  assert.equal(await codeOf(session.accessToken()), "sign_in_needed");
  assert.ok(events.some(({ kind, error }) => kind === "not_loaded" && error.name === "SecurityError"));
  await session.signIn(issuer.signIn());
  assert.equal(await session.accessToken(), "A1");
  clock.seconds += 3600;
  // What could not be stored is not refreshed: the only copy would be the page's.
  assert.equal(await codeOf(session.accessToken()), "refresh_unavailable");
  origin.isBlocked = false;
  clock.seconds += 60;
  assert.equal(await session.accessToken(), "A2");
  const blocked = new TokenSession({
    refresh: issuer.refresh(),
    keeper: storageKeeper(() => {
      throw new DOMException("blocked", "SecurityError");
    }),
  });
  assert.equal(await codeOf(blocked.accessToken()), "sign_in_needed");
});

test("full storage: the tokens are used, and stored before the next refresh", async (t) => {
  const { issuer, origin, clock, events, open } = await opened(t);
  const { session } = open();
  await session.signIn(issuer.signIn());
  origin.isFull = true;
  clock.seconds += 3600;
  assert.equal(await session.accessToken(), "A2");
  assert.ok(events.some(({ kind, error }) => kind === "not_stored" && error.name === "QuotaExceededError"));
  clock.seconds += 3600;
  assert.equal(await codeOf(session.accessToken()), "refresh_unavailable");
  origin.isFull = false;
  clock.seconds += 60;
  assert.equal(await session.accessToken(), "A3");
  assert.deepEqual([issuer.refreshes, issuer.reuses], [2, 0]);
});

test("garbage in storage is no session", async (t) => {
  const { origin, open } = await opened(t);
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    '"x"',
    "{}",
    '{"accessToken":"A1"}',
    '{"accessToken":"A\\ud800","issuedAt":1}',
    '{"accessToken":"A","issuedAt":1e999}',
    '{"accessToken":"A","issuedAt":1,"expiresIn":-1}',
  ]) {
    origin.values.set("tokens", text);
    assert.equal(await codeOf(open().session.accessToken()), "sign_in_needed", text);
  }
});

test("two ways to write the same tokens change nothing, and a clock that went back makes none older", async (t) => {
  const { issuer, clock, open } = await opened(t);
  const { session } = open();
  await session.signIn(issuer.signIn());
  await session.reload();
  assert.equal((await session.tokens()).accessToken, "A1");
  clock.seconds -= 100_000;
  assert.equal(await open().session.accessToken(), "A1");
  assert.equal(issuer.refreshes, 0);
});
