// Runs the README's examples of frameworks and testing.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { TestIssuer } from "verijot/testing";

import { clientOf } from "../support/client.mjs";
import { get } from "../support/http.mjs";
import { listen, listenFetch } from "../support/services.mjs";

// Inside the package, so that its own name is found.
const folder = mkdtempSync(fileURLToPath(new URL(".examples-", import.meta.url)));
after(() => rmSync(folder, { recursive: true }));

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const examples = (section) => {
  const text = readme.split(/^## /m).find((each) => each.startsWith(`${section}\n`));
  // In place of their client that of the tests, whose issuer needs no network.
  const here = (code) => code.replace(/^const client = .*$/m, "const { client } = globalThis;");
  return [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => here(code));
};

const issuer = new TestIssuer({ audience: "https://api.example" });
globalThis.client = clientOf(issuer.jwks, { issuer: issuer.url, audience: "https://api.example" });

const START = {
  "verijot/hono": (app) => listenFetch(app.fetch),
  "verijot/express": (app) => listen(createServer(app)),
  "verijot/fastify": async (app) => ({ url: await app.listen({ port: 0 }), close: () => app.close() }),
  '"verijot"': (app) => listenFetch(app.fetch),
};

test("the examples of frameworks guard a route", async () => {
  const codes = examples("Frameworks");
  assert.equal(codes.length, Object.keys(START).length);
  for (const code of codes) {
    const [name] = Object.keys(START).filter((each) => code.includes(each));
    const { app } = await run(`${code}\nexport { app };`);
    const service = await START[name](app);
    try {
      const ask = async (claims) => {
        const token = await issuer.token(claims);
        return get(`${service.url}/orders`, [["Authorization", `Bearer ${token}`]]);
      };
      assert.equal((await get(`${service.url}/orders`)).status, 401, name);
      assert.equal((await ask({ sub: "alice" })).status, 403, name);
      assert.equal((await ask({ sub: "alice", scope: "orders:read" })).body, '{"subject":"alice"}', name);
    } finally {
      await service.close();
    }
  }
});

test("the examples of testing print what they say", async (context) => {
  const codes = examples("Testing");
  assert.ok(codes.length > 0);
  for (const code of codes) {
    const print = context.mock.method(console, "log", () => {});
    await run(code);
    const printed = print.mock.calls.map(({ arguments: [value] }) => String(value));
    print.mock.restore();
    assert.deepEqual(
      printed,
      [...code.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, value]) => value),
    );
  }
});

let files = 0;
async function run(code) {
  const file = `${folder}/${(files += 1)}.mjs`;
  writeFileSync(file, code);
  return import(pathToFileURL(file).href);
}
