import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";

test("what is verifying is there until the verification ends, whoever has forgotten it", () => {
  const script = fileURLToPath(new URL("dropped.mjs", import.meta.url));
  const values = ["--conditions=module", "--conditions=browser", "--expose-gc", script];
  const lines = execFileSync(process.execPath, values, { encoding: "utf8" }).trim().split("\n");
  const names = ["verify", "verifyJws", "explain", "idToken", "fixed", "fetched"];
  assert.deepEqual(
    lines,
    names.map((name) => `${name} unknown_key`),
  );
});
