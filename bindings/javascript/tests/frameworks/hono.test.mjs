import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { serve, upgradeWebSocket } from "@hono/node-server";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { guard } from "verijot/hono";
import { TestIssuer } from "verijot/testing";
import WebSocket, { WebSocketServer } from "ws";

import { clientOf } from "../support/client.mjs";

const issuer = new TestIssuer({ audience: "https://api.example" });
const client = clientOf(issuer.jwks, { issuer: issuer.url, audience: "https://api.example" });
const bearer = async (claims) => ({ Authorization: `Bearer ${await issuer.token({ sub: "alice", ...claims })}` });

test("a Hono app without a server has the token in c.get and c.var", async () => {
  const app = new Hono();
  app.get("/", guard(client), (c) => c.json([c.get("token").subject, c.var.token.subject]));
  assert.deepEqual(await (await app.request("/", { headers: await bearer() })).json(), ["alice", "alice"]);
});

test("guards of a Hono app, of a mounted app and of a route add up", async () => {
  const verifying = { ...client, verifications: 0 };
  const inner = new Hono();
  inner.use(guard(verifying, { demand: { anyScope: ["b"] } }));
  inner.get("/", guard(verifying, { demand: { allScopes: ["c"] } }), (c) => c.text(c.get("token").subject));
  inner.onError((_, c) => c.text("inner", 500));
  const app = new Hono().use("/in/*", guard(verifying, { demand: { allScopes: ["a"] } }));
  app.route("/in", inner);
  for (const scope of ["b c", "a c", "a b"]) {
    assert.equal((await app.request("/in", { headers: await bearer({ scope }) })).status, 403);
  }
  verifying.verifications = 0;
  assert.equal((await app.request("/in", { headers: await bearer({ scope: "a b c" }) })).status, 200);
  assert.equal(verifying.verifications, 1);
});

test("a refusal by Hono keeps headers of others, and replaces those of its own", async () => {
  const app = new Hono();
  app.use(cors({ origin: "https://app.example", credentials: true }));
  app.use(async (c, next) => {
    c.header("Cache-Control", "public");
    c.header("Content-Type", "text/html");
    c.res.headers.set("WWW-Authenticate", "Basic");
    await next();
  });
  app.get("/", guard(client), (c) => c.text("in"));
  const answer = await app.request("/", { headers: { Origin: "https://app.example" } });
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get("access-control-allow-origin"), "https://app.example");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.equal(answer.headers.get("www-authenticate"), "Bearer");
});

test("Hono's handler of errors gets what is not a refusal", async () => {
  const fault = new Error("a fault");
  const app = new Hono();
  app.onError((error, c) => c.text(error === fault ? "fault" : "other", 500));
  app.get("/", guard({ admit: () => Promise.reject(fault) }), (c) => c.text("in"));
  const answer = await app.request("/", { headers: await bearer() });
  assert.deepEqual([answer.status, await answer.text()], [500, "fault"]);
});

test("a WebSocket opens in Hono only with a good token", async () => {
  const app = new Hono();
  const subject = guard(client, { demand: { allScopes: ["live"] } });
  app.get(
    "/live",
    subject,
    upgradeWebSocket((c) => ({ onOpen: (_, socket) => socket.send(c.get("token").subject) })),
  );
  const sockets = new WebSocketServer({ noServer: true });
  const server = serve({ fetch: app.fetch, websocket: { server: sockets }, port: 0, hostname: "127.0.0.1" });
  try {
    await once(server, "listening");
    const url = `ws://127.0.0.1:${server.address().port}/live`;
    const refused = async (headers) => {
      const [error] = await once(new WebSocket(url, { headers }), "error");
      return error.message;
    };
    assert.match(await refused({}), /401/);
    assert.match(await refused(await bearer()), /403/);
    const socket = new WebSocket(url, { headers: await bearer({ scope: "live" }) });
    const [message] = await once(socket, "message");
    assert.equal(String(message), "alice");
    socket.terminate();
  } finally {
    sockets.close();
    server.closeAllConnections();
    server.close();
  }
});
