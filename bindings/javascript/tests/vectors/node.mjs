// Runs a folder of test vectors on the platform that runs this file, and prints the counts as JSON:
// node node.mjs FOLDER [--sync] [--lacks=WORD,WORD].
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import * as verijot from "verijot";
import { add, isVectors, none } from "./files.mjs";
import { runFile } from "./runner.mjs";

const [folder, ...flags] = process.argv.slice(2);
const sync = flags.includes("--sync");
const lacks =
  flags
    .find((flag) => flag.startsWith("--lacks="))
    ?.slice("--lacks=".length)
    .split(",") ?? [];
let counts = none();
for (const name of readdirSync(folder).sort().filter(isVectors)) {
  const file = JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
  counts = add(counts, await runFile(file, verijot, { sync, lacks }));
}
console.log(JSON.stringify(counts));
