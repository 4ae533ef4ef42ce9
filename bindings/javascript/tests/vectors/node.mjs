// Runs a folder of test vectors on this host: node node.mjs FOLDER [--sync].
import { readdirSync, readFileSync } from "node:fs";
import * as verijot from "verijot";
import { runFile } from "./runner.mjs";

const [folder, ...flags] = process.argv.slice(2);
let [passed, failed, skipped] = [0, 0, 0];
for (const name of readdirSync(folder).sort()) {
  if (!name.endsWith(".json") || name.endsWith("schema.json") || name === "codes.json") continue;
  const file = JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
  const counts = await runFile(file, verijot, { sync: flags.includes("--sync") });
  for (const failure of counts.failures) console.log(failure);
  passed += counts.passed;
  failed += counts.failed;
  skipped += counts.skipped;
}
console.log(`${passed + failed} ran, ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
