// Runs a deployment on workerd: node serve.mjs [FOLDER]. Needs the package workerd.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Starts the service, and waits until it answers.
 *
 * @param folder that of the deployment.
 * @param settings those that it was deployed with.
 * @param program the program of workerd.
 * @returns a function that ends it.
 */
export async function serve(folder, settings, program) {
  const { host } = new URL(settings.origin);
  const values = ["serve", join(folder, "config.capnp"), "--socket-addr", `http=${host}`];
  const running = spawn(program, values, { stdio: "inherit" });
  const ended = new Promise((done) => running.on("exit", done));
  const stop = async () => {
    // SIGTERM waits for open connections to end.
    running.kill("SIGKILL");
    await ended;
  };
  for (let attempt = 0; attempt < 400 && running.exitCode === null; attempt += 1) {
    if (await fetch(new URL("/sign-in", settings.origin)).catch(() => undefined)) return stop;
    await new Promise((done) => setTimeout(done, 50));
  }
  await stop();
  throw new Error("workerd did not start");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folder = process.argv[2] ?? fileURLToPath(new URL("build", import.meta.url));
  const require = createRequire(import.meta.url);
  const settings = require(join(folder, "settings.json"));
  const stop = await serve(folder, settings, require("workerd").default);
  // Otherwise workerd goes on with this deployment, and keeps the port from the next.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void stop().then(() => process.exit()));
  console.log(settings.origin);
}
