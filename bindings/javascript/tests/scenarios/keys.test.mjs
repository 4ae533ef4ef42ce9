// Every scenario of keys over time, in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as verijot from "verijot";
import { scenariosOf } from "./files.mjs";
import { play } from "./keys_player.mjs";
import { KeysServer } from "./keys_server.mjs";
import { runAll } from "./runner.mjs";

async function playOne({ fixtures, scenario }) {
  const server = await KeysServer.start(fixtures.keys);
  try {
    await play(fixtures, scenario, verijot, server);
  } finally {
    await server.close();
  }
}

test("every scenario of keys over time ends as it says", { timeout: 300_000 }, async () => {
  const { ran, failed } = await runAll(scenariosOf("keys"), playOne);
  assert.ok(ran > 0);
  assert.equal(failed, 0);
});

const BROKEN = [
  { steps: [{ at: 0, dance: true }] },
  { steps: [{ issuer: { kees: ["a"] } }] },
  { steps: [{ at: 5, fetches: 0 }, { at: 4, fetches: 0 }] },
  { steps: [{ issuer: { keys: ["a"] } }, { fetches: 1 }] },
  { steps: [{ refresh_now: { expect: "ok" } }], settings: { fresh: 1 } },
  { weather: "fine" },
  { setup_error: "invalid_key_source" },
];

for (const scenario of BROKEN) {
  test(`fails a scenario with unknown members or another result: ${JSON.stringify(scenario)}`, async () => {
    await assert.rejects(playOne({ fixtures: { keys: { a: {} }, tokens: {} }, scenario }));
  });
}
