// Plays scenarios of keys over time on a host that is reached over HTTP, such as workerd: one for each request, with the
// package under test bundled in.
import * as verijot from "verijot";
import { play } from "./keys_player.mjs";
import { remoteServer } from "./remote_server.mjs";

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response();
    const { fixtures, scenario, origin, control } = await request.json();
    try {
      await play(fixtures, scenario, verijot, remoteServer(origin, control));
      return new Response();
    } catch (error) {
      return new Response(`${error.message}`, { status: 500 });
    }
  },
};
