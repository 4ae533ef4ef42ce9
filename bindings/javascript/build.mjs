// Builds the package into dist: the WebAssembly module, the JavaScript, the types.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const run = (command, ...values) => execFileSync(command, values, { cwd: here, stdio: "inherit" });

rmSync(`${here}dist`, { recursive: true, force: true });
run(`${here}node_modules/.bin/tsc`);
if (!process.argv.includes("--no-wasm")) run("../wasm/build", `${here}verijot.wasm`);
const wasm = readFileSync(`${here}verijot.wasm`);
writeFileSync(`${here}dist/verijot.wasm`, wasm);
writeFileSync(`${here}dist/module/base64.js`, `export const base64 = "${wasm.toString("base64")}";\n`);

// In the checkout Node uses the files as they are compiled; `bundle.mjs` puts bundles in the place of these.
const { exports } = JSON.parse(readFileSync(`${here}package.json`, "utf8"));
for (const { node, default: compiled } of Object.values(exports).filter(({ node }) => node !== undefined)) {
  mkdirSync(dirname(here + node), { recursive: true });
  const from = (file) => `from "${relative(dirname(node), file)}";\n`;
  const first = exports["."].default;
  writeFileSync(here + node, (compiled === first ? "" : `export {} ${from(first)}`) + `export * ${from(compiled)}`);
}
