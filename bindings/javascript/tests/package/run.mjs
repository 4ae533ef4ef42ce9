// Packs the package, installs the tarball into an empty folder outside the checkout, and runs the README's
// first example there on every platform and through every bundler: run.mjs [NAME…].
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { openPage } from "../hosts/page.mjs";
import { chromium, command, program, root } from "../hosts/runtimes.mjs";
import { startWorker } from "../hosts/workerd.mjs";
import { example, page, printed, required, worker } from "./newcomer.mjs";

const folder = mkdtempSync(join(tmpdir(), "verijot-newcomer-"));
const wasm = join(folder, "node_modules/verijot/dist/verijot.wasm");

function write(name, content) {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

function output(file, values, options = {}) {
  return execFileSync(file, values, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
}

function prints(platform, script) {
  const [binary, ...before] = program(platform);
  assert.equal(output(binary, [...before, script]).trim(), printed);
}

async function answers(entry) {
  const { url, stop } = await startWorker(entry, { wasm, folder });
  try {
    assert.equal(await (await fetch(url)).text(), printed);
  } finally {
    stop();
  }
}

async function shows(script) {
  const { page: opened, errors, stop } = await openPage({ "/main.js": script });
  try {
    await opened
      .waitForFunction("document.body.dataset.printed !== undefined")
      .catch(() => assert.fail(errors.join("\n")));
    assert.equal(await opened.evaluate("document.body.dataset.printed"), printed);
  } finally {
    await stop();
  }
}

/** What a script prints once it is away from the package, whose files are not beside it then. */
function movedPrints(script, name) {
  const elsewhere = mkdtempSync(join(tmpdir(), "verijot-bundle-"));
  try {
    writeFileSync(join(elsewhere, name), readFileSync(script));
    return output(program("node")[0], [join(elsewhere, name)], { cwd: elsewhere }).trim();
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
}

/** Through the command line, as users do, without a line of configuration. */
function esbuild(entry, outfile, ...flags) {
  mkdirSync(join(folder, dirname(outfile)), { recursive: true });
  output(command("esbuild"), [entry, "--bundle", `--outfile=${outfile}`, "--log-level=warning", ...flags]);
  return join(folder, outfile);
}

function wrangler(...values) {
  const [node, script] = program("wrangler");
  const env = {
    ...process.env,
    ...{ CI: "1", WRANGLER_SEND_METRICS: "false", PATH: `${dirname(node)}:${process.env.PATH}` },
  };
  return { command: node, values: [script, ...values], env };
}

function vectors(...flags) {
  cpSync(join(root, "tests/vectors"), join(folder, "vectors"), { recursive: true });
  const testvectors = process.env.VERIJOT_TESTVECTORS ?? join(root, "../../testvectors");
  const { passed, failures } = JSON.parse(output(program("node")[0], ["vectors/node.mjs", testvectors, ...flags]));
  assert.deepEqual(failures, []);
  assert.ok(passed > 2000, `only ${passed} cases`);
}

const TRIALS = {
  "node, import": () => prints("node", "newcomer.mjs"),
  "node, require": () => prints("node", "newcomer.cjs"),
  "node 22, import": () => prints("node22", "newcomer.mjs"),
  "node 22, require": () => prints("node22", "newcomer.cjs"),
  deno: () => prints("deno", "newcomer.mjs"),
  bun: () => prints("bun", "newcomer.mjs"),
  "bun, require": () => prints("bun", "newcomer.cjs"),
  workerd: () => answers(join(folder, "worker.mjs")),
  "node, an error that nobody catches": () => {
    write(
      "uncaught.mjs",
      'import { Verifier } from "verijot";\nnew Verifier({ issuer: null, audience: null, leewey: 1 });\n',
    );
    const { stderr } = spawnSync(program("node")[0], ["uncaught.mjs"], { cwd: folder, encoding: "utf8" });
    assert.match(stderr, /InvalidPolicyError: leewey: unknown option/);
    assert.ok(stderr.length < 3000, `${stderr.length} characters, with the line that threw`);
  },
  "errors say where they were thrown": () => {
    const script = [
      'import { JwkSet, Verifier } from "verijot";',
      "const verifier = new Verifier({ issuer: null, audience: null });",
      'const error = await verifier.verify("", JwkSet.from({ keys: [] })).catch((error) => error);',
      "console.log(error.name, /^ +at /m.test(error.stack));",
    ];
    write("stack.mjs", script.join("\n"));
    for (const platform of ["node", "node22", "deno", "bun"]) {
      const [binary, ...before] = program(platform);
      assert.equal(output(binary, [...before, "stack.mjs"]).trim(), "MalformedTokenError true", platform);
    }
  },
  "esbuild for node": () => {
    const bundle = esbuild("newcomer.mjs", "out/node.mjs", "--platform=node", "--format=esm");
    assert.equal(movedPrints(bundle, "main.mjs"), printed);
  },
  "esbuild for node, CommonJS": () => {
    assert.equal(movedPrints(esbuild("newcomer.cjs", "out/node.cjs", "--platform=node"), "main.cjs"), printed);
  },
  // Whoever names conditions takes away `module`, which esbuild has by default.
  "esbuild for node, other conditions": () => {
    for (const format of ["esm", "cjs"]) {
      const flags = ["--platform=node", `--format=${format}`, "--log-override:empty-import-meta=silent"];
      const name = format === "esm" ? "main.mjs" : "main.cjs";
      const without = esbuild("newcomer.cjs", `out/without/${name}`, ...flags, "--conditions=production");
      assert.throws(() => movedPrints(without, name), /a bundle for Node needs the condition "module"/);
      const both = esbuild("newcomer.cjs", `out/both/${name}`, ...flags, "--conditions=production,module");
      assert.equal(movedPrints(both, name), printed);
    }
  },
  "bun build for node": () => {
    const [bun] = program("bun");
    output(bun, ["build", "newcomer.mjs", "--target=node", "--conditions=module", "--outfile=out/bun.mjs"]);
    assert.equal(movedPrints(join(folder, "out/bun.mjs"), "main.mjs"), printed);
  },
  "esbuild for workerd": () => {
    const flags = ["--format=esm", "--conditions=workerd,worker,browser", "--external:*.wasm"];
    esbuild("worker.mjs", "out/worker.mjs", ...flags);
    return answers(join(folder, "out/worker.mjs"));
  },
  "esbuild for browsers": () =>
    shows(readFileSync(esbuild("page.mjs", "out/page.js", "--platform=browser", "--format=esm"), "utf8")),
  vite: () => {
    const [node, vite] = program("vite");
    output(node, [vite, "build", "--logLevel=error"]);
    const assets = join(folder, "dist/assets");
    const [script] = readdirSync(assets).filter((name) => name.endsWith(".js"));
    return shows(readFileSync(join(assets, script), "utf8"));
  },
  "wrangler dev": async () => {
    const { command, values, env } = wrangler("dev", "--ip", "127.0.0.1", "--port", "0");
    const running = spawn(command, values, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    try {
      const url = await new Promise((resolve, reject) => {
        for (const stream of [running.stdout, running.stderr]) {
          stream.setEncoding("utf8").on("data", (text) => {
            said += text;
            const [, found] = /Ready on (http:\S+)/.exec(said) ?? [];
            if (found !== undefined) resolve(found);
          });
        }
        running.on("exit", () => reject(new Error(said)));
      });
      assert.equal(await (await fetch(url)).text(), printed);
    } finally {
      // With workerd, which it has started.
      process.kill(-running.pid);
    }
  },
  "wrangler deploy, dry run": () => {
    const { command, values, env } = wrangler("deploy", "--dry-run", "--outdir", "out/wrangler");
    const text = output(command, values, { env });
    assert.match(text, /Total Upload/);
    const uploaded = readdirSync(join(folder, "out/wrangler"));
    assert.ok(
      uploaded.some((name) => name.endsWith(".wasm")),
      `no module among ${uploaded}`,
    );
  },
  // What is packed is bundled, unlike what the other tests use.
  "vectors, node": () => vectors(),
  "vectors, node, without waiting": () => vectors("--sync"),
  types: () => {
    const source = example.replace("token.scopes[0]", "token.scopes[0]?.length, token.expiresAt?.getTime()");
    write("newcomer.mts", source);
    const compiler = command("tsc");
    const flags = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
    output(compiler, [...flags, "--module", "nodenext", "--moduleResolution", "nodenext", "newcomer.mts"]);
    output(compiler, [...flags, "--module", "esnext", "--moduleResolution", "bundler", "newcomer.mts"]);
  },
};

const IN_CHROMIUM = ["esbuild for browsers", "vite"];

const names = process.argv.slice(2);
const packed = mkdtempSync(join(tmpdir(), "verijot-packed-"));
try {
  const listed = execFileSync("npm", ["pack", "--json", "--pack-destination", packed], { cwd: root, encoding: "utf8" });
  const archive = JSON.parse(listed);
  const { filename, size, files } = Array.isArray(archive) ? archive[0] : Object.values(archive)[0];
  console.log(`${filename}: ${files.length} files, ${size} octets packed`);
  for (const { path } of files) assert.match(path, /^(dist\/|package\.json$|README\.md$|LICENSE-)/);
  write("package.json", `{ "private": true }`);
  output("npm", ["install", "--no-audit", "--no-fund", join(packed, filename)]);
  write("newcomer.mjs", example);
  write("newcomer.cjs", required);
  write("worker.mjs", worker);
  write("page.mjs", page);
  write("index.html", `<!doctype html><title>verijot</title><script type="module" src="/page.mjs"></script>`);
  write("wrangler.toml", `name = "newcomer"\nmain = "worker.mjs"\ncompatibility_date = "2026-11-01"\n`);
  assert.ok(statSync(wasm).size > 0);
  for (const [name, trial] of Object.entries(TRIALS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    if (IN_CHROMIUM.includes(name) && process.env.CI !== "true" && chromium() === undefined) {
      console.log(`not run: ${name}, Chromium is missing; install Debian's package chromium`);
      continue;
    }
    try {
      await trial();
      console.log(`passed ${name}`);
    } catch (error) {
      console.log(`FAILED ${name}: ${error.message}\n${error.stdout ?? ""}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(packed, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}
