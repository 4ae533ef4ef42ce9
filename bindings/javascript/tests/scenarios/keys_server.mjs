// The issuer of one scenario: an HTTP server on loopback that answers as it is told. Runs in Node; what it is told is
// data, so that a player on another host can tell it over HTTP.
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { members } from "./playing.mjs";

/** A scripted issuer. Its methods are those that a player calls. */
export class KeysServer {
  #keys = new Map([[null, KEYS]]);
  #metadata = METADATA;
  #fixtures;
  #server;
  #paths = [];
  #held = new Set();

  /** @param fixtures the published keys, by name. */
  static async start(fixtures) {
    const started = new KeysServer();
    started.#fixtures = fixtures;
    started.#server = createServer((request, response) => started.#answer(request, response));
    started.#server.keepAliveTimeout = 0;
    await new Promise((resolve) => started.#server.listen(0, "127.0.0.1", 256, resolve));
    started.origin = `http://127.0.0.1:${started.#server.address().port}`;
    return started;
  }

  async issuer(value) {
    const answer = members(value, KEYS);
    this.#keys.set(answer.path, answer);
  }

  async metadata(value) {
    this.#metadata = members(value, METADATA);
  }

  async release() {
    const held = [...this.#held];
    this.#held.clear();
    for (const send of held) send();
  }

  /** The paths that were requested, and how many clients wait for a held answer. */
  async state() {
    return { paths: this.#paths, held: this.#held.size };
  }

  async close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request, response) {
    const path = request.url.split("?")[0];
    const answer = this.#answerFor(path, request.headers);
    if (answer.fault === "refuse") return request.socket.destroy();
    this.#paths.push(path);
    if (!answer.hold) return send(response, answer);
    const released = () => send(response, answer);
    this.#held.add(released);
    response.on("close", () => this.#held.delete(released));
  }

  #answerFor(path, headers) {
    if (isMetadata(path)) {
      const { issuer, jwks_uri } = this.#metadata;
      return this.#scripted(
        this.#metadata,
        JSON.stringify({ issuer: this.#at(issuer), jwks_uri: this.#at(jwks_uri) }),
        {},
      );
    }
    const script = this.#keys.get(path) ?? this.#keys.get(null);
    const tag = script.etag === null ? {} : { ETag: script.etag };
    const isKnown = script.etag !== null && headers["if-none-match"] === script.etag;
    if (isKnown || script.not_modified) return this.#scripted({ ...script, status: 304, body: "" }, "", tag);
    const keys = script.keys.map((name) => this.#fixtures[name]);
    for (let number = 1; number <= script.more_keys; number += 1)
      keys.push({ ...this.#fixtures.d, kid: `more-${number}` });
    return this.#scripted(script, JSON.stringify({ keys }).padEnd(script.pad_octets), tag);
  }

  #scripted(script, body, more) {
    const headers = { Connection: "close", ...more };
    for (const [name, value] of Object.entries(script.headers)) headers[name] = this.#at(value);
    const { status, fault, hold } = script;
    return { status, headers, fault, hold, body: bodyOf(script) ?? Buffer.from(body) };
  }

  #at(text) {
    return text.replaceAll("{origin}", this.origin);
  }
}

/** Whether a path is that of metadata. */
export function isMetadata(path) {
  return path.includes("/.well-known/") && !path.endsWith("/jwks.json");
}

function bodyOf({ body, body_base64 }) {
  if (body_base64 !== null) return Buffer.from(body_base64, "base64");
  return body === null ? undefined : Buffer.from(body);
}

function send(response, { status, headers, fault, body }) {
  switch (fault) {
    case "silence":
      return;
    case "reset":
      return response.socket.destroy();
    case "endless": {
      response.writeHead(status, headers);
      const more = () => {
        if (response.destroyed) return;
        if (response.write(SPACES)) setImmediate(more);
        else response.once("drain", () => setImmediate(more));
      };
      return more();
    }
    case "half":
      response.writeHead(status, { ...headers, "Content-Length": body.length });
      return response.write(body.subarray(0, body.length / 2), () => response.destroy());
    case null: {
      // RFC 9110 §8.6: these have no body and no Content-Length.
      const hasBody = status !== 204 && status !== 304;
      response.writeHead(status, hasBody ? { ...headers, "Content-Length": body.length } : headers);
      return response.end(hasBody ? body : undefined);
    }
    default:
      throw new Error(`unknown fault ${fault}`);
  }
}

const SPACES = Buffer.alloc(8192, " ");

const KEYS = {
  path: null,
  status: 200,
  headers: {},
  keys: [],
  more_keys: 0,
  pad_octets: 0,
  body: null,
  body_base64: null,
  etag: null,
  not_modified: false,
  fault: null,
  hold: false,
};

const METADATA = {
  issuer: "{origin}",
  jwks_uri: "{origin}/keys",
  status: 200,
  headers: {},
  body: null,
  body_base64: null,
  fault: null,
  hold: false,
};
