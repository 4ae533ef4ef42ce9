// Accessibility and width, by axe-core. SCREENSHOTS names a folder for pictures.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { on, paste, settled } from "./page.mjs";
import { jwk, raw } from "./tokens.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 360]) {
    test(
      `is accessible and fits: ${colorScheme}, ${width} px`,
      on(
        async (page) => {
          const states = {
            empty: async () => {},
            accepted: () => page.click("#example"),
            refused: async () => {
              await page.check('input[value="at"]', { force: true });
              await page.fill("#at", "2020-01-01 00:00");
              await page.click("summary");
              await page.check('#algorithms input[value="ES256"]', { force: true });
            },
            wrong: async () => {
              await page.check('input[value="document"]', { force: true });
              await page.fill("#policy-document", "{");
              await page.fill("#keys", "https://issuer.example");
              await page.fill("#at", "x");
            },
            long: async () => {
              await page.click("#clear");
              await paste(
                page,
                raw(
                  JSON.stringify({
                    ["n".repeat(300)]: "v".repeat(3000),
                    "\u202E": "\u202E",
                    list: ["w".repeat(500)],
                    exp: 1e300,
                    iat: 1e12,
                    o: { x: "y".repeat(500) },
                  }),
                  { alg: "ES256", kid: "k".repeat(500) },
                ),
                JSON.stringify({
                  keys: [
                    { ...jwk, kid: "k".repeat(500) },
                    { kty: "t".repeat(300), kid: "z".repeat(300) },
                  ],
                }),
              );
            },
          };
          for (const [name, act] of Object.entries(states)) {
            await act();
            await settled(page);
            assert.ok(
              (await page.evaluate(() => document.documentElement.scrollWidth)) <= width,
              `${name} is too wide`,
            );
            // Its code comes over the debugger, which no policy of the page applies to.
            await page.evaluate(readFileSync(axe, "utf8"));
            const { violations } = await page.evaluate(() =>
              globalThis.axe.run(document, {
                runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
              }),
            );
            assert.deepEqual(
              violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]),
              [],
              name,
            );
            if (process.env.SCREENSHOTS !== undefined) {
              mkdirSync(process.env.SCREENSHOTS, { recursive: true });
              await page.screenshot({
                path: `${process.env.SCREENSHOTS}/${colorScheme}-${width}-${name}.png`,
                fullPage: width > 360,
              });
            }
          }
        },
        { viewport: { width, height: 800 }, colorScheme },
      ),
    );
  }
}
