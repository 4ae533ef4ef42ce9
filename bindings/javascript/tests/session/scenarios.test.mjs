import assert from "node:assert/strict";
import { test } from "node:test";
import { scenariosOf } from "../scenarios/files.mjs";
import { patience } from "../scenarios/playing.mjs";
import { runAll } from "../scenarios/runner.mjs";
import { playHere } from "../scenarios/sessions.mjs";

test("every scenario of sessions", async () => {
  const { ran, failed } = await runAll(scenariosOf("sessions"), playHere);
  assert.ok(ran > 0);
  assert.equal(failed, 0);
});

const BROKEN = [
  { steps: [{ at: 0, dance: true }] },
  { steps: [{ at: 0, endpoint: { acess: "A" } }] },
  { steps: [{ refreshes: 1 }] },
  { steps: [{ request: { status: 200 } }] },
  { settings: { skw: 1 }, steps: [] },
  { steps: [], weather: "fine" },
];

for (const scenario of BROKEN) {
  test(`fails a scenario of sessions with unknown members or another result: ${JSON.stringify(scenario)}`, async () => {
    patience.seconds = 1;
    await assert.rejects(playHere({ scenario }));
  });
}
