import assert from "node:assert/strict";
import { test } from "node:test";

import { SERVICES } from "../support/services.mjs";
import { playGuards } from "./guards.mjs";

for (const framework of Object.keys(SERVICES)) {
  test(`every scenario of guards passes in ${framework}`, async () => {
    const { ran, failures } = await playGuards(framework);
    assert.deepEqual(failures, []);
    assert.ok(ran > 0);
  });
}
