// Bundles edge.mjs and runs it on workerd, on a free port. VERIJOT_PACKAGE is the folder of the package, and
// VERIJOT_HOSTS has the packages esbuild and workerd.
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const { VERIJOT_PACKAGE, VERIJOT_HOSTS, VERIJOT_ISSUER, VERIJOT_AUDIENCE } = process.env;
const require = createRequire(join(VERIJOT_HOSTS, "package.json"));
const out = mkdtempSync(join(tmpdir(), "edge-"));
const settings = { issuer: VERIJOT_ISSUER, audience: VERIJOT_AUDIENCE };

await require("esbuild").build({
  entryPoints: [fileURLToPath(new URL("edge.mjs", import.meta.url))],
  outfile: join(out, "main.js"),
  bundle: true,
  format: "esm",
  target: "es2022",
  conditions: ["workerd", "worker", "browser"],
  external: ["cloudflare:*", "node:*"],
  logLevel: "warning",
  alias: { verijot: join(VERIJOT_PACKAGE, "dist/index.js") },
  plugins: [
    {
      name: "deployed",
      setup(build) {
        build.onResolve({ filter: /^deployment:/ }, () => ({ path: "settings", namespace: "deployment" }));
        build.onLoad({ filter: /.*/, namespace: "deployment" }, () => ({
          contents: JSON.stringify(settings),
          loader: "json",
        }));
        build.onResolve({ filter: /\.wasm$/ }, () => ({ path: "./verijot.wasm", external: true }));
      },
    },
  ],
});
copyFileSync(join(VERIJOT_PACKAGE, "dist/verijot.wasm"), join(out, "verijot.wasm"));
writeFileSync(
  join(out, "config.capnp"),
  `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "main.js", esModule = embed "main.js"),
    (name = "verijot.wasm", wasm = embed "verijot.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["nodejs_als"],
);
`,
);

const port = await new Promise((done) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => done(port));
  });
});
const url = `http://127.0.0.1:${port}`;
const values = ["serve", join(out, "config.capnp"), "--socket-addr", `http=127.0.0.1:${port}`];
const running = spawn(require("workerd").default, values, { stdio: "inherit" });
const end = () => {
  running.kill("SIGKILL");
  rmSync(out, { recursive: true, force: true });
  process.exit();
};
// The test closes it when it ends.
process.stdin.on("end", end).resume();
running.on("exit", end);
for (;;) {
  if (await fetch(url).catch(() => undefined)) break;
  await new Promise((done) => setTimeout(done, 50));
}
console.log(`listening on ${url}`);
