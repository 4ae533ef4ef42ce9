// Sessions where they are used: in workerd over cookies, in two tabs of Chromium over localStorage.
//
// node tests/session/platforms.mjs
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cookieKeeper, TokenSession } from "verijot/session";
import { openPage } from "../hosts/page.mjs";
import { root } from "../hosts/runtimes.mjs";
import { startWorker } from "../hosts/workerd.mjs";

await workerd();
await chromium();
await chromiumOverHttps();
console.log("sessions: workerd and Chromium passed");

async function workerd() {
  const { url, stop } = await startWorker(fileURLToPath(new URL("worker.mjs", import.meta.url)));
  try {
    const counts = async () => (await fetch(`${url}counts`)).json();
    const signIn = async () =>
      (await fetch(`${url}sign-in`)).headers
        .getSetCookie()
        .map((line) => line.split(";")[0])
        .join("; ");
    const get = (cookie, init = {}) => fetch(url, { headers: { cookie }, ...init });

    let cookie = await signIn();
    const answers = await Promise.all(Array.from({ length: 10 }, () => get(cookie)));
    const texts = new Set(await Promise.all(answers.map((answer) => answer.text())));
    const lines = new Set(answers.map((answer) => answer.headers.getSetCookie().join()));
    assert.deepEqual([texts.size, lines.size, answers[0].headers.getSetCookie().length], [1, 1, 1], [...texts].join());
    assert.deepEqual(await counts(), { refreshes: 1, reuses: 0 });

    // The browser that started the refresh hangs up; another request of it gets the result.
    cookie = await signIn();
    const controller = new AbortController();
    const gone = get(cookie, { signal: controller.signal }).catch(() => undefined);
    await new Promise((done) => setTimeout(done, 100));
    const waiting = get(cookie);
    controller.abort();
    await gone;
    assert.equal((await waiting).status, 200);
    assert.equal((await get(cookie)).status, 200);
    assert.deepEqual(await counts(), { refreshes: 2, reuses: 0 });
  } finally {
    stop();
  }
}

async function chromium() {
  const files = { "/": `<!doctype html><script type="importmap">${importMap()}</script>` };
  for (const path of readdirSync(join(root, "dist"), { recursive: true })) {
    if (path.endsWith(".js")) files[`/dist/${path}`] = readFileSync(join(root, "dist", path));
  }
  const { page: first, stop } = await openPage(files);
  try {
    const context = await first.context().browser().newContext();
    let refreshes = 0;
    const used = new Set();
    await context.route("**/token", async (route) => {
      refreshes += 1;
      const token = new URLSearchParams(route.request().postData()).get("refresh_token");
      if (used.has(token)) return route.fulfill({ status: 400, json: { error: "invalid_grant" } });
      used.add(token);
      await new Promise((done) => setTimeout(done, 200));
      const number = refreshes + 1;
      return route.fulfill({
        json: { access_token: `A${number}`, token_type: "Bearer", refresh_token: `R${number}`, expires_in: 3600 },
      });
    });
    const [page, other] = [await context.newPage(), await context.newPage()];
    for (const each of [page, other]) await each.goto(first.url());
    const open = async () => {
      const { refreshWith, storageKeeper, TokenSession } = await import("verijot/session");
      globalThis.session = new TokenSession({
        refresh: refreshWith({ tokenEndpoint: new URL("/token", location.href), clientId: "page" }),
        keeper: storageKeeper(() => localStorage),
      });
    };
    for (const each of [page, other]) await each.evaluate(open);
    await page.evaluate(() => session.signIn({ accessToken: "A1", refreshToken: "R1", expiresIn: 0 }));
    await new Promise((done) => setTimeout(done, 100));
    const tokens = await Promise.all(
      [page, other, page, other].map((each) => each.evaluate(() => session.accessToken())),
    );
    assert.deepEqual([tokens, refreshes], [["A2", "A2", "A2", "A2"], 1]);
    await other.evaluate(() => session.signOut());
    await page.waitForFunction(async () => (await session.health()).isSignedIn === false);
    assert.equal(await page.evaluate(() => session.accessToken().catch(({ code }) => code)), "sign_in_needed");
  } finally {
    await stop();
  }
}

/** A browser takes `__Host-` cookies over https, and sends them back. */
async function chromiumOverHttps() {
  const { selfSigned } = await import("../support/certificate.mjs");
  const server = createServer(selfSigned(), (request, response) => {
    const keeper = cookieKeeper(request);
    keeper.attach(response);
    const session = new TokenSession({ refresh: () => ({ accessToken: "A2", expiresIn: 3600 }), keeper });
    const opened = async () => {
      const tokens = { accessToken: `A1${"x".repeat(9000)}`, refreshToken: "R1", expiresIn: 0 };
      if (request.url === "/sign-in") await session.signIn(tokens);
      if (request.url === "/sign-out") await session.signOut();
      return request.url === "/" ? session.accessToken() : "";
    };
    opened().then(
      (text) => response.end(text),
      ({ code }) => response.writeHead(401).end(code),
    );
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { page: first, stop } = await openPage({});
  try {
    const context = await first.context().browser().newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const origin = `https://127.0.0.1:${server.address().port}`;
    const load = async (path) => (await page.goto(origin + path)).text();
    const cookies = async () => (await context.cookies()).map(({ name, secure, httpOnly }) => [name, secure, httpOnly]);
    assert.equal(await load("/"), "sign_in_needed");
    await load("/sign-in");
    assert.equal((await cookies()).length, 3);
    assert.equal(await load("/"), "A2");
    assert.deepEqual(await cookies(), [["__Host-session", true, true]]);
    assert.equal(await page.evaluate(() => document.cookie), "");
    await load("/sign-out");
    assert.deepEqual(await cookies(), []);
  } finally {
    await stop();
    server.close();
    server.closeAllConnections();
  }
}

function importMap() {
  const imports = {
    "verijot/session": "/dist/session/index.js",
    "#module": "/dist/module/inline.js",
    "#host": "/dist/host/web.js",
  };
  return JSON.stringify({ imports });
}
