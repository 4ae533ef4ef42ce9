// The service on workerd, its issuer and a browser, from the sign-in to a stolen session. Counts the requests
// that the issuer gets in each phase.
//
// VERIJOT=… node --test examples/workspace/e2e.test.mjs
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cookieKeeper } from "verijot/session";
import { chromium, program, tool } from "../../tests/hosts/runtimes.mjs";
import { deploy } from "./deploy.mjs";
import { Browser } from "./e2e/browser.mjs";
import { freeSettings } from "./e2e/settings.mjs";
import { verijot } from "./e2e/verijot.mjs";
import { Issuer } from "./issuer/issuer.mjs";
import { serve } from "./serve.mjs";

const NONE = {};
const ONE_REFRESH = { "/token": 1 };
const KEYS = { "/.well-known/openid-configuration": 1, "/jwks.json": 1 };
const SIGN_IN = { "/authorize": 2, "/token": 1 };

test(
  "the service, its issuer and a browser",
  { skip: chromium() === undefined && "Chromium is missing" },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "verijot-workspace-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const settings = await freeSettings();
    const { origin } = settings;
    const issuer = new Issuer(settings);
    await issuer.start();
    t.after(() => issuer.stop());
    let stop = async () => {};
    t.after(() => stop());
    const redeploy = async (options = {}) => {
      await stop();
      const given = { esbuild: tool("esbuild"), bakesLoopback: true, program: verijot(), ...options };
      const isBaked = await deploy(settings, folder, given);
      stop = await serve(folder, settings, program("workerd")[0]);
      return isBaked;
    };
    const browser = await Browser.start(origin);
    t.after(() => browser.close());

    /** One step of the story. After a failure the next ones would say nothing. */
    let hasFailed = false;
    const step = (name, work) =>
      t.test(name, { timeout: 120_000 }, async (t) => {
        if (hasFailed) return t.skip("after a failure");
        hasFailed = true;
        await work(t);
        hasFailed = false;
      });
    /** A step in which the issuer must get exactly these requests. */
    const phase = (name, expected, work) =>
      step(name, async (t) => {
        issuer.takeCounts();
        await work();
        const counts = issuer.takeCounts();
        t.diagnostic(`the issuer's requests: ${JSON.stringify(counts)}`);
        assert.deepEqual(counts, expected);
      });
    const cookies = { secure: false, origin };
    /** The tokens in the browser's cookies. */
    const tokens = async () => cookieKeeper({ headers: { cookie: await browser.cookie() } }, cookies).load();
    /** The cookies with these tokens, as a header has them. */
    const cookieOf = (tokens) => {
      const keeper = cookieKeeper({ headers: {} }, cookies);
      keeper.store(tokens);
      return keeper.setCookies.map((line) => line.split(";")[0]).join("; ");
    };
    /** Signs in with tokens that expire, and waits for that. The next ones live for long. */
    const expired = async (user, before) => {
      if (hasFailed) return;
      // Long enough for a slow machine to sign in before the last fifth, in which pages refresh.
      issuer.lifetime = 5;
      await browser.signIn(user);
      issuer.lifetime = 300;
      await before();
      const { issuedAt, expiresIn } = await tokens();
      await pause((issuedAt + expiresIn) * 1000 + 100 - Date.now());
    };
    /**
     * Turns the browser's session into one whose tokens have expired, without the wait: the issuer signs the same
     * claims with earlier dates, and the cookies say that they came earlier. The refresh token stays.
     */
    const age = async () => {
      const now = await tokens();
      // Further back than clocks may differ.
      const by = now.expiresIn + 60;
      const earlier = (typ, token) => {
        const { iat, exp, ...claims } = claimsOf(token);
        return issuer.keys.sign(typ, { ...claims, iat: iat - by, exp: exp - by });
      };
      const [accessToken, idToken] = [earlier("at+jwt", now.accessToken), earlier("JWT", now.idToken)];
      await browser.setCookie(cookieOf({ ...now, accessToken, idToken, issuedAt: now.issuedAt - by }));
    };
    const aged = async (user) => {
      if (hasFailed) return;
      await browser.signIn(user);
      await age();
    };

    await phase("deployment: the keys are fetched once", KEYS, async () => {
      assert.equal(await redeploy(), true);
    });

    await phase("sign-in", SIGN_IN, async () => {
      assert.equal(await browser.load("/acme"), 401);
      await browser.signIn("alice");
      assert.equal(browser.path, "/");
      assert.equal(await browser.text("#user"), "Alice");
      assert.deepEqual(await browser.texts("#organizations li"), ["Acme", "Globex"]);
    });

    await phase("pages: no request", NONE, async () => {
      await browser.click("Acme");
      assert.equal(await browser.text("#role"), "owner");
      await browser.click("2 projects");
      assert.deepEqual(await browser.texts("#projects li"), ["Rocket", "Anvil <tm>"]);
      for (let count = 0; count < 5; count += 1) assert.equal(await browser.reload(), 200);
      assert.equal(await browser.load("/globex"), 200);
      assert.equal(await browser.text("#role"), "member");
      // With several organizations a URL must name one; that of others looks like one that is missing.
      assert.equal(await browser.load("/projects"), 400);
      assert.deepEqual(await browser.links("#organizations a"), ["/acme/projects", "/globex/projects"]);
      for (const path of ["/initech", "/initech/projects", "/acme/other", "/acme/projects/rocket", "/__proto__"]) {
        assert.equal(await browser.load(path), 404, path);
      }
    });

    await phase("WebSocket: no request", NONE, async () => {
      await browser.load("/");
      assert.equal(await browser.echo("/acme/socket", "hello"), "acme: Alice: hello");
      assert.equal(await browser.echo("/initech/socket", "hello"), "refused");
      assert.equal(await browser.echo("/socket", "hello"), "refused");
    });

    await phase("requests from elsewhere are refused", NONE, async () => {
      const cookie = await browser.cookie();
      const post = (path, from) =>
        fetch(origin + path, { method: "POST", headers: { cookie, ...from }, redirect: "manual" });
      for (const from of [{}, { origin: "https://evil.example" }, { origin: "null" }]) {
        assert.deepEqual([(await post("/sign-out", from)).status, (await post("/sign-in", from)).status], [403, 403]);
      }
      const forged = `${origin}/sign-in/callback?code=x&state=y`;
      assert.equal((await fetch(forged, { headers: { cookie } })).status, 400);
      assert.equal(await browser.load("/acme"), 200);
    });

    await phase("sign-out", { "/revoke": 1 }, async () => {
      const cookie = await browser.cookie();
      await browser.signOut();
      assert.equal(await browser.cookie(), "");
      assert.equal(await browser.load("/acme"), 401);
      // Claims alone decide: a copy of the cookies is good until the access token expires.
      assert.equal((await fetch(`${origin}/acme`, { headers: { cookie } })).status, 200);
    });

    await step("tokens in the wrong place are refused", async () => {
      await browser.signIn("alice");
      const alice = await tokens();
      await browser.signIn("bob");
      const bob = await tokens();
      const status = async (tokens) => {
        const cookie = cookieOf({ ...tokens, refreshToken: undefined });
        return (await fetch(`${origin}/acme`, { headers: { cookie } })).status;
      };
      issuer.takeCounts();
      assert.equal(await status(alice), 200);
      for (const wrong of [
        { idToken: bob.idToken },
        { idToken: undefined },
        { idToken: alice.accessToken },
        { accessToken: alice.idToken },
        { accessToken: `${alice.accessToken.slice(0, -4)}AAAA` },
        { accessToken: "x" },
      ]) {
        assert.equal(await status({ ...alice, ...wrong }), 401, Object.keys(wrong).join());
      }
      assert.deepEqual(issuer.takeCounts(), NONE);
    });

    await step("users of one organization or none", async () => {
      await browser.signIn("bob");
      assert.equal(await browser.text("#role"), "member");
      assert.equal(await browser.load("/projects"), 200);
      assert.equal(await browser.echo("/socket", "hello"), "acme: Bob: hello");
      assert.equal(await browser.load("/globex"), 404);
      await browser.signIn("carol");
      assert.equal(await browser.load("/"), 200);
      assert.equal(await browser.load("/acme"), 404);
    });

    await aged("alice");
    await phase("expired tokens: one refresh, then none", ONE_REFRESH, async () => {
      for (let count = 0; count < 3; count += 1) assert.equal(await browser.load("/acme"), 200);
    });

    await aged("alice");
    await phase("ten concurrent requests of the browser at expiry: one refresh", ONE_REFRESH, async () => {
      issuer.delay = 500;
      assert.deepEqual(await browser.fetchAll(Array(10).fill("/acme/projects")), Array(10).fill(200));
      issuer.delay = 0;
      assert.equal(await browser.load("/acme"), 200);
    });

    await aged("alice");
    await phase("ten concurrent requests with the same expired cookies: one refresh", ONE_REFRESH, async () => {
      issuer.delay = 500;
      const cookie = await browser.cookie();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => fetch(`${origin}/acme`, { headers: { cookie } })),
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        Array(10).fill(200),
      );
      const lines = answers.map(({ headers }) => headers.getSetCookie().join());
      assert.deepEqual([new Set(lines).size, lines[0].includes("session=")], [1, true]);
      issuer.delay = 0;
      // Late, with the old cookies.
      assert.equal(await browser.load("/acme"), 200);
    });

    let opened;
    await expired("alice", async () => {
      opened = await browser.open("/acme/socket");
    });
    await phase("WebSockets with expired tokens: refused and closed, no refresh", NONE, async () => {
      assert.equal(await browser.say(opened, "hello"), "closed: 4401");
      assert.equal(await browser.echo("/acme/socket", "hello"), "refused");
    });
    await phase("a page refreshes for the next WebSocket", ONE_REFRESH, async () => {
      assert.equal(await browser.load("/acme"), 200);
      assert.equal(await browser.echo("/acme/socket", "hello"), "acme: Alice: hello");
    });

    await phase("rotation: the next key is deployed before it signs", KEYS, async () => {
      issuer.keys.announce();
      await redeploy();
      issuer.keys.switch();
      assert.equal(await browser.load("/acme"), 200);
    });
    await phase("rotation: tokens of the new key are accepted", SIGN_IN, async () => {
      const old = await browser.cookie();
      await browser.signIn("alice");
      assert.equal(await browser.load("/acme"), 200);
      await browser.setCookie(old);
      assert.equal(await browser.load("/acme"), 200);
    });
    await phase("rotation: the old key is gone with the next deployment", { ...KEYS, ...ONE_REFRESH }, async () => {
      issuer.keys.retire();
      assert.equal(await browser.load("/acme"), 200);
      await redeploy();
      assert.equal(await browser.echo("/acme/socket", "hello"), "refused");
      // Refused, so refreshed; nobody is signed out.
      assert.equal(await browser.load("/acme"), 200);
      assert.equal(await browser.reload(), 200);
    });
    await step("rotation without a deployment: new tokens are refused until there is one", async () => {
      issuer.keys.announce();
      issuer.keys.switch();
      issuer.keys.retire();
      assert.equal(await browser.load("/acme"), 200);
      const old = await browser.cookie();
      await browser.signIn("alice");
      assert.equal(await browser.text("#reason"), "The issuer's tokens are refused.");
      await browser.setCookie(old);
      assert.equal(await browser.load("/acme"), 200);
      await redeploy();
      assert.equal(await browser.load("/acme"), 200);
    });

    await phase("the issuer is down: pages go on", NONE, async () => {
      await issuer.stop();
      for (const path of ["/acme", "/acme/projects", "/"]) assert.equal(await browser.load(path), 200);
      assert.equal(await browser.echo("/acme/socket", "hello"), "acme: Alice: hello");
      await issuer.start();
    });
    await aged("alice");
    await phase("the issuer is down at expiry: nobody is signed out", ONE_REFRESH, async () => {
      await issuer.stop();
      assert.equal(await browser.load("/acme"), 503);
      assert.notEqual(await browser.cookie(), "");
      await issuer.start();
      for (let count = 0; count < 50 && (await browser.load("/acme")) !== 200; count += 1) await pause(200);
      assert.equal(await browser.load("/acme"), 200);
    });

    await aged("alice");
    await phase("a stolen refresh token ends its family", { ...KEYS, "/token": 3 }, async () => {
      const stolen = await browser.cookie();
      assert.equal(await browser.load("/acme"), 200);
      // Another isolate, which knows nothing of the first refresh.
      await redeploy();
      const answer = await fetch(`${origin}/acme`, { headers: { cookie: stolen } });
      assert.equal(answer.status, 401);
      assert.match(answer.headers.getSetCookie().join(), /^session=; .*Max-Age=0$/);
      await age();
      assert.equal(await browser.load("/acme"), 401);
      assert.equal(await browser.cookie(), "");
      // Signed out, so nothing is left to send.
      assert.equal(await browser.load("/acme"), 401);
    });

    await step("keys of loopback are not baked in unless forced", async () => {
      issuer.takeCounts();
      assert.equal(await redeploy({ bakesLoopback: false }), false);
      assert.deepEqual(issuer.takeCounts(), NONE);
    });
    await phase("a failed fetch does not stop the deployment", NONE, async () => {
      await issuer.stop();
      assert.equal(await redeploy(), false);
      await issuer.start();
      assert.equal(await redeploy({ program: join(folder, "missing") }), false);
    });
    await phase(
      "keys at run time: fetched with the first sign-in, once for both tokens",
      { ...SIGN_IN, ...KEYS },
      async () => {
        await browser.signIn("alice");
        assert.equal(await browser.load("/acme"), 200);
      },
    );
    await phase("keys at run time: then no request", NONE, async () => {
      for (let count = 0; count < 5; count += 1) assert.equal(await browser.load("/acme"), 200);
    });
    await phase("keys at run time: those of a rotation are fetched", { ...SIGN_IN, ...KEYS }, async () => {
      issuer.keys.announce();
      issuer.keys.switch();
      await browser.signIn("alice");
      assert.equal(await browser.load("/acme"), 200);
    });
  },
);

function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
