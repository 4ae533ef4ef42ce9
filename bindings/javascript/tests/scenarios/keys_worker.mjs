// Plays scenarios of keys over time on a host that is reached over HTTP, such as workerd: one for each request, with the
// package under test bundled in.
import * as verijot from "verijot";
import { play } from "./keys_player.mjs";

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response();
    const { fixtures, scenario, origin, control } = await request.json();
    try {
      await play(fixtures, scenario, verijot, new RemoteServer(origin, control));
      return new Response();
    } catch (error) {
      return new Response(`${error.message}`, { status: 500 });
    }
  },
};

/** A KeysServer in another process. */
class RemoteServer {
  #control;

  constructor(origin, control) {
    this.origin = origin;
    this.#control = control;
  }

  issuer(value) {
    return this.#call("issuer", value);
  }

  metadata(value) {
    return this.#call("metadata", value);
  }

  release() {
    return this.#call("release");
  }

  state() {
    return this.#call("state");
  }

  async #call(method, value = null) {
    const answer = await fetch(`${this.#control}/${method}`, { method: "POST", body: JSON.stringify(value) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return JSON.parse(text);
  }
}
