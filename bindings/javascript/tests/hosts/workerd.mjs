// A worker on workerd.
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { program, root, tool } from "./runtimes.mjs";

/**
 * Bundles a script as its users would, starts it and gives its address and a function that ends it.
 *
 * @param entry the script, whose default export has `fetch`.
 * @param flags compatibility flags.
 */
export async function startWorker(entry, { flags = [], wasm = join(root, "dist/verijot.wasm"), folder } = {}) {
  const place = mkdtempSync(join(tmpdir(), "verijot-workerd-"));
  await tool("esbuild").build({
    ...{ entryPoints: [entry], outfile: join(place, "main.js"), bundle: true, format: "esm", target: "es2022" },
    ...{ conditions: ["workerd", "worker", "browser"], external: ["node:*", "cloudflare:*"], logLevel: "warning" },
    plugins: [besideMain],
    ...(folder === undefined ? {} : { absWorkingDir: folder }),
  });
  copyFileSync(wasm, join(place, "verijot.wasm"));
  writeFileSync(
    join(place, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "main.js", esModule = embed "main.js"),
    (name = "verijot.wasm", wasm = embed "verijot.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = [${flags.map((flag) => `"${flag}"`).join(", ")}],
);
`,
  );
  const [workerd] = program("workerd");
  const running = spawn(workerd, ["serve", join(place, "config.capnp"), "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const stop = () => {
    running.kill();
    rmSync(place, { recursive: true, force: true });
  };
  try {
    return { url: `http://127.0.0.1:${await listeningPort(running)}/`, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** The port that workerd has chosen, once it listens. */
async function listeningPort({ stdio: [, , , control] }) {
  // One JSON document for each line.
  for await (const line of createInterface({ input: control })) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return port;
  }
  throw new Error("workerd did not start");
}

/** Leaves the WebAssembly module beside the bundle, as wrangler does. */
const besideMain = {
  name: "beside main",
  setup(build) {
    build.onResolve({ filter: /\.wasm$/ }, () => ({ path: "./verijot.wasm", external: true }));
  },
};
