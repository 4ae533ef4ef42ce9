// A page with the inspector, in Chromium, from file://.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

/** The inspector's address. */
export const built = new URL("../../dist-inspector/inspector.html", import.meta.url);

export let browser;
before(async () => {
  assert.ok(existsSync(built), "build the inspector first: node inspector/build.mjs");
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});
after(() => browser?.close());

/** A test on a fresh page, which must make no request, store nothing and break no rule of its policy. */
export function on(body, options = {}) {
  return async () => {
    const context = await browser.newContext({
      timezoneId: "Europe/Berlin",
      locale: "en-GB",
      reducedMotion: "reduce",
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    try {
      const page = await context.newPage();
      const requests = [];
      const complaints = [];
      context.on("request", (request) => requests.push(request.url()));
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("dialog", (dialog) => complaints.push(dialog.message()));
      await page.addInitScript(() => {
        globalThis.broken = [];
        document.addEventListener("securitypolicyviolation", (event) =>
          broken.push(`${event.violatedDirective} ${event.blockedURI}`),
        );
      });
      await page.goto(built.href);
      await body(page);
      assert.deepEqual(await page.evaluate(() => broken), []);
      assert.deepEqual(complaints, []);
      assert.deepEqual(
        requests.filter((url) => url !== built.href),
        [],
      );
      const stored = await page.evaluate(async () => [
        localStorage.length,
        sessionStorage.length,
        document.cookie,
        history.length,
        (await indexedDB.databases()).length,
      ]);
      assert.deepEqual(stored.slice(0, 3), [0, 0, ""]);
      assert.ok(stored[3] <= 2, "history");
      assert.equal(stored[4], 0);
    } finally {
      await context.close();
    }
  };
}

export async function paste(page, token, keys, wait = () => {}) {
  await page.fill("#token", token);
  await page.fill("#keys", keys);
  await wait();
  await settled(page);
}

/** Waits until what was typed is shown. */
export async function settled(page) {
  await page.waitForFunction(() => document.getElementById("inputs").dataset.busy === "false");
}

export function title(page) {
  return page.textContent("#verdict-title");
}
