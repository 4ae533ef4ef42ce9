import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { signer } from "./issuing.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const PRELUDE = `
import { JwksClient } from "verijot";
import { fetching, jwks, KEYS_URL, POLICY, signer, TestClock } from "./issuing.mjs";
const one = signer("one");
`;

/** Runs a script; gives what it printed. */
async function run(script) {
  const values = ["--input-type=module", "--eval", PRELUDE + script];
  const { stdout } = await promisify(execFile)(process.execPath, values, { cwd: here, timeout: 120_000 });
  return stdout.trim();
}

// What could keep a process alive does so for a minute; no machine is as slow as that.
const ENDS = `
const start = performance.now();
process.on("exit", () => console.log(performance.now() - start < 30_000 ? "ended at once" : "was kept alive"));
`;

test("a client keeps no process alive", async () => {
  const verify =
    "console.log((await JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch: fetching(() => jwks(one)).fetch, fetchTimeout: 60 }).verify(one.token())).subject);";
  assert.equal(await run(verify + ENDS), "somebody\nended at once");
});

test("a fetch in the background keeps no process alive", async () => {
  const script = `
    const clock = new TestClock();
    let count = 0;
    const fetch = async () => (count++ === 0 ? jwks(one) : new Promise(() => undefined));
    const store = { get: () => new Promise(() => undefined), put: () => new Promise(() => undefined) };
    const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, clock, store, fetchTimeout: 60 });
    await client.verify(one.token());
    clock.elapsed += 550;
    await client.verify(one.token());
    console.log(count);`;
  assert.equal(await run(script + ENDS), "2\nended at once");
});

test("connections of the platform's fetch keep no process alive", async (t) => {
  const { jwk, token } = signer("one");
  const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${server.address().port}/keys`;
  const script = `console.log((await JwksClient.fromUrl("${url}", POLICY).verify("${token()}")).subject);`;
  assert.equal(await run(script + ENDS), "somebody\nended at once");
});

test("a process waits for the verification that it awaits", async () => {
  const script = `
    const fetch = () => new Promise(() => undefined);
    const client = JwksClient.fromUrl(KEYS_URL, { ...POLICY, fetch, fetchTimeout: 0.3 });
    const ended = await Promise.allSettled([client.verify(one.token()), client.verify(one.token())]);
    console.log(ended.map(({ reason }) => reason.code).join());`;
  assert.equal(await run(script + ENDS), "keys_unavailable,keys_unavailable\nended at once");
});
