// What runs beyond Node: keys over time on Deno, Bun and workerd, many requests in one isolate, sessions over cookies
// on workerd and in tabs of Chromium.
//
// node tests/platforms.mjs
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { checkIsolate } from "./client/isolate.mjs";
import { program } from "./hosts/runtimes.mjs";
import { startWorker } from "./hosts/workerd.mjs";
import { playAllOn } from "./scenarios/keys.mjs";
import { playAllOn as playSessionsOn } from "./scenarios/sessions.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

for (const name of ["deno", "bun"]) {
  const [command, ...before] = program(name);
  execFileSync(command, [...before, path("scenarios/keys.mjs")], { stdio: ["ignore", "ignore", "inherit"] });
  console.log(`keys over time: ${name} passed`);
}
await on("scenarios/keys_worker.mjs", async (url) => {
  const { ran, failed } = await playAllOn(url);
  if (ran === 0 || failed > 0) throw new Error(`keys over time on workerd: ${failed} of ${ran} failed`);
  console.log(`keys over time: workerd passed, ${ran} scenarios`);
});
await on("scenarios/sessions_worker.mjs", async (url) => {
  const { ran, failed } = await playSessionsOn(url);
  if (ran === 0 || failed > 0) throw new Error(`sessions on workerd: ${failed} of ${ran} failed`);
  console.log(`sessions: workerd passed, ${ran} scenarios`);
});
await on("keys/unloadable_worker.mjs", async (url) => {
  const skipped = [["odd", "unsupported_algorithm"]];
  const health = { usableKeys: 1, skippedKeys: 2, skipped: [...skipped, ["empty", "malformed_key"]] };
  const expected = { codes: ["unknown_key"], subject: "alice", skipped, health };
  assert.deepEqual(await (await fetch(url)).json(), expected);
});
console.log("a key that workerd cannot load: skipped once");
await on("client/isolate_worker.mjs", checkIsolate);
console.log("many requests in one isolate: workerd passed");
await import("./session/platforms.mjs");
process.exit();

async function on(entry, check) {
  const { url, stop } = await startWorker(path(entry));
  try {
    await check(url);
  } finally {
    stop();
  }
}
