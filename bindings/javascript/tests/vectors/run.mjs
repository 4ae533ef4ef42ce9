// Runs a folder of test vectors on the platforms: run.mjs FOLDER [PLATFORM…].
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openPage } from "../hosts/page.mjs";
import { chromium, program, tool } from "../hosts/runtimes.mjs";
import { startWorker } from "../hosts/workerd.mjs";
import { add, isVectors, none } from "./files.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** What runs a folder on each platform; `lacks` is what the platform cannot do, of the words in `requires`. */
const PLATFORMS = {
  node: (folder) => onServer("node", folder, []),
  "node-sync": (folder) => onServer("node", folder, [], true),
  node22: (folder) => onServer("node22", folder, []),
  deno: (folder) => onServer("deno", folder, ["RSA-8192"]),
  "deno-sync": (folder) => onServer("deno", folder, ["RSA-8192"], true),
  bun: (folder) => onServer("bun", folder, []),
  "bun-sync": (folder) => onServer("bun", folder, [], true),
  workerd: (folder) => onWorkerd(folder, ["RSA-exponent"]),
  chromium: (folder) => inChromium(folder, []),
};

async function onServer(platform, folder, lacks, sync = false) {
  const [command, ...before] = program(platform);
  const flags = [...(sync ? ["--sync"] : []), ...(lacks.length > 0 ? [`--lacks=${lacks}`] : [])];
  const run = promisify(execFile);
  const { stdout } = await run(command, [...before, here("node.mjs"), folder, ...flags], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout);
}

async function onWorkerd(folder, lacks) {
  const worker = await startWorker(here("worker.mjs"));
  try {
    const query = lacks.map((word) => `lacks=${word}`).join("&");
    return await each(folder, async (text) => {
      const answer = await fetch(`${worker.url}?${query}`, { method: "POST", body: text });
      if (!answer.ok) throw new Error(`the worker answered ${answer.status}: ${await answer.text()}`);
      return answer.json();
    });
  } finally {
    worker.stop();
  }
}

async function inChromium(folder, lacks) {
  const { outputFiles } = await tool("esbuild").build({
    ...{ entryPoints: [here("page.mjs")], bundle: true, format: "esm", platform: "browser", write: false },
  });
  const { page, stop } = await openPage({ "/main.js": outputFiles[0].text });
  try {
    await page.waitForFunction("globalThis.runVectors !== undefined");
    const run = ([text, words]) => globalThis.runVectors(JSON.parse(text), words);
    return await each(folder, (text) => page.evaluate(run, [text, lacks]));
  } finally {
    await stop();
  }
}

async function each(folder, run) {
  let counts = none();
  for (const name of readdirSync(folder).sort().filter(isVectors)) {
    counts = add(counts, await run(readFileSync(join(folder, name), "utf8")));
  }
  return counts;
}

const [folder, ...named] = process.argv.slice(2);
const unknown = named.find((name) => !Object.hasOwn(PLATFORMS, name));
if (folder === undefined || unknown !== undefined) {
  console.error(`usage: bindings/javascript/vectors DIR [HOST…], of ${Object.keys(PLATFORMS).join(", ")}`);
  process.exit(2);
}
for (const name of named.length > 0 ? named : Object.keys(PLATFORMS)) {
  if (name === "chromium" && named.length === 0 && process.env.CI !== "true" && chromium() === undefined) {
    console.log(`chromium: not run, Chromium is missing; install Debian's package chromium`);
    continue;
  }
  try {
    const { passed, failed, skipped, failures } = await PLATFORMS[name](folder);
    for (const failure of failures) console.log(`FAILED ${name}: ${failure}`);
    console.log(`${name}: ${passed + failed} ran, ${passed} passed, ${failed} failed, ${skipped} skipped`);
    if (failed > 0 || passed === 0) process.exitCode = 1;
  } catch (error) {
    console.log(`FAILED ${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
