import assert from "node:assert/strict";
import { test } from "node:test";
import * as verijot from "verijot";

test("the package exports classes, and these functions and symbols", () => {
  const others = Object.entries(verijot).filter(([name, value]) => /^[a-z]/.test(name) || typeof value !== "function");
  const functions = ["guardRequest", "preset", "resourceMetadataUrl"];
  assert.deepEqual(others.map(([name]) => name).sort(), [
    "anyNonce",
    ...functions,
    "withoutNonce",
    "withoutReplayCheck",
  ]);
});
