// The HTTP server of one scenario, on loopback, which misbehaves on command.
import { once } from "node:events";
import { createServer } from "node:net";

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
