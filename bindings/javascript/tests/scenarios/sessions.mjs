// Plays every scenario of sessions on this host, or on a worker that runs sessions_worker.mjs:
// node sessions.mjs [URL of the worker].
import * as verijot from "verijot/session";
import { scenariosOf } from "./files.mjs";
import { remotePlayer } from "./remote.mjs";
import { runAll } from "./runner.mjs";
import { play } from "./sessions_player.mjs";
import { SessionsServer } from "./sessions_server.mjs";

/** Plays one scenario on this host. */
export async function playHere({ scenario }) {
  const server = await SessionsServer.start();
  try {
    await play(scenario, verijot, server);
  } finally {
    server.close();
  }
}

/** Plays every scenario on the worker at a URL; gives the counts. */
export async function playAllOn(worker) {
  const player = await remotePlayer(worker, () => SessionsServer.start(), ["endpoint", "api", "release", "state"]);
  try {
    return await runAll(scenariosOf("sessions"), player.play);
  } finally {
    player.stop();
  }
}

if (process.argv[1]?.endsWith("sessions.mjs")) {
  const [worker] = process.argv.slice(2);
  const scenarios = scenariosOf("sessions");
  const { ran, failed } = worker === undefined ? await runAll(scenarios, playHere) : await playAllOn(worker);
  process.exit(ran > 0 && failed === 0 ? 0 : 1);
}
