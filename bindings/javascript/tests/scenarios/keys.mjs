// Plays every scenario of keys over time on this host, or on a worker that runs keys_worker.mjs:
// node keys.mjs [URL of the worker]. Runs in Node, Deno and Bun.
import * as verijot from "verijot";
import { scenariosOf } from "./files.mjs";
import { play } from "./keys_player.mjs";
import { KeysServer } from "./keys_server.mjs";
import { remotePlayer } from "./remote.mjs";
import { runAll } from "./runner.mjs";

/** Plays one scenario on this host. */
export async function playHere({ fixtures, scenario }) {
  const server = await KeysServer.start(fixtures.keys);
  try {
    await play(fixtures, scenario, verijot, server);
  } finally {
    await server.close();
  }
}

/** Plays every scenario on the worker at a URL; gives the counts. */
export async function playAllOn(worker) {
  const player = await remotePlayer(worker, ({ keys }) => KeysServer.start(keys), METHODS);
  try {
    return await runAll(scenariosOf("keys"), player.play);
  } finally {
    player.stop();
  }
}

const METHODS = ["issuer", "metadata", "release", "state"];

if (process.argv[1]?.endsWith("keys.mjs")) {
  const [worker] = process.argv.slice(2);
  const { ran, failed } = worker === undefined ? await runAll(scenariosOf("keys"), playHere) : await playAllOn(worker);
  process.exit(ran > 0 && failed === 0 ? 0 : 1);
}
