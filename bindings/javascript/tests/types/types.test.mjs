import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

function compiles(...values) {
  const { stdout, stderr, status } = spawnSync(path("../../node_modules/.bin/tsc"), values, { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
}

test("the package's types are what its users need", () => compiles("-p", path("tsconfig.json")));

// Each with the names of the web that it has, and with declarations written, for which every type needs a name.
const LIBRARIES = {
  "a page": ["--lib", "es2022,dom", "--types", ""],
  "a worker": ["--lib", "es2022,webworker", "--types", ""],
  "a service on Node": ["--lib", "es2022", "--types", "node"],
};
for (const [name, library] of Object.entries(LIBRARIES)) {
  test(`the types are complete in ${name}`, () => {
    const out = mkdtempSync(join(tmpdir(), "verijot-types-"));
    try {
      const flags = ["--ignoreConfig", "--strict", "--target", "es2022", "--module", "nodenext", "--declaration"];
      compiles(...flags, ...library, "--rootDir", path("../.."), "--outDir", out, path("names.ts"));
    } finally {
      rmSync(out, { recursive: true });
    }
  });
}

test("TypeScript that does not read `exports` finds the same types", () => {
  const { types, exports, typesVersions } = JSON.parse(readFileSync(path("../../package.json"), "utf8"));
  const { ".": root, ...others } = Object.fromEntries(
    Object.entries(exports).flatMap(([name, { types: found }]) => (found === undefined ? [] : [[name, found]])),
  );
  assert.equal(types, root);
  const listed = Object.entries(others).map(([name, found]) => [name.replace("./", ""), [found]]);
  assert.deepEqual(typesVersions, { "*": Object.fromEntries(listed) });
});
