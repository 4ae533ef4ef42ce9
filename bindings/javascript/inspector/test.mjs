// Tests the built inspector in Chromium: node inspector/test.mjs (after node inspector/build.mjs).
// CHROMIUM names another browser's file; SCREENSHOTS a folder for pictures.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const files = ["verdicts", "page", "accessible"].map((name) =>
  fileURLToPath(new URL(`tests/${name}.test.mjs`, import.meta.url)),
);
try {
  execFileSync(process.execPath, ["--test", "--test-reporter=spec", ...files], { stdio: "inherit" });
} catch {
  process.exitCode = 1;
}
