// Sessions over cookies: one TokenSession for each request of a server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { cookieKeeper, TokenSession } from "verijot/session";
import { Clock, codeOf, Issuer } from "./issuer.mjs";

/** A browser that keeps the cookies of answers, as far as this needs. */
class Browser {
  cookies = new Map();

  request(headers = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return new Request("https://app.example/page", { headers: { ...headers, ...(cookie === "" ? {} : { cookie }) } });
  }

  take(lines) {
    for (const line of lines) {
      assert.ok(Buffer.byteLength(line) <= 4096, `${line.length} octets`);
      assert.match(
        line,
        /^__Host-session(\.\d)?=[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*; Path=\/; HttpOnly; SameSite=Lax; Secure(; Max-Age=0)?$/,
      );
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      if (line.endsWith("Max-Age=0")) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

async function signedIn(t, { expiresIn = 3600, padding = "" } = {}) {
  const issuer = await Issuer.start(t);
  issuer.padding = padding;
  issuer.expiresIn = expiresIn;
  const browser = new Browser();
  const clock = new Clock();
  const open = (request = browser.request(), options = {}) => {
    const keeper = cookieKeeper(request);
    // As where secrets are only known with a request: a new function each time.
    return { keeper, session: new TokenSession({ refresh: issuer.refresh(), keeper, clock, ...options }) };
  };
  const { keeper, session } = open();
  await session.signIn(issuer.signIn());
  browser.take(keeper.setCookies);
  return { issuer, browser, clock, open };
}

test("tokens come from the cookies, and nothing is set unless they change", async (t) => {
  const { issuer, open } = await signedIn(t);
  const { keeper, session } = open();
  assert.equal(await session.accessToken(), "A1");
  assert.equal((await session.fetch(`${issuer.origin}/api`)).status, 200);
  assert.deepEqual(keeper.setCookies, []);
  const response = new Response("page");
  assert.equal(keeper.apply(response), response);
  assert.equal(issuer.refreshes, 0);
});

test("the answer has the new cookies, and is not cached", async (t) => {
  const { issuer, browser, open } = await signedIn(t, { expiresIn: 0 });
  issuer.expiresIn = 3600;
  const { keeper, session } = open();
  assert.equal(await session.accessToken(), "A2");
  const answer = keeper.apply(new Response("page", { status: 201, headers: { "set-cookie": "a=b" } }));
  assert.deepEqual(
    [answer.status, answer.headers.get("cache-control"), await answer.text()],
    [201, "no-store", "page"],
  );
  const [first, ...lines] = answer.headers.getSetCookie();
  assert.equal(first, "a=b");
  browser.take(lines);
  assert.equal(await open().session.accessToken(), "A2");
});

test("ten concurrent requests of one browser at expiry make one refresh and all get the new cookies", async (t) => {
  const { issuer, browser, open } = await signedIn(t, { expiresIn: 0 });
  issuer.expiresIn = 3600;
  issuer.isHolding = true;
  const requests = Array.from({ length: 10 }, () => open());
  const waiting = requests.map(({ session }) => session.accessToken());
  await issuer.holds(1);
  issuer.release();
  const tokens = await Promise.all(waiting);
  assert.deepEqual(new Set(tokens), new Set(["A2"]));
  assert.deepEqual([issuer.refreshes, issuer.reuses], [1, 0]);
  const first = requests[0].keeper.setCookies;
  assert.equal(first.length, 1);
  for (const { keeper } of requests) assert.deepEqual(keeper.setCookies, first);
  // One that the browser sent before it had the new cookies.
  const late = open();
  assert.equal(await late.session.accessToken(), "A2");
  assert.deepEqual(late.keeper.setCookies, first);
  assert.deepEqual([issuer.refreshes, issuer.reuses], [1, 0]);
  browser.take(first);
  assert.equal(await open().session.accessToken(), "A2");
});

test("late requests and new ones refresh the same tokens once", async (t) => {
  const { issuer, browser, clock, open } = await signedIn(t, { expiresIn: 0 });
  issuer.expiresIn = 60;
  const old = browser.request();
  const { keeper, session } = open();
  assert.equal(await session.accessToken(), "A2");
  browser.take(keeper.setCookies);
  clock.seconds += 60;
  issuer.isHolding = true;
  issuer.expiresIn = 3600;
  const waiting = [open(old), open(), open(old), open()].map((each) => each.session.accessToken());
  await issuer.holds(1);
  issuer.release();
  const tokens = await Promise.all(waiting);
  assert.deepEqual(tokens, ["A3", "A3", "A3", "A3"]);
  assert.deepEqual([issuer.refreshes, issuer.reuses], [2, 0]);
});

test("a refresh ahead is waited for, since no cookie can be set after the answer", async (t) => {
  const { issuer, browser, clock, open } = await signedIn(t);
  issuer.isHolding = true;
  clock.seconds += 3550;
  const [first, second] = [open(), open()];
  const one = first.session.accessToken();
  await issuer.holds(1);
  assert.equal(await second.session.accessToken(), "A1");
  issuer.release();
  assert.equal(await one, "A2");
  assert.equal(issuer.refreshes, 1);
  browser.take(first.keeper.setCookies);
  assert.deepEqual(second.keeper.setCookies, []);
  assert.equal(await open().session.accessToken(), "A2");
});

test("a failed refresh ahead leaves the valid token in use", async (t) => {
  const { issuer, clock, open } = await signedIn(t);
  issuer.answer = { status: 503 };
  clock.seconds += 3550;
  for (let count = 0; count < 3; count += 1) {
    const { keeper, session } = open();
    assert.equal(await session.accessToken(), "A1");
    assert.deepEqual(keeper.setCookies, []);
  }
  assert.equal(issuer.refreshes, 1);
});

test("nothing is refreshed on an upgrade", async (t) => {
  const { issuer, browser, open } = await signedIn(t, { expiresIn: 0 });
  const upgrade = browser.request({ upgrade: "websocket" });
  const { keeper, session } = open(upgrade);
  assert.equal(await codeOf(session.accessToken()), "storage_needed");
  assert.deepEqual([issuer.refreshes, keeper.setCookies.length], [0, 0]);
  assert.throws(() => keeper.store({ accessToken: "A", issuedAt: 1 }), TypeError);
  assert.equal(keeper.canStore(), false);
  assert.equal(cookieKeeper(browser.request(), { readOnly: true }).canStore(), false);
  assert.equal(cookieKeeper(upgrade, { readOnly: false }).canStore(), true);
});

test("nothing is refreshed after the answer", async (t) => {
  const { issuer, open } = await signedIn(t, { expiresIn: 0 });
  const { keeper, session } = open();
  keeper.apply(new Response());
  assert.equal(await codeOf(session.accessToken()), "storage_needed");
  assert.equal(issuer.refreshes, 0);
});

test("a 401 of the service refreshes once for all requests", async (t) => {
  const { issuer, open } = await signedIn(t);
  issuer.revoke("A1");
  issuer.isHolding = true;
  const requests = Array.from({ length: 10 }, () => open());
  const waiting = requests.map(({ session }) => session.fetch(`${issuer.origin}/api`));
  await issuer.holds(1);
  issuer.release();
  const answers = await Promise.all(waiting);
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(10).fill(200),
  );
  assert.deepEqual([issuer.refreshes, issuer.reuses], [1, 0]);
  for (const { keeper } of requests) assert.deepEqual(keeper.setCookies, requests[0].keeper.setCookies);
  const late = open();
  assert.equal((await late.session.fetch(`${issuer.origin}/api`)).status, 200);
  assert.equal(issuer.refreshes, 1);
});

test("a refused refresh token ends the session for every request, asked once", async (t) => {
  const { issuer, browser, open } = await signedIn(t, { expiresIn: 0, padding: "x".repeat(9000) });
  issuer.answer = INVALID_GRANT;
  issuer.isHolding = true;
  const requests = Array.from({ length: 5 }, () => open());
  const waiting = requests.map(({ session }) => codeOf(session.accessToken()));
  await issuer.holds(1);
  issuer.release();
  const codes = await Promise.all(waiting);
  assert.deepEqual(codes, Array(5).fill("sign_in_needed"));
  const late = open();
  assert.equal(await codeOf(late.session.accessToken()), "sign_in_needed");
  assert.equal(issuer.refreshes, 1);
  // Every answer removes the cookies, which are of no use any more.
  for (const { keeper } of [...requests, late]) {
    assert.equal(keeper.setCookies.length, 3);
    assert.equal(keeper.load(), undefined);
  }
  browser.take(late.keeper.setCookies);
  assert.equal(browser.cookies.size, 0);
});

test("cookies of a session that has ended stay where none can be set", async (t) => {
  const { issuer, browser, open } = await signedIn(t, { expiresIn: 0 });
  issuer.answer = INVALID_GRANT;
  const old = browser.request({ upgrade: "websocket" });
  assert.equal(await codeOf(open().session.accessToken()), "sign_in_needed");
  const upgrade = open(old);
  assert.equal(await codeOf(upgrade.session.accessToken()), "storage_needed");
  assert.deepEqual(upgrade.keeper.setCookies, []);
});

test("a 401 whose refresh token is refused removes the cookies, a failed refresh does not", async (t) => {
  const { issuer, open } = await signedIn(t);
  issuer.revoke("A1");
  for (const [answer, lines] of [
    [{ status: 503 }, 0],
    [INVALID_GRANT, 1],
  ]) {
    issuer.answer = answer;
    const { keeper, session } = open(undefined, { refresh: issuer.refresh({ clientId: `client ${answer.status}` }) });
    assert.equal((await session.fetch(`${issuer.origin}/api`)).status, 401);
    assert.equal(keeper.setCookies.length, lines);
    assert.equal(issuer.refreshes > 0, true);
  }
});

test("an answer has the lines whatever happens", async (t) => {
  const { issuer, browser, clock, open } = await signedIn(t);
  const status = async (work, failed = ({ code }) => new Response(code, { status: 401 })) => {
    const { keeper, session } = open();
    const answer = await keeper.answer(() => work(session), failed);
    browser.take(answer.headers.getSetCookie());
    return [answer.status, await answer.text(), answer.headers.getSetCookie().length];
  };
  assert.deepEqual(await status(async (session) => new Response(await session.accessToken())), [200, "A1", 0]);
  clock.seconds += 3600;
  const fault = async (session) => {
    await session.accessToken();
    throw Object.assign(new Error("a fault"), { code: "fault" });
  };
  assert.deepEqual(await status(fault), [401, "fault", 1]);
  assert.deepEqual(await status(async (session) => new Response(await session.accessToken())), [200, "A2", 0]);
  clock.seconds += 3600;
  issuer.answer = INVALID_GRANT;
  assert.deepEqual(await status(async (session) => new Response(await session.accessToken())), [
    401,
    "sign_in_needed",
    1,
  ]);
  assert.equal(browser.cookies.size, 0);
  await assert.rejects(
    status(fault, () => {
      throw new RangeError("of failed");
    }),
    RangeError,
  );
});

test("a keeper around a Hono app adds the lines to its error's answer, beside the app's own cookies", async (t) => {
  const { clock, browser, open } = await signedIn(t);
  const app = new Hono();
  app.get("/page", async (c) => {
    c.header("set-cookie", "of=app");
    await c.env.session.accessToken();
    throw new Error("a fault");
  });
  app.onError((error, c) => c.text(error.message, 500));
  clock.seconds += 3600;
  const { keeper, session } = open();
  const answer = await keeper.answer(
    () => app.fetch(browser.request(), { session }),
    () => assert.fail("Hono throws nothing"),
  );
  const [own, ...lines] = answer.headers.getSetCookie();
  assert.deepEqual([answer.status, await answer.text(), own, lines.length], [500, "a fault", "of=app", 1]);
  browser.take(lines);
  assert.equal(await open().session.accessToken(), "A2");
});

test("signing out removes the cookies and ends the requests that wait", async (t) => {
  const { issuer, browser, open } = await signedIn(t, { expiresIn: 0, padding: "x".repeat(9000) });
  assert.equal(browser.cookies.size, 3);
  issuer.isHolding = true;
  const waiting = codeOf(open().session.accessToken());
  await issuer.holds(1);
  const { keeper, session } = open();
  await session.signOut();
  browser.take(keeper.setCookies);
  assert.equal(browser.cookies.size, 0);
  assert.equal(await waiting, "sign_in_needed");
  assert.equal(await codeOf(open().session.accessToken()), "sign_in_needed");
});

test("a sign-in replaces a session without a look at it", async (t) => {
  const { issuer, browser, open } = await signedIn(t, { expiresIn: 0 });
  issuer.expiresIn = 3600;
  const { keeper, session } = open();
  const issued = issuer.signIn();
  await session.signIn(issued);
  assert.equal(await session.accessToken(), issued.accessToken);
  browser.take(keeper.setCookies);
  assert.equal(await open().session.accessToken(), issued.accessToken);
  assert.equal(issuer.refreshes, 0);
});

test("cookies of every size up to the limit come back as they were", async () => {
  for (const length of [1, 3900, 3950, 3990, 4000, 4010, 4050, 4096, 8000, 8192, 12_288, 31_000]) {
    const browser = new Browser();
    const kept = {
      accessToken: `h.${"x".repeat(length)}`,
      refreshToken: 'ä|;, %"\\\u{1F511}',
      expiresIn: 3600.5,
      idToken: "i.d.t",
      issuedAt: 1_800_000_000.125,
    };
    const keeper = cookieKeeper(browser.request());
    keeper.store(kept);
    browser.take(keeper.setCookies);
    assert.deepEqual(cookieKeeper(browser.request()).load(), kept, `${length}`);
    // Fewer cookies remove those that are left.
    const shorter = cookieKeeper(browser.request());
    shorter.store({ ...kept, accessToken: "A" });
    browser.take(shorter.setCookies);
    assert.equal(browser.cookies.size, 1);
    assert.equal(cookieKeeper(browser.request()).load().accessToken, "A");
  }
});

test("tokens that fit into no cookies are used for this request, and told of", async (t) => {
  const issuer = await Issuer.start(t);
  const events = [];
  const keeper = cookieKeeper(new Request("https://app.example/"));
  const session = new TokenSession({ refresh: issuer.refresh(), keeper, onEvent: (event) => events.push(event) });
  await session.signIn({ accessToken: "x".repeat(40_000) });
  assert.equal((await session.accessToken()).length, 40_000);
  assert.deepEqual(keeper.setCookies, []);
  assert.ok(events.some(({ kind, error }) => kind === "not_stored" && error instanceof RangeError));
});

test("cookies that are broken, mixed, doubled or missing are no session", async () => {
  const jar = (length, letter) => {
    const browser = new Browser();
    const keeper = cookieKeeper(browser.request());
    keeper.store({ accessToken: letter.repeat(length), refreshToken: "R", issuedAt: 1 });
    browser.take(keeper.setCookies);
    return browser;
  };
  const [one, other] = [jar(9000, "a"), jar(9000, "b")];
  one.cookies.set("__Host-session.1", other.cookies.get("__Host-session.1"));
  assert.equal(cookieKeeper(one.request()).load(), undefined);
  other.cookies.delete("__Host-session.2");
  assert.equal(cookieKeeper(other.request()).load(), undefined);
  const good = jar(10, "c");
  const cookie = good.request().headers.get("cookie");
  const load = (cookie) => cookieKeeper({ headers: new Headers({ cookie }) }).load();
  assert.equal(load(`a=1;${cookie};b`).accessToken, "cccccccccc");
  assert.equal(load(`${cookie}; ${cookie}`).accessToken, "cccccccccc");
  assert.equal(load(`${cookie}; __Host-session=1.x.y`), undefined);
  assert.equal(load(cookie.replace("__Host-", "")), undefined);
  for (const value of [
    "",
    "1",
    "1.",
    "1..",
    "1.0.",
    "-1.x.y",
    "9.x.y",
    "1e0.x.y",
    "NaN.x.y",
    "1.x.%E0%A4|||",
    "1.x.%",
    "=",
    "\u00ff",
  ]) {
    assert.equal(load(`__Host-session=${value}`), undefined, value);
  }
});

test("requests of Node, and options", () => {
  const headers = { cookie: "" };
  assert.equal(cookieKeeper({ url: "/", headers }).load(), undefined);
  assert.equal(cookieKeeper({ url: "/", headers: { upgrade: "websocket" } }).canStore(), false);
  const store = (options, request = { headers }) => {
    const keeper = cookieKeeper(request, options);
    keeper.store({ accessToken: "A", issuedAt: 1 });
    return keeper.setCookies[0].replace(/=[^;]*/, "");
  };
  assert.equal(
    store({ name: "a", sameSite: "Strict", maxAge: 60 }),
    "__Host-a; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=60",
  );
  assert.equal(store({ secure: false, origin: "http://localhost:8787" }), "session; Path=/; HttpOnly; SameSite=Lax");
  assert.equal(
    store({ secure: false }, { url: "http://127.0.0.1:1/x", headers }),
    "session; Path=/; HttpOnly; SameSite=Lax",
  );
  for (const options of [
    { name: "a;b" },
    { name: "" },
    { name: "ä" },
    { sameSite: "None" },
    { maxAge: 0 },
    { maxAge: 1.5 },
    { secure: false },
    { secure: false, origin: "http://app.example" },
    { secure: false, origin: "https://localhost" },
    { other: 1 },
  ]) {
    assert.throws(() => store(options), TypeError, JSON.stringify(options));
  }
});

const INVALID_GRANT = { status: 400, body: '{"error":"invalid_grant"}' };
