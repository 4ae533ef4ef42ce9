// Runs the benchmark and prints Markdown tables.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { installed, root } from "../tests/hosts/runtimes.mjs";
import { startWorker } from "../tests/hosts/workerd.mjs";
import { ALGORITHMS, AUDIENCE, claims, ISSUER, keys, signed } from "./tokens.mjs";

// The scripts run beside the libraries, outside the checkout.
const here = fileURLToPath(new URL(".", import.meta.url));
const place = installed(here, "benches");
for (const name of readdirSync(here).filter((each) => each.endsWith(".mjs")))
  copyFileSync(join(here, name), join(place, name));
// verijot as it is published.
const verijot = join(place, "node_modules/verijot");
rmSync(verijot, { recursive: true, force: true });
mkdirSync(verijot, { recursive: true });
execFileSync("npm", ["pack", "--pack-destination", place], { cwd: root, stdio: "ignore" });
execFileSync("tar", ["-xzf", join(place, "verijot-0.1.0.tgz"), "-C", verijot, "--strip-components=1"]);

function print(title, rows, { against, unit = 1 }) {
  const columns = [...new Set(Object.values(rows).flatMap(Object.keys))];
  console.log(`\n### ${title}\n`);
  console.log(`| | ${columns.join(" | ")} |\n|---|${columns.map(() => "---:").join("|")}|`);
  const shown = (time) => (time === undefined ? "no" : time.toFixed(time < 100 * unit ? 1 : 0));
  for (const [name, times] of Object.entries(rows)) {
    const label = name.startsWith("verijot") ? `**${name}**` : name;
    console.log(`| ${label} | ${columns.map((column) => shown(times[column])).join(" | ")} |`);
  }
  for (const other of against.filter((name) => rows[name] !== undefined)) {
    // What waits is compared with what waits.
    const own = other === "jose" && rows[WAITING] !== undefined ? WAITING : "verijot";
    const ratio = (column) => {
      const [mine, theirs] = [rows[own][column], rows[other][column]];
      return mine === undefined || theirs === undefined ? "" : (mine / theirs).toFixed(2);
    };
    console.log(`| ${own} / ${other} | ${columns.map(ratio).join(" | ")} |`);
  }
}

const WAITING = "verijot, with waiting";

function server(table) {
  return JSON.parse(execFileSync(process.execPath, [join(place, "server.mjs"), table], { encoding: "utf8" }));
}

function cold() {
  const now = Math.floor(Date.now() / 1000);
  const rows = {};
  const all = keys().filter(({ secret }) => secret === undefined);
  const jwks = JSON.stringify({ keys: all.map(({ jwk }) => jwk) });
  for (const algorithm of ["RS256", "ES256", "EdDSA"]) {
    const key = all.find((each) => each.algorithm === algorithm);
    const input = JSON.stringify({
      jwks,
      key: key.pem,
      token: signed(key, claims(now)),
      issuer: ISSUER,
      audience: AUDIENCE,
    });
    for (let round = 0; round < 12; round += 1) {
      for (const name of ["verijot", "jose", "fast-jwt", "jsonwebtoken", "aws-jwt-verify"]) {
        if (name === "jsonwebtoken" && algorithm === "EdDSA") continue;
        const time = Number(
          execFileSync(process.execPath, [join(place, "first.mjs"), name], { input, encoding: "utf8" }),
        );
        rows[name] ??= {};
        rows[name][algorithm] = Math.min(time, rows[name][algorithm] ?? Infinity);
      }
    }
  }
  return rows;
}

async function onWorkerd() {
  const wasm = join(verijot, "dist/verijot.wasm");
  const { url, stop } = await startWorker(join(place, "worker.mjs"), { wasm });
  const post = async (body) => (await fetch(url, { method: "POST", body: JSON.stringify(body) })).text();
  const timed = async (body) => {
    const start = performance.now();
    await post(body);
    return performance.now() - start;
  };
  const rows = { verijot: {}, jose: {} };
  try {
    const all = keys();
    const common = { issuer: ISSUER, audience: AUDIENCE };
    await post({ ...common, jwks: JSON.stringify({ keys: all.map(({ jwk }) => jwk) }) });
    for (const algorithm of ALGORITHMS) {
      const key = all.find((each) => each.algorithm === algorithm);
      const token = signed(key, claims(Math.floor(Date.now() / 1000)));
      // Short rounds, of which some are not disturbed; what a request itself costs is taken off.
      const count = ["ES384", "ES512"].includes(algorithm) ? 5 : 50;
      const least = { verijot: Infinity, jose: Infinity };
      let empty = Infinity;
      for (let round = 0; round < 150; round += 1) {
        empty = Math.min(empty, await timed({ library: "jose", token, count: 0 }));
        for (const library of ["verijot", "jose"]) {
          const time = await timed({ library, token, count });
          if (round >= 30) least[library] = Math.min(least[library], time);
        }
      }
      for (const library of ["verijot", "jose"]) rows[library][algorithm] = ((least[library] - empty) * 1000) / count;
    }
  } finally {
    stop();
  }
  return rows;
}

const TABLES = {
  sync: () => print("Node, without waiting, µs", server("sync"), { against: ["fast-jwt", "aws-jwt-verify"] }),
  async: () => print("Node, with waiting, µs", server("async"), { against: ["jose"] }),
  remembered: () => print("Node, the same token again, µs", server("remembered"), { against: ["fast-jwt"] }),
  refused: () => {
    const rows = { ...server("refusedSync") };
    const waiting = server("refusedAsync");
    rows[WAITING] = waiting.verijot;
    rows.jose = waiting.jose;
    print("Node, refused, µs", rows, { against: ["fast-jwt", "jose"] });
  },
  cold: () =>
    print("Node, import to first verdict in a fresh process, ms of processor time", cold(), { against: ["jose"] }),
  workerd: async () => print("workerd, µs", await onWorkerd(), { against: ["jose"] }),
};

const names = process.argv.slice(2);
console.log(
  `Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores, tokens of about 1,000 octets with 18 claims`,
);
for (const name of names.length > 0 ? names : Object.keys(TABLES)) await TABLES[name]();
