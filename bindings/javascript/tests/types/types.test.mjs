import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("the package's types are what its users need", () => {
  const path = (name) => fileURLToPath(new URL(name, import.meta.url));
  const { stdout, stderr, status } = spawnSync(path("../../node_modules/.bin/tsc"), ["-p", path("tsconfig.json")], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout + stderr);
});
