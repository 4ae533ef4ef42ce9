// Deploys into a folder: bakes the issuer's keys in, and bundles the service for workerd.
//
// node deploy.mjs [--settings FILE] [--out FOLDER] [--bake-loopback]
//
// The command line `verijot` fetches the keys; VERIJOT names the program if it is not in PATH. Needs esbuild.
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs, promisify } from "node:util";
import { JwkSet } from "verijot";

/**
 * @param settings as in settings.json.
 * @param out the folder.
 * @param esbuild the package.
 * @returns whether keys were baked in. Otherwise the service fetches them at run time.
 */
export async function deploy(
  settings,
  out,
  { esbuild, bakesLoopback = false, program = process.env.VERIJOT ?? "verijot" },
) {
  mkdirSync(out, { recursive: true });
  const jwks = join(out, "jwks.json");
  writeFileSync(jwks, (await keysOf(settings.issuer, bakesLoopback, program)) ?? "null");
  writeFileSync(join(out, "settings.json"), JSON.stringify(settings));
  await esbuild.build({
    ...{
      entryPoints: [here("src/worker.ts")],
      outfile: join(out, "main.js"),
      bundle: true,
      format: "esm",
      target: "es2022",
    },
    ...{ conditions: ["workerd", "worker", "browser"], external: ["cloudflare:*"], logLevel: "warning" },
    plugins: [deployed(out)],
  });
  copyFileSync(fileURLToPath(import.meta.resolve("verijot/verijot.wasm")), join(out, "verijot.wasm"));
  copyFileSync(here("config.capnp"), join(out, "config.capnp"));
  return readFileSync(jwks, "utf8") !== "null";
}

/** The issuer's JWK Set; `undefined` if the service has to fetch it. No failure stops the deployment. */
async function keysOf(issuer, bakesLoopback, program) {
  // The keys of a development issuer live as long as its process.
  if (isLoopback(issuer) && !bakesLoopback) return undefined;
  try {
    const { stdout } = await promisify(execFile)(program, ["jwks", "fetch", "--issuer", issuer], { timeout: 60_000 });
    if (JwkSet.from(stdout).keys.length === 0) throw new Error("the set has no usable key");
    return stdout;
  } catch (error) {
    console.warn(`${issuer}: no keys are baked in, they are fetched at run time: ${error.message}`);
    return undefined;
  }
}

function isLoopback(url) {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/** Puts the files of the deployment in place of `deployment:…`, and leaves the module beside the bundle. */
function deployed(out) {
  return {
    name: "deployed",
    setup(build) {
      build.onResolve({ filter: /^deployment:/ }, ({ path }) => ({
        path: resolve(out, `${path.slice("deployment:".length)}.json`),
      }));
      build.onResolve({ filter: /\.wasm$/ }, () => ({ path: "./verijot.wasm", external: true }));
    },
  };
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({
    options: {
      settings: { type: "string", default: here("settings.json") },
      out: { type: "string", default: here("build") },
      "bake-loopback": { type: "boolean", default: false },
    },
  });
  const settings = JSON.parse(readFileSync(values.settings, "utf8"));
  const bakesLoopback = values["bake-loopback"];
  const isBaked = await deploy(settings, values.out, { esbuild: await import("esbuild"), bakesLoopback });
  console.log(`${values.out}: keys are ${isBaked ? "baked in" : "fetched at run time"}`);
}
