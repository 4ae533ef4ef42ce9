// The HTTP server of one scenario, on loopback, which misbehaves on command. Runs in Node; what it is told is data, so that
// a player on another host can tell it over HTTP.
import { once } from "node:events";
import { createServer } from "node:net";
import { known } from "./playing.mjs";

/** A scripted token endpoint and the service beside it. Its methods are those that a player calls. */
export class SessionsServer {
  #server;
  #endpoint = {};
  #api = { accepts: [] };

  static async start() {
    const started = new SessionsServer();
    started.#server = await Server.start((request) => started.#answer(request));
    started.origin = started.#server.origin;
    return started;
  }

  async endpoint(value) {
    this.#endpoint = known(value, ENDPOINT);
  }

  async api(value) {
    this.#api = { accepts: [], ...known(value, ["accepts", "status"]) };
  }

  async release() {
    this.#server.release();
  }

  /** The requests so far, and how many clients wait for a held answer. */
  async state() {
    const { requests, held } = this.#server;
    return { requests, held };
  }

  close() {
    this.#server.close();
  }

  #answer({ path, headers: sent }) {
    if (path === "/api") {
      const token = (sent.authorization ?? "").replace(/^Bearer /, "");
      return { status: this.#api.accepts.includes(token) ? (this.#api.status ?? 200) : 401 };
    }
    const { status = 200, headers = {}, access, refresh, expires_in, error, ...others } = this.#endpoint;
    const { body, body_base64, fault, hold } = others;
    const token_type = access === undefined ? undefined : "Bearer";
    const document = { access_token: access, token_type, refresh_token: refresh, expires_in, error };
    const octets = body_base64 === undefined ? (body ?? JSON.stringify(document)) : Buffer.from(body_base64, "base64");
    const lines = Object.entries(headers).map(([name, value]) => [name, value.replaceAll("{origin}", this.origin)]);
    return { status, headers: Object.fromEntries(lines), body: octets, fault, hold };
  }
}

const ENDPOINT = [
  ...["status", "headers", "access", "refresh", "expires_in", "error"],
  ...["body", "body_base64", "fault", "hold"],
];

export class Server {
  requests = [];
  #answer;
  #listener;
  #held = new Set();
  #connections = new Set();

  static async start(answer) {
    const server = new Server();
    server.#answer = answer;
    server.#listener = createServer((connection) => server.#connected(connection));
    server.#listener.listen(0, "127.0.0.1", 512);
    await once(server.#listener, "listening");
    server.origin = `http://127.0.0.1:${server.#listener.address().port}`;
    return server;
  }

  /** How many clients wait for a held answer. */
  get held() {
    return this.#held.size;
  }

  release() {
    const held = [...this.#held];
    this.#held.clear();
    for (const send of held) send();
  }

  close() {
    this.#listener.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #connected(connection) {
    this.#connections.add(connection);
    let received = Buffer.alloc(0);
    let isComplete = false;
    connection.on("error", () => undefined);
    connection.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const request = isComplete ? undefined : read(received);
      if (request === undefined) return;
      isComplete = true;
      this.#respond(connection, request);
    });
    connection.on("close", () => this.#connections.delete(connection));
  }

  #respond(connection, request) {
    const answer = this.#answer(request);
    if (answer.fault === "refuse") {
      connection.destroy();
      return;
    }
    this.requests.push(request);
    if (answer.hold !== true) {
      send(connection, answer);
      return;
    }
    const held = () => send(connection, answer);
    this.#held.add(held);
    connection.on("close", () => this.#held.delete(held));
  }
}

function read(received) {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line, ...lines] = received.subarray(0, end).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((each) => [each.slice(0, each.indexOf(":")).toLowerCase(), each.slice(each.indexOf(":") + 1).trim()]),
  );
  const body = received.subarray(end + 4);
  if (body.length < Number(headers["content-length"] ?? 0)) return undefined;
  const [method, path] = line.split(" ");
  return { method, path: path.split("?")[0], headers, body: body.toString() };
}

function send(connection, { status = 200, headers = {}, body = "", fault }) {
  const octets = Buffer.from(body);
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}\r\n`),
  );
  const head = `HTTP/1.1 ${status} Scripted\r\nConnection: close\r\n${lines.join("")}`;
  switch (fault) {
    case "silence":
      return;
    case "reset":
      connection.destroy();
      return;
    case "endless": {
      connection.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
      const chunk = Buffer.from(`2000\r\n${" ".repeat(0x2000)}\r\n`);
      const more = () => {
        while (!connection.destroyed && connection.write(chunk));
      };
      connection.on("drain", more);
      more();
      return;
    }
    case undefined:
    case null:
    case "half": {
      // RFC 9110 §8.6: these have no body and no Content-Length.
      const length = status === 204 || status === 304 ? "" : `Content-Length: ${octets.length}\r\n`;
      connection.end(
        Buffer.concat([
          Buffer.from(`${head}${length}\r\n`),
          fault === "half" ? octets.subarray(0, octets.length >> 1) : octets,
        ]),
      );
      return;
    }
    default:
      throw new Error(`unknown fault ${fault}`);
  }
}
