import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, ServerResponse } from "node:http";
import { test } from "node:test";

import express5 from "express";
import express4 from "express4";
import { guard, tokenOf } from "verijot/express";
import { TestIssuer } from "verijot/testing";
import WebSocket, { WebSocketServer } from "ws";

import { clientOf } from "../support/client.mjs";
import { get } from "../support/http.mjs";
import { listen } from "../support/services.mjs";

const issuer = new TestIssuer({ audience: "https://api.example" });
const client = clientOf(issuer.jwks, { issuer: issuer.url, audience: "https://api.example" });
const bearer = async (claims) => ["Authorization", `Bearer ${await issuer.token({ sub: "alice", ...claims })}`];

for (const [name, express] of [
  ["Express 5", express5],
  ["Express 4", express4],
]) {
  const serving = async (build, use) => {
    const app = express();
    app.set("env", "test");
    build(app);
    const service = await listen(createServer(app));
    try {
      await use((...headers) => get(`${service.url}/`, headers));
    } finally {
      await service.close();
    }
  };

  test(`tokenOf gives the token in ${name}, and is clear about routes without one`, () =>
    serving(
      (app) => {
        app.get("/", guard(client, { optional: true }), (request, response) => response.json(tokenOf(request).subject));
        app.use((error, _request, response, _next) => response.status(500).send(error.message));
      },
      async (ask) => {
        assert.equal((await ask(await bearer())).body, '"alice"');
        assert.match((await ask()).body, /has no verified token/);
      },
    ));

  test(`a refusal by ${name} keeps headers of others, and replaces those of its own`, () =>
    serving(
      (app) => {
        app.use((_request, response, next) => {
          response.set({
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": "public",
            "WWW-Authenticate": ["Basic", "Digest"],
          });
          next();
        });
        app.get("/", guard(client), (_request, response) => response.send("in"));
      },
      async (ask) => {
        const answer = await ask();
        assert.equal(answer.status, 401);
        assert.deepEqual(answer.headers("access-control-allow-origin"), ["*"]);
        assert.deepEqual(answer.headers("cache-control"), ["no-store"]);
        assert.deepEqual(answer.headers("www-authenticate"), ["Bearer"]);
      },
    ));

  test(`guards of routers add up in ${name}`, () =>
    serving(
      (app) => {
        const router = express.Router();
        router.use(guard(client, { demand: { allScopes: ["b"] } }));
        router.get("/", (request, response) => response.json(request.token.subject));
        app.use(guard(client, { demand: { allScopes: ["a"] } }), router);
      },
      async (ask) => {
        for (const scope of ["a", "b"]) assert.equal((await ask(await bearer({ scope }))).status, 403);
        assert.equal((await ask(await bearer({ scope: "a b" }))).status, 200);
      },
    ));

  test(`the handler of errors of ${name} gets what is not a refusal`, () => {
    const fault = new Error("a fault");
    return serving(
      (app) => {
        app.get("/", guard({ admit: () => Promise.reject(fault) }), (_request, response) => response.send("in"));
        app.use((error, _request, response, _next) => response.status(500).send(error === fault ? "fault" : "other"));
      },
      async (ask) => assert.equal((await ask(await bearer())).body, "fault"),
    );
  });

  test(`a header that middleware of ${name} removed or replaced counts as it left it`, () =>
    serving(
      (app) => {
        app.use((request, _response, next) => {
          if (request.headers["x-drop"] !== undefined) delete request.headers.authorization;
          if (request.headers["x-token"] !== undefined)
            request.headers.authorization = `Bearer ${request.headers["x-token"]}`;
          next();
        });
        app.get("/", guard(client), (request, response) => response.json(request.token.subject));
      },
      async (ask) => {
        const drop = ["X-Drop", "1"];
        assert.equal((await ask(await bearer(), drop)).body, '{"detail":"missing_token"}');
        assert.equal((await ask(await bearer(), await bearer(), drop)).body, '{"detail":"missing_token"}');
        assert.equal((await ask(["X-Token", await issuer.token({ sub: "bob" })])).body, '"bob"');
      },
    ));
}

test("a WebSocket opens behind Node's middleware only with a good token", async () => {
  const sockets = new WebSocketServer({ noServer: true });
  const check = guard(client);
  const server = createServer();
  server.on("upgrade", (request, socket, head) => {
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    response.shouldKeepAlive = false;
    response.on("finish", () => socket.end());
    check(request, response, (error) => {
      if (error) return socket.destroy();
      response.detachSocket(socket);
      sockets.handleUpgrade(request, socket, head, (open) => open.send(tokenOf(request).subject));
    });
  });
  const service = await listen(server);
  const url = service.url.replace("http:", "ws:");
  try {
    const [error] = await once(new WebSocket(url), "error");
    assert.match(error.message, /401/);
    const [name, value] = await bearer();
    const socket = new WebSocket(url, { headers: { [name]: value } });
    const [message] = await once(socket, "message");
    assert.equal(String(message), "alice");
    socket.terminate();
  } finally {
    sockets.close();
    server.closeAllConnections();
    await service.close();
  }
});
