// Plays scenarios of sessions on a host that is reached over HTTP, such as workerd: one for each request.
import * as verijot from "verijot/session";
import { remoteServer } from "./remote_server.mjs";
import { play } from "./sessions_player.mjs";

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response();
    const { scenario, origin, control } = await request.json();
    try {
      await play(scenario, verijot, remoteServer(origin, control));
      return new Response();
    } catch (error) {
      return new Response(`${error.message}`, { status: 500 });
    }
  },
};
