import assert from "node:assert/strict";
import { test } from "node:test";
import { FOLDER, playAll } from "../scenarios/sessions.mjs";

test("every scenario of sessions", async () => {
  const results = await playAll(FOLDER);
  assert.ok(results.length > 0);
  assert.deepEqual(
    results.filter(({ problem }) => problem !== undefined),
    [],
  );
});
