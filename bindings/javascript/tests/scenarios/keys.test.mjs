// Every scenario of keys over time, in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenariosOf } from "./files.mjs";
import { playHere } from "./keys.mjs";
import { patience } from "./playing.mjs";
import { runAll } from "./runner.mjs";

test("every scenario of keys over time ends as it says", { timeout: 300_000 }, async () => {
  const { ran, failed } = await runAll(scenariosOf("keys"), playHere);
  assert.ok(ran > 0);
  assert.equal(failed, 0);
});

const BROKEN = [
  { steps: [{ at: 0, dance: true }] },
  { steps: [{ issuer: { kees: ["a"] } }] },
  {
    steps: [
      { at: 5, fetches: 0 },
      { at: 4, fetches: 0 },
    ],
  },
  { steps: [{ issuer: { keys: ["a"] } }, { fetches: 1 }] },
  { steps: [{ refresh_now: { expect: "ok" } }], settings: { fresh: 1 } },
  { weather: "fine" },
  { setup_error: "invalid_key_source" },
];

for (const scenario of BROKEN) {
  test(`fails a scenario with unknown members or another result: ${JSON.stringify(scenario)}`, async () => {
    patience.seconds = 1;
    await assert.rejects(playHere({ fixtures: { keys: { a: {} }, tokens: {} }, scenario }));
  });
}
